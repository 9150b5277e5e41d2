"""People: find somebody, and their record. Every look at a record is written down."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.visit import Page, Visit
from bot.consular import people
from bot.consular.errors import ConsularError
from bot.consular.places import STALE_AFTER


async def form(visit: Visit) -> Response:
    """An empty search."""
    return visit.page("people.html", query="", found=None, most=people.FOUND)


async def search(visit: Visit) -> Response:
    """The people found. A form that is posted, so that no name comes into an address or a log."""
    query = visit.field("query", 200)
    async with visit.runtime.db.begin() as session:
        found = await people.search(session, visit.staff, query, visit.now)
    return visit.page("people.html", query=query, found=found, most=people.FOUND)


async def show(visit: Visit) -> Response:
    """One person's record."""
    try:
        async with visit.runtime.db.begin() as session:
            record = await people.view(session, visit.staff, visit.number("id"), visit.now)
    except ConsularError:
        raise HTTPException(404) from None
    stale = record.person.placed_at is not None and visit.now - record.person.placed_at > STALE_AFTER
    return visit.page("person.html", record=record, stale=stale)


ROUTES = [
    Page("/people", form, may="people"),
    Page("/people", search, may="people", methods=("POST",)),
    Page("/people/{id:int}", show, may="people"),
]
