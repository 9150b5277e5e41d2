"""The page of a transport with its manifest, its list for boarding, and all that is done with it.

No row moves by itself: households stand by the numbers of their seats, and nothing is live.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.crises import evacuations
from bot.consular.changes import changes
from bot.consular.changes.kinds import TransportWords
from bot.consular.crises import manifests, seats, transports
from bot.consular.crises.manifests import Household
from bot.consular.errors import ConsularError
from bot.models import SeatState, TransportState
from bot.pages import zones
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"
MAX_OFFERED = 200  # households at a click
# The buttons of a seat, in the order of the day; at the door there are those of the door alone.
MOVES = (
    SeatState.CONFIRMED,
    SeatState.BOARDED,
    SeatState.ARRIVED,
    SeatState.MISSED,
    SeatState.WITHDRAWN,
    SeatState.WAITING,
)
DOOR_MOVES = (SeatState.BOARDED, SeatState.CONFIRMED, SeatState.MISSED)


async def show(visit: Visit) -> Response:
    """Show the transport and its manifest; the look at the names is written down."""
    return await _manifest(visit, "crises/transport.html")


async def boarding(visit: Visit) -> Response:
    """Show the list for whoever stands at the door with a phone."""
    return await _manifest(visit, "crises/boarding.html")


async def _manifest(visit: Visit, template: str) -> Response:
    zone = zones.of(visit)
    try:
        async with visit.runtime.db.begin() as session:
            listed = await manifests.manifest(
                session,
                visit.staff,
                visit.number("id"),
                visit.now,
            )
            change = await changes.of_transport(session, visit.number("id"))
    except ConsularError:
        raise HTTPException(404) from None
    transport = listed.line.transport
    return visit.page(
        template,
        manifest=listed,
        transport=transport,
        change=change,
        zone=zone,
        zone_name=zones.name(zone, visit.language, visit.now),
        departs_at=zones.shown(transport.departs_at, zone),
        transport_moves=transports.TRANSITIONS[transport.state],
        fills=transport.state in transports.FILLING_STATES,
        moves=_moves,
        door_moves=DOOR_MOVES,
        most_note=seats.MAX_NOTE_CHARS,
    )


def _moves(
    household: Household,
    transport_state: TransportState,
    among: Sequence[SeatState] = MOVES,
) -> list[SeatState]:
    """Return the states that staff may bring a seat into, while its transport is in this state."""
    allowed = seats.TRANSITIONS[household.seat.state]
    offered: list[SeatState] = []
    for state in among:
        if state in allowed and seats.allows(state, transport_state):
            offered.append(state)
    return offered


async def propose_words(visit: Visit) -> Response:
    """Ask a second person to announce the transport, or to tell people of it in new words."""
    number = visit.number("id")
    words = evacuations.words(visit)
    change = TransportWords(
        number,
        words.departs_at.isoformat(),
        dict(words.destinations),
        dict(words.meeting_points),
        dict(words.luggage),
    )
    async with visit.runtime.db.begin() as session:
        await changes.propose(session, visit.staff, change, visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go(f"/transports/{number}?done=proposed")


async def resize(visit: Visit) -> Response:
    """Change how many seats there are."""
    return await _do(visit, transports.resize, row_number(visit.field("seats")) or 0)


async def fill(visit: Visit) -> Response:
    """Offer the free seats to the next households."""
    most = row_number(visit.field("most")) or 0
    return await _do(visit, transports.fill, min(most, MAX_OFFERED))


async def begin_boarding(visit: Visit) -> Response:
    """Open the doors: whoever has confirmed is told to go."""
    return await _do(visit, transports.begin_boarding)


async def depart(visit: Visit) -> Response:
    """Let the transport depart."""
    return await _do(visit, transports.depart)


async def arrive(visit: Visit) -> Response:
    """Let the transport arrive, with everybody on board."""
    return await _do(visit, transports.arrive)


async def cancel(visit: Visit) -> Response:
    """Cancel the transport: everybody waits again, before all others."""
    return await _do(visit, transports.cancel)


async def _do(
    visit: Visit,
    act: Callable[..., Awaitable[object]],
    *details: object,
) -> Response:
    """Do something with the transport, ring for the senders, and go back to it."""
    number = visit.number("id")
    async with visit.runtime.db.begin() as session:
        transport = await transports.get(session, number)
        await act(session, visit.staff, transport, *details, visit.now)
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, TOPIC)
    return go(f"/transports/{number}?done=saved")


ROUTES = [
    Page("/transports/{id:int}", show, may="cases"),
    Page("/transports/{id:int}/boarding", boarding, may="cases"),
    *(
        Page(f"/transports/{{id:int}}/{name}", act, may="cases", methods=("POST",))
        for name, act in {
            "words": propose_words,
            "seats": resize,
            "fill": fill,
            "board": begin_boarding,
            "depart": depart,
            "arrive": arrive,
            "cancel": cancel,
        }.items()
    ),
]
