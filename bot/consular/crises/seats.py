"""Seats on transports: invited, confirmed, boarded, or given back. No seat is given twice.

Who locks, locks people first, then the transport, then seats: a conversation holds its person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import case_scope, seat_words, wishes
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.models import (
    Case,
    Crisis,
    CrisisState,
    Person,
    Seat,
    SeatState,
    Staff,
    Transport,
    TransportState,
)
from bot.text.text import clean

WAITING = SeatState.WAITING
INVITED = SeatState.INVITED
CONFIRMED = SeatState.CONFIRMED
BOARDED = SeatState.BOARDED
ARRIVED = SeatState.ARRIVED
DECLINED = SeatState.DECLINED
MISSED = SeatState.MISSED
WITHDRAWN = SeatState.WITHDRAWN

TRANSITIONS: Mapping[SeatState, frozenset[SeatState]] = {
    WAITING: frozenset({INVITED, WITHDRAWN}),
    INVITED: frozenset({CONFIRMED, BOARDED, DECLINED, MISSED, WITHDRAWN, WAITING}),
    CONFIRMED: frozenset({BOARDED, DECLINED, MISSED, WITHDRAWN, WAITING}),
    BOARDED: frozenset({ARRIVED, CONFIRMED, WAITING}),  # confirmed: a wrong click
    ARRIVED: frozenset(),
    DECLINED: frozenset({WAITING}),
    MISSED: frozenset({WAITING}),
    WITHDRAWN: frozenset({WAITING}),
}
TAKEN_STATES = (INVITED, CONFIRMED, BOARDED, ARRIVED)  # these seats nobody else can have
# In which state of the transport staff may bring a seat on it into a state.
TRANSPORT_STATES: Mapping[SeatState, frozenset[TransportState]] = {
    INVITED: frozenset({TransportState.ANNOUNCED, TransportState.BOARDING}),
    CONFIRMED: frozenset({TransportState.ANNOUNCED, TransportState.BOARDING}),
    BOARDED: frozenset({TransportState.BOARDING}),
    ARRIVED: frozenset({TransportState.DEPARTED, TransportState.ARRIVED}),
}
TOLD_STATES = frozenset({WAITING, INVITED, CONFIRMED, MISSED, WITHDRAWN})
MAX_PEOPLE = 60  # of one household
MAX_NOTE_CHARS = 500


async def get(session: AsyncSession, seat_id: int) -> Seat:
    """Return the seat of a number. Raises ConsularError."""
    seat = await session.get(Seat, seat_id)
    if seat is None:
        raise ConsularError("There is no such seat.")
    return seat


async def taken(session: AsyncSession, transport_id: int) -> int:
    """Count the seats of a transport that are given."""
    query = select(func.sum(Seat.people)).where(
        Seat.transport_id == transport_id,
        Seat.state.in_(TAKEN_STATES),
    )
    return await session.scalar(query) or 0


async def free(session: AsyncSession, transport: Transport) -> int:
    """Count the seats of a transport that nobody has. Lock it before you give one."""
    return transport.seats - await taken(session, transport.id)


async def enlist(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Put the household of a case on the list, for somebody who asked by telephone.

    They are told. Raises ConsularError.
    """
    await case_scope.require(session, staff, case)
    person = await session.get_one(Person, case.person_id, with_for_update=True)
    actor = roles.actor(staff)
    seat = await wishes.note(session, person, case.crisis_id, now, actor)
    if seat is None:
        raise ConsularError("They are on the list already, or the case belongs to no crisis.")
    await seat_words.tell(session, seat, now)


async def invite(
    session: AsyncSession,
    staff: Staff,
    seat: Seat,
    transport: Transport,
    now: datetime,
) -> None:
    """Give a household that waits its seats on a transport, and ask whether they come.

    Raises ConsularError.
    """
    person = await _lock(session, staff, seat, transport)
    if (seat.crisis_id, person.country) != (transport.crisis_id, transport.country):
        raise ConsularError("This household is not where the transport departs.")
    people = wishes.size_of(seat, person)
    free_seats = await free(session, transport)
    if people > free_seats:
        raise ConsularError(
            "The household has {people} people, and {free} seats are free.",
            people=people,
            free=free_seats,
        )
    await give(session, staff, seat, transport, people, now)


async def give(
    session: AsyncSession,
    staff: Staff,
    seat: Seat,
    transport: Transport,
    people: int,
    now: datetime,
) -> None:
    """Give a locked household seats of a locked transport that has them. Raises ConsularError."""
    _check_transport(INVITED, transport)
    check_move(TRANSITIONS, seat.state, INVITED)
    seat.transport_id = transport.id
    seat.people = people
    await settle(session, seat, INVITED, roles.actor(staff), now)


async def move(
    session: AsyncSession,
    staff: Staff,
    seat: Seat,
    state: SeatState,
    now: datetime,
) -> None:
    """Bring a seat into a state, as staff; `invite` gives one. Raises ConsularError."""
    _person, transport = await _lock_as_it_is(session, staff, seat)
    if state is INVITED:
        raise ConsularError("Choose a transport to invite the household to.")
    if transport is not None:
        _check_transport(state, transport)
    await settle(session, seat, state, roles.actor(staff), now)


def allows(state: SeatState, transport_state: TransportState) -> bool:
    """Tell whether seats of a transport in this state come into a state by staff."""
    allowed = TRANSPORT_STATES.get(state)
    return allowed is None or transport_state in allowed


def _check_transport(state: SeatState, transport: Transport) -> None:
    """Raise ConsularError where the transport is not in a state for this."""
    if not allows(state, transport.state):
        raise ConsularError("The transport is not in a state for this.")


async def settle(
    session: AsyncSession,
    seat: Seat,
    state: SeatState,
    actor: str,
    now: datetime,
    key: str = "",
) -> None:
    """Bring a locked seat into a state, note it, and tell the household. Raises ConsularError.

    `key` is that of another text than the one of the state.
    """
    seat.state = check_move(TRANSITIONS, seat.state, state)
    seat.changed_at = now
    seat.changed_by = actor
    await session.flush()
    await trail.note(session, actor, f"seat.{state.value}", f"seat:{seat.id}", now)
    if state in TOLD_STATES and actor != f"person:{seat.person_id}":
        await seat_words.tell(session, seat, now, key)
    if state is WAITING:
        seat.transport_id = None  # its name was in what the household was told


async def answer(
    session: AsyncSession,
    person: Person,
    comes: bool,
    transport_id: int | None,
    now: datetime,
) -> Seat | None:
    """Take the answer of a person, whose row is locked, to the invitation that waits.

    Whoever does not come gives the seat back, and whoever only waits leaves the list.
    `transport_id` is that of the button; None where there are words alone. None where no seat has
    an answer to take.
    """
    for seat in await of_person(session, person.id):
        await session.refresh(seat, with_for_update=True)
        if transport_id not in {None, seat.transport_id}:
            continue
        state = _answered(seat.state, comes)
        if state is not None:
            await settle(session, seat, state, f"person:{person.id}", now)
            return seat
    return None


def _answered(state: SeatState, comes: bool) -> SeatState | None:
    """Return the state that an answer brings a seat into; None where it has nothing to answer."""
    if comes:
        return CONFIRMED if state is INVITED else None
    if state is WAITING:
        return WITHDRAWN
    return DECLINED if state in {INVITED, CONFIRMED} else None


async def of_person(session: AsyncSession, person_id: int) -> list[Seat]:
    """Return the seats and wishes of a person in open crises, what changed last first."""
    query = select(Seat).join(Crisis, Crisis.id == Seat.crisis_id)
    query = query.where(Seat.person_id == person_id, Crisis.state == CrisisState.OPEN)
    query = query.order_by(Seat.changed_at.desc(), Seat.id.desc())
    return list(await session.scalars(query))


async def describe(
    session: AsyncSession,
    staff: Staff,
    seat: Seat,
    people: int | None,
    goes_first: bool,
    papers_missing: str,
    needs: str,
    now: datetime,
) -> None:
    """Keep what staff know of a household: how many, whether they go first, papers, needs.

    `people` is None where it is as many as the person counted. Raises ConsularError.
    """
    if people is not None and not 1 <= people <= MAX_PEOPLE:
        raise ConsularError("A household has 1 to {most} people.", most=MAX_PEOPLE)
    person, transport = await _lock_as_it_is(session, staff, seat)
    if transport is not None and seat.state in TAKEN_STATES:
        people = people or person.party_size or 1
        await _check_room(session, seat, transport, people)
    seat.people = people
    seat.goes_first = goes_first
    seat.papers_missing = clean(papers_missing, MAX_NOTE_CHARS) or None
    seat.needs = clean(needs, MAX_NOTE_CHARS) or None
    await session.flush()
    await trail.note(session, roles.actor(staff), "seat.described", f"seat:{seat.id}", now)


async def _check_room(
    session: AsyncSession,
    seat: Seat,
    transport: Transport,
    people: int,
) -> None:
    """Raise ConsularError when a household that grows has no room on its locked transport."""
    room = await free(session, transport) + (seat.people or 0)
    if people > room:
        raise ConsularError(
            "The household has {people} people, and {free} seats are free.",
            people=people,
            free=room,
        )


async def lock_people(session: AsyncSession, person_ids: Collection[int]) -> None:
    """Lock people, always in the same order."""
    query = select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id)
    await session.execute(query.with_for_update())


async def _lock_as_it_is(
    session: AsyncSession,
    staff: Staff,
    seat: Seat,
) -> tuple[Person, Transport | None]:
    """Lock a seat with its person and its transport. Raises ConsularError."""
    transport = None
    if seat.transport_id is not None:
        transport = await session.get_one(Transport, seat.transport_id)
    seen_transport_id = seat.transport_id
    person = await _lock(session, staff, seat, transport)
    if seat.transport_id != seen_transport_id:
        raise ConsularError("Somebody changed this seat just now. Look at it again.")
    return person, transport


async def _lock(
    session: AsyncSession,
    staff: Staff,
    seat: Seat,
    transport: Transport | None,
) -> Person:
    """Lock a person, a transport and their seat; refuse an account that does not look after them.

    Raises ConsularError.
    """
    person = await session.get_one(Person, seat.person_id, with_for_update=True)
    countries = [person.country]
    if transport is not None:
        await session.refresh(transport, with_for_update=True)
        countries = [transport.country]
    await session.refresh(seat, with_for_update=True)
    roles.require(staff, "cases", *countries)
    return person
