"""Legal holds on cases: put on and lifted on the page of the case, or the record of its person."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.crises import cases, holds
from bot.models import Case
from bot.pages.visit import Page, Visit, go


async def hold(visit: Visit) -> Response:
    """Put the case on hold, with the reason that was written."""
    reason = visit.field("reason", holds.MAX_REASON_CHARS)
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await holds.hold(session, visit.staff, case, reason, visit.now)
    return _back(visit, case, "held")


async def release(visit: Visit) -> Response:
    """Lift the hold."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await holds.release(session, visit.staff, case, visit.now)
    return _back(visit, case, "released")


def _back(visit: Visit, case: Case, done: str) -> Response:
    """Go back to the page that the form was on."""
    if visit.field("from") == "case":
        return go(f"/cases/{case.id}?done={done}")
    return go(f"/people/{case.person_id}?done={done}")


ROUTES = [
    Page("/cases/{id:int}/hold", hold, may="holds", methods=("POST",)),
    Page(
        "/cases/{id:int}/release",
        release,
        may="holds",
        methods=("POST",),
        asks_again=True,
    ),
]
