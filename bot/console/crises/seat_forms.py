"""What is done with one seat: invite, confirm, board, give back, describe the household."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.crises import seats, transports
from bot.consular.errors import ConsularError
from bot.models import SeatState
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number


async def invite(visit: Visit) -> Response:
    """Give a household that waits its seats on the transport whose page the form is on."""
    async with visit.runtime.db.begin() as session:
        seat = await seats.get(session, visit.number("id"))
        transport = await transports.get(session, _transport_id(visit))
        await seats.invite(
            session,
            visit.staff,
            seat,
            transport,
            visit.now,
        )
    return await _back(visit)


async def move(visit: Visit) -> Response:
    """Bring the seat into another state."""
    code = visit.field("state")
    if code not in list(SeatState):
        raise ConsularError(N_("Choose what became of the seat."))
    async with visit.runtime.db.begin() as session:
        seat = await seats.get(session, visit.number("id"))
        await seats.move(
            session,
            visit.staff,
            seat,
            SeatState(code),
            visit.now,
        )
    return await _back(visit)


async def describe(visit: Visit) -> Response:
    """Keep how many they are, whether they go first, which papers are missing, what they need."""
    async with visit.runtime.db.begin() as session:
        seat = await seats.get(session, visit.number("id"))
        await seats.describe(
            session,
            visit.staff,
            seat,
            row_number(visit.field("people")),
            bool(visit.field("goes_first")),
            visit.field("papers_missing", seats.MAX_NOTE_CHARS),
            visit.field("needs", seats.MAX_NOTE_CHARS),
            visit.now,
        )
    return await _back(visit)


def _transport_id(visit: Visit) -> int:
    return row_number(visit.field("transport")) or 0


async def _back(visit: Visit) -> Response:
    """Ring for the senders, and go back to the row of the household, where it was."""
    await bells.ring(visit.runtime.redis, "out")
    page = f"/transports/{_transport_id(visit)}"
    if visit.field("from") == "boarding":
        page += "/boarding"
    return go(f"{page}?done=saved#seat-{visit.number('id')}")


ROUTES = [
    Page("/seats/{id:int}/invite", invite, may="cases", methods=("POST",)),
    Page("/seats/{id:int}/state", move, may="cases", methods=("POST",)),
    Page("/seats/{id:int}/details", describe, may="cases", methods=("POST",)),
]
