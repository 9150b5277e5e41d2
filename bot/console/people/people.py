"""People: find somebody, and their record. Every look at a record is written down."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.people import search as people_search
from bot.consular.people import tags
from bot.consular.reference.places import STALE_AFTER
from bot.pages.visit import Page, Visit, go


async def form(visit: Visit) -> Response:
    """An empty search."""
    return visit.page("people/people.html", query="", found=None, most=people_search.FOUND)


async def search(visit: Visit) -> Response:
    """The people found. A form that is posted, so that no name comes into an address or a log."""
    query = visit.field("query", 200)
    async with visit.runtime.db.begin() as session:
        found = await people_search.search(session, visit.staff, query, visit.now)
    return visit.page("people/people.html", query=query, found=found, most=people_search.FOUND)


async def show(visit: Visit) -> Response:
    """One person's record."""
    return await _record(visit)


async def tag(visit: Visit) -> Response:
    """A tag is put on a person."""
    try:
        async with visit.runtime.db.begin() as session:
            await tags.add(
                session, visit.staff, visit.number("id"), visit.field("tag", 200), visit.now
            )
    except ConsularError as error:
        return await _record(visit, visit.explain(error))
    return go(f"/people/{visit.number('id')}?done=saved")


async def untag(visit: Visit) -> Response:
    """A tag is taken away."""
    async with visit.runtime.db.begin() as session:
        await tags.remove(
            session, visit.staff, visit.number("id"), visit.field("tag", 200), visit.now
        )
    return go(f"/people/{visit.number('id')}?done=saved")


async def _record(visit: Visit, wrong: str = "") -> Response:
    try:
        async with visit.runtime.db.begin() as session:
            record = await people_search.view(session, visit.staff, visit.number("id"), visit.now)
            mine, known = (
                await tags.of(session, record.person.id),
                await tags.known(session, visit.staff),
            )
    except ConsularError:
        raise HTTPException(404) from None
    stale = (
        record.person.placed_at is not None and visit.now - record.person.placed_at > STALE_AFTER
    )
    facts = {"tags": mine, "known_tags": known, "wrong": wrong}
    return visit.page(
        "people/person.html", 422 if wrong else 200, record=record, stale=stale, **facts
    )


ROUTES = [
    Page("/people", form, may="people"),
    Page("/people", search, may="people", methods=("POST",)),
    Page("/people/{id:int}", show, may="people"),
    Page("/people/{id:int}/tags", tag, may="people", methods=("POST",)),
    Page("/people/{id:int}/tags/remove", untag, may="people", methods=("POST",)),
]
