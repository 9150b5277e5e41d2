"""Records that may be of one person: why, both side by side, and the decision; and its undoing."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import merge_previews
from bot.consular.errors import ConsularError
from bot.consular.people import duplicates, splitting
from bot.consular.staff import accounts
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

PAGE = "/people/duplicates"


async def listing(visit: Visit) -> Response:
    """Show pairs that nobody decided about, the latest records first."""
    below = row_number(visit.request.query_params.get("below", ""))
    async with visit.runtime.db.begin() as session:
        part = await duplicates.look(session, visit.staff, below, visit.now)
    return visit.page("people/duplicates.html", part=part)


async def compare(visit: Visit) -> Response:
    """Show two records side by side, and the one that they would be."""
    try:
        async with visit.runtime.db.begin() as session:
            preview = await merge_previews.preview(
                session,
                visit.staff,
                visit.number("id"),
                visit.number("other"),
                visit.now,
            )
            officers = await accounts.addresses(session)
    except ConsularError:
        raise HTTPException(404) from None
    return visit.page(
        "people/duplicate.html",
        preview=preview,
        officers=officers,
        undo_days=splitting.UNDO_LIFE.days,
    )


async def merge(visit: Visit) -> Response:
    """Let the other record become part of this one."""
    person_id = visit.number("id")
    async with visit.runtime.db.begin() as session:
        await duplicates.merge(
            session,
            visit.staff,
            person_id,
            visit.number("other"),
            visit.now,
        )
    await bells.announce(visit.runtime.redis, "board")
    return go(f"/people/{person_id}?done=merged")


async def set_apart(visit: Visit) -> Response:
    """Remember that these are two people."""
    async with visit.runtime.db.begin() as session:
        await duplicates.set_apart(
            session,
            visit.staff,
            visit.number("id"),
            visit.number("other"),
            visit.now,
        )
    return go(f"{PAGE}?done=saved")


async def unmerge(visit: Visit) -> Response:
    """Make two records of one again."""
    async with visit.runtime.db.begin() as session:
        back = await duplicates.unmerge(session, visit.staff, visit.number("merge"), visit.now)
        back_id = back.id
    await bells.announce(visit.runtime.redis, "board")
    return go(f"/people/{back_id}?done=unmerged")


ROUTES = [
    Page(PAGE, listing, may="people"),
    Page("/people/{id:int}/same/{other:int}", compare, may="people"),
    Page("/people/{id:int}/same/{other:int}", merge, may="people", methods=("POST",)),
    Page("/people/{id:int}/other/{other:int}", set_apart, may="people", methods=("POST",)),
    Page("/people/merges/{merge:int}/undo", unmerge, may="people", methods=("POST",)),
]
