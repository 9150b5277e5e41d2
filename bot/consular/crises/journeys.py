"""Trips begin and end by themselves, unless that would take somebody out of a crisis unseen.

Whoever is where a crisis is open, has an open case of their own, or was asked and has not answered,
stays where they were last known until they tell: a return date that went by is no sign of life.
What waits so happens by itself once the crisis or the case is closed, or the answer came.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, CompoundSelect, Select, exists, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import trail
from bot.consular.broadcasts import quiet
from bot.consular.crises import coverage
from bot.consular.people import addressing, facts, trips
from bot.messages import Button, Content
from bot.models import (
    Address,
    Case,
    CaseKind,
    CaseState,
    CheckIn,
    Crisis,
    CrisisState,
    OutboundMessage,
    Person,
    RollCallRound,
    Trip,
    TripEnding,
)
from bot.text import catalogues, text

SLICE_PEOPLE = 200  # of one transaction
MOST_HOURS_AHEAD = timedelta(hours=14)  # of UTC, where a day begins first
BACK = "/trip_back"
LONGER = "/trip_longer"


@dataclass(frozen=True, slots=True)
class Slice:
    """What one slice of the work did. `last_id` is where the next begins; None after the last."""

    last_id: int | None
    has_asked: bool


async def advance(session: AsyncSession, after_id: int, now: datetime) -> Slice:
    """Begin and end the trips that are due, and ask on the last day, for a slice of people.

    People are those with an id above `after_id`.
    """
    people = await _due(session, after_id, now)
    has_asked = False
    for person in people:
        await settle(session, person, now)
        has_asked |= await ask_if_back(session, person, now)
    if len(people) < SLICE_PEOPLE:
        return Slice(None, has_asked)
    return Slice(people[-1].id, has_asked)


async def _due(
    session: AsyncSession,
    after_id: int,
    now: datetime,
) -> Sequence[Person]:
    """Lock the next people with a trip whose first or last day has come somewhere on earth."""
    latest_day = (now + MOST_HOURS_AHEAD).date()
    begins = Trip.began_at.is_(None) & (Trip.begins_on <= latest_day)
    due = select(Trip.person_id).where(
        Trip.ended_at.is_(None),
        or_(begins, Trip.until <= latest_day),
    )
    people = (
        select(Person)
        .where(Person.id > after_id, Person.id.in_(due), Person.forgotten_at.is_(None))
        .order_by(Person.id)
        .limit(SLICE_PEOPLE)
        .with_for_update()
    )
    return (await session.scalars(people)).all()


async def settle(session: AsyncSession, person: Person, now: datetime) -> None:
    """Begin and end the trips of a person by the calendar where they are.

    Where they are follows, unless it is held.
    """
    if await is_held(session, person):
        return
    day = trips.today(person, now)
    open_trips = await trips.open_ones(session, person.id)
    before = trips.under_way(open_trips)
    for trip in open_trips:
        await _settle_one(session, person, trip, day, now)
    after = trips.under_way(await trips.open_ones(session, person.id))
    if after is before:
        return
    await _move(session, person, after, now)


async def go_on(session: AsyncSession, person: Person, now: datetime) -> None:
    """Set where a person is after a trip was ended for them: on another one, or at home.

    It stays where only their own word may change it.
    """
    if await is_held(session, person):
        return
    trip = trips.under_way(await trips.open_ones(session, person.id))
    await _move(session, person, trip, now)


async def _settle_one(
    session: AsyncSession,
    person: Person,
    trip: Trip,
    day: date,
    now: datetime,
) -> None:
    if trip.until is not None and trip.until < day:
        await trips.end(session, person, trip, TripEnding.DATE, trail.SYSTEM, now)
    elif trip.began_at is None and trip.begins_on <= day:
        await trips.begin(session, person, trip, now)


async def _move(
    session: AsyncSession,
    person: Person,
    trip: Trip | None,
    now: datetime,
) -> None:
    """Set where a person is: on a trip, or where they live; as of when they told it."""
    if trip is None:
        await trips.go_home(session, person, now)
        return
    place = trips.place_of(trip)
    if place is None:
        return
    await facts.set_place(
        session,
        person,
        place,
        now,
        placed_at=trip.told_at,
        actor=trail.SYSTEM,
    )


async def is_held(session: AsyncSession, person: Person) -> bool:
    """Tell whether only the person's own word may change where they are."""
    if await coverage.covering(session, person) is not None:
        return True
    has_own_case = select(_has_own_case(person))
    if await session.scalar(has_own_case):
        return True
    return await session.scalar(_unanswered(person)) or False


def _has_own_case(person: Person) -> ColumnElement[bool]:
    """Say in SQL whether a case about the person themselves is open."""
    return exists().where(
        Case.person_id == person.id,
        Case.state != CaseState.CLOSED,
        Case.kind != CaseKind.FAULT,
        Case.relation.is_(None),
    )


def _unanswered(person: Person) -> Select[bool]:
    """Select whether a roll call of an open crisis waits for the person's answer."""
    last_answer = select(func.max(CheckIn.at)).where(CheckIn.person_id == person.id)
    answered_at = last_answer.scalar_subquery()
    question = exists().where(
        OutboundMessage.person_id == person.id,
        OutboundMessage.broadcast_id.in_(_questions_of_open_crises()),
        or_(answered_at.is_(None), answered_at < OutboundMessage.created_at),
    )
    return select(question)


def _questions_of_open_crises() -> CompoundSelect[int]:
    """Select the broadcasts that ask the people of open crises, the first and the later ones."""
    is_open = Crisis.state == CrisisState.OPEN
    first = select(Crisis.broadcast_id).where(is_open)
    rounds = select(RollCallRound.broadcast_id)
    later = rounds.join(Crisis, Crisis.id == RollCallRound.crisis_id).where(is_open)
    return union_all(first, later)


# --- the question of the last day -----------------------------------------------------------------


async def ask_if_back(session: AsyncSession, person: Person, now: datetime) -> bool:
    """Ask a person once, on the last day of their trip and by day, whether they are back.

    Nobody is asked who said stop, or whose place is held; silence lets the trip end by itself.
    """
    trip = trips.under_way(await trips.open_ones(session, person.id))
    if trip is None or trip.asked_at is not None:
        return False
    if trip.until != trips.today(person, now) or quiet.morning(now, person.timezone) != now:
        return False
    if await is_held(session, person):
        return False
    address = await addressing.last_used(session, person)
    if address is None:
        return False
    await outbox.reply(
        session,
        person=person,
        address=address,
        content=_question(person, address),
        inbound_id=None,
        now=now,
    )
    trip.asked_at = now
    await session.flush()
    return True


def _question(person: Person, address: Address) -> Content:
    language = text.language_of(person.language)
    back = catalogues.say("label_trip_back", language, address.form)
    longer = catalogues.say("label_trip_longer", language, address.form)
    words = catalogues.say("trip_back_question", language, address.form)
    buttons = (Button(back, BACK), Button(longer, LONGER))
    return Content(words, buttons, language=language)
