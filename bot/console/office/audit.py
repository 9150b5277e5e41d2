"""The audit trail, read only."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.audit import trail
from bot.pages.visit import Page, Visit

ROWS = 100


async def show(visit: Visit) -> Response:
    """The latest notes; `?before=ID` goes further back."""
    before = visit.request.query_params.get("before", "")
    async with visit.runtime.db.read() as session:
        notes = await trail.recent(session, ROWS, int(before) if before.isdecimal() else None)
    return visit.page(
        "office/audit.html", notes=notes, earlier=notes[-1].id if len(notes) == ROWS else None
    )


ROUTES = [Page("/audit", show, may="audit")]
