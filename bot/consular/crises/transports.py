"""Transports out of a crisis: drafted by one person, announced by a second, filled, and gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import crises, seat_words, seats, wishes
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.models import (
    Crisis,
    CrisisState,
    Person,
    Seat,
    SeatState,
    Staff,
    Transport,
    TransportKind,
    TransportState,
)
from bot.text import text

TRANSITIONS: Mapping[TransportState, frozenset[TransportState]] = {
    TransportState.DRAFT: frozenset({TransportState.ANNOUNCED, TransportState.CANCELLED}),
    TransportState.ANNOUNCED: frozenset({TransportState.BOARDING, TransportState.CANCELLED}),
    TransportState.BOARDING: frozenset({TransportState.DEPARTED, TransportState.CANCELLED}),
    TransportState.DEPARTED: frozenset({TransportState.ARRIVED}),
    TransportState.ARRIVED: frozenset(),
    TransportState.CANCELLED: frozenset(),
}
FILLING_STATES = frozenset({TransportState.ANNOUNCED, TransportState.BOARDING})
MAX_SEATS = 1000
MAX_DESTINATION_CHARS = 60
MAX_WORDS_CHARS = 140  # an invitation by SMS has room for two such texts
MAX_AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Words:
    """What people are told of a transport, by language, and when it departs."""

    departs_at: datetime
    destinations: Mapping[str, str]
    meeting_points: Mapping[str, str]
    luggage: Mapping[str, str]


async def draft(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    country: str,
    kind: TransportKind,
    seat_count: int,
    words: Words,
    now: datetime,
) -> Transport:
    """Write down a transport out of a country of an open crisis; nobody is told of it yet.

    Raises ConsularError.
    """
    roles.require(staff, "cases", country)
    if crisis.state is not CrisisState.OPEN or country not in crises.countries_of(crisis):
        raise ConsularError("Choose a country of an open crisis.")
    _check_seats(seat_count)
    cleaned = checked(words, now)
    transport = Transport(
        crisis_id=crisis.id,
        country=country,
        kind=kind,
        state=TransportState.DRAFT,
        seats=seat_count,
        departs_at=cleaned.departs_at,
        destinations=dict(cleaned.destinations),
        meeting_points=dict(cleaned.meeting_points),
        luggage=dict(cleaned.luggage),
    )
    session.add(transport)
    await _note(session, roles.actor(staff), "transport.drafted", transport, now)
    return transport


def checked(words: Words, now: datetime) -> Words:
    """Clean what people are to be told. Raises ConsularError unless each language has all."""
    if not now < words.departs_at < now + MAX_AHEAD:
        raise ConsularError("It must depart within the next {days} days.", days=MAX_AHEAD.days)
    return Words(
        words.departs_at,
        _cleaned(words.destinations, MAX_DESTINATION_CHARS),
        _cleaned(words.meeting_points, MAX_WORDS_CHARS),
        _cleaned(words.luggage, MAX_WORDS_CHARS),
    )


def _cleaned(by_language: Mapping[str, str], most: int) -> dict[str, str]:
    """Clean words by language. Raises ConsularError unless every language has some."""
    cleaned: dict[str, str] = {}
    for language in text.LANGUAGES:
        words = text.clean(by_language.get(language, ""), most + 1)
        if not 1 <= len(words) <= most:
            raise ConsularError(
                "Write where it goes, where people meet and what they bring in both languages, "
                "with at most {most} letters each.",
                most=MAX_WORDS_CHARS,
            )
        cleaned[language] = words
    return cleaned


def _check_seats(seat_count: int) -> None:
    if not 1 <= seat_count <= MAX_SEATS:
        raise ConsularError("A transport has 1 to {most} seats.", most=MAX_SEATS)


async def get(session: AsyncSession, transport_id: int) -> Transport:
    """Return the transport of a number. Raises ConsularError."""
    transport = await session.get(Transport, transport_id)
    if transport is None:
        raise ConsularError("There is no such transport.")
    return transport


def words_of(transport: Transport) -> Words:
    """Return what people are told of a transport now."""
    return Words(
        transport.departs_at,
        transport.destinations,
        transport.meeting_points,
        transport.luggage,
    )


def check_announcement(
    staff: Staff,
    transport: Transport,
    words: Words,
    now: datetime,
) -> Words:
    """Return the cleaned words that would be announced. Raises ConsularError where none can be."""
    roles.require(staff, "cases", transport.country)
    is_first = transport.state is TransportState.DRAFT
    if not is_first and transport.state not in FILLING_STATES:
        raise ConsularError("The transport is not in a state for this.")
    cleaned = checked(words, now)
    if not is_first and cleaned == words_of(transport):
        raise ConsularError("Nothing would change.")
    return cleaned


async def announce(
    session: AsyncSession,
    transport: Transport,
    words: Words,
    actor: str,
    now: datetime,
) -> None:
    """Announce a transport in words that a second person approved; call it from `changes` alone.

    One that is announced already gets new words, and whoever has a seat is told. Raises
    ConsularError.
    """
    await _lock(session, transport)
    cleaned = checked(words, now)
    is_first = transport.state is TransportState.DRAFT
    if is_first:
        transport.state = TransportState.ANNOUNCED
    elif transport.state not in FILLING_STATES:
        raise ConsularError("The transport is not in a state for this.")
    transport.departs_at = cleaned.departs_at
    transport.destinations = dict(cleaned.destinations)
    transport.meeting_points = dict(cleaned.meeting_points)
    transport.luggage = dict(cleaned.luggage)
    await _note(session, actor, "transport.announced", transport, now)
    for seat in await _seats(session, transport, (SeatState.INVITED, SeatState.CONFIRMED)):
        await seat_words.tell(session, seat, now, seat_words.CHANGED)


async def resize(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    seat_count: int,
    now: datetime,
) -> None:
    """Change how many seats there are: never fewer than are given. Raises ConsularError."""
    await _lock(session, transport)
    roles.require(staff, "cases", transport.country)
    _check_seats(seat_count)
    taken = await seats.taken(session, transport.id)
    if seat_count < taken:
        raise ConsularError("{taken} seats are given already.", taken=taken)
    transport.seats = seat_count
    await _note(session, roles.actor(staff), "transport.resized", transport, now)


async def fill(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    most: int,
    now: datetime,
) -> list[Seat]:
    """Offer the free seats to the next households, at most so many; return their seats.

    A household that does not fit keeps its turn: it is never split. Raises ConsularError.
    """
    roles.require(staff, "cases", transport.country)
    if transport.state not in FILLING_STATES:
        raise ConsularError("The transport is not in a state for this.")
    chosen = await _next(session, transport, most)
    await seats.lock_people(session, [seat.person_id for seat, _people in chosen])
    await session.refresh(transport, with_for_update=True)
    free = await seats.free(session, transport)
    offered: list[Seat] = []
    for seat, people in chosen:
        await session.refresh(seat, with_for_update=True)
        if seat.state is not SeatState.WAITING or people > free:
            continue  # a colleague was faster
        await seats.give(session, staff, seat, transport, people, now)
        offered.append(seat)
        free -= people
    return offered


async def _next(
    session: AsyncSession,
    transport: Transport,
    most: int,
) -> list[tuple[Seat, int]]:
    """Choose the next households that fit into a transport, each with the seats it takes."""
    free = await seats.free(session, transport)
    queue = await wishes.queue(session, transport.crisis_id, [transport.country])
    chosen: list[tuple[Seat, int]] = []
    for seat, person in queue:
        people = wishes.size_of(seat, person)
        if people > free:
            continue
        if len(chosen) == most:
            break
        chosen.append((seat, people))
        free -= people
    return chosen


async def begin_boarding(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    now: datetime,
) -> None:
    """Open the doors: whoever has confirmed is told to go now. Raises ConsularError."""
    await _move(session, staff, transport, TransportState.BOARDING, now)
    for seat in await _seats(session, transport, (SeatState.INVITED, SeatState.CONFIRMED)):
        await seat_words.tell(session, seat, now)


async def depart(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    now: datetime,
) -> None:
    """Let a transport depart: whoever is not on board has missed it, and is told.

    Raises ConsularError.
    """
    await _move(session, staff, transport, TransportState.DEPARTED, now)
    for seat in await _seats(session, transport, (SeatState.INVITED, SeatState.CONFIRMED)):
        await seats.settle(session, seat, SeatState.MISSED, roles.actor(staff), now)


async def arrive(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    now: datetime,
) -> None:
    """Let a transport arrive, and everybody on board. Raises ConsularError."""
    await _move(session, staff, transport, TransportState.ARRIVED, now)
    for seat in await _seats(session, transport, (SeatState.BOARDED,)):
        await seats.settle(session, seat, SeatState.ARRIVED, roles.actor(staff), now)


async def cancel(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    now: datetime,
) -> int:
    """Cancel a transport; return how many households wait again, before all others.

    They are told to wait and not to go. Raises ConsularError.
    """
    await _move(session, staff, transport, TransportState.CANCELLED, now)
    returning = (SeatState.INVITED, SeatState.CONFIRMED, SeatState.BOARDED)
    households = await _seats(session, transport, returning)
    for seat in households:
        seat.returned_at = now
        await seats.settle(
            session,
            seat,
            SeatState.WAITING,
            roles.actor(staff),
            now,
            key=seat_words.CANCELLED,
        )
    return len(households)


async def _move(
    session: AsyncSession,
    staff: Staff,
    transport: Transport,
    state: TransportState,
    now: datetime,
) -> None:
    await _lock(session, transport)
    roles.require(staff, "cases", transport.country)
    transport.state = check_move(TRANSITIONS, transport.state, state)
    await _note(session, roles.actor(staff), f"transport.{state.value}", transport, now)


async def _lock(
    session: AsyncSession,
    transport: Transport,
) -> None:
    """Lock a transport, and before it the people who have a seat on it."""
    query = select(Seat.person_id).where(Seat.transport_id == transport.id)
    person_ids = await session.scalars(query)
    await seats.lock_people(session, list(person_ids))
    await session.refresh(transport, with_for_update=True)


async def _seats(
    session: AsyncSession,
    transport: Transport,
    states: Sequence[SeatState],
) -> list[Seat]:
    """Lock and return the seats of a transport in these states, in the order of the list."""
    query = select(Seat).join(Person, Person.id == Seat.person_id)
    query = query.where(Seat.transport_id == transport.id, Seat.state.in_(states))
    query = query.order_by(*wishes.order()).with_for_update(of=Seat)
    locked = await session.scalars(query.execution_options(populate_existing=True))
    return list(locked)


async def of_crisis(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
) -> list[Transport]:
    """Return the transports of a crisis that the account sees, the next to depart first."""
    query = select(Transport).where(Transport.crisis_id == crisis.id)
    listed: list[Transport] = []
    for transport in await session.scalars(query.order_by(Transport.departs_at, Transport.id)):
        if roles.covers(staff, transport.country):
            listed.append(transport)
    return listed


async def _note(
    session: AsyncSession,
    actor: str,
    action: str,
    transport: Transport,
    now: datetime,
) -> None:
    await session.flush()
    await trail.note(session, actor, action, f"transport:{transport.id}", now)
