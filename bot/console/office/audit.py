"""The audit trail, read only."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.audit import trail
from bot.pages import audit
from bot.pages.visit import Page, Visit

NOTES_ON_PAGE = 100


async def show(visit: Visit) -> Response:
    """Show the latest notes; `?before=ID` goes further back."""
    async with visit.runtime.db.read() as session:
        notes = await trail.recent(session, NOTES_ON_PAGE, _before(visit))
        lines = await audit.lines(session, notes, visit.language)
    earlier = None
    if len(notes) == NOTES_ON_PAGE:
        earlier = notes[-1].id
    return visit.page(
        "office/audit.html",
        lines=lines,
        earlier=earlier,
    )


def _before(visit: Visit) -> int | None:
    """Return the note that the address names, if it names one."""
    number = visit.request.query_params.get("before", "")
    if number.isdecimal():
        return int(number)
    return None


ROUTES = [Page("/audit", show, may="audit")]
