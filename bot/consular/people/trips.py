"""Trips: told once, they begin and end by themselves, by the calendar where the person is.

Where somebody is now stays with the person. While trips are under way, it is that of the trip told
last; after them it is where they live. `crises.journeys` says when that may not be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import facts, residence
from bot.consular.people.facts import subject
from bot.consular.reference import places, timezones
from bot.consular.reference.places import Place
from bot.models import Person, Trip, TripEnding

MAX_AHEAD_DAYS = 366  # of the first day
MAX_TRIP_DAYS = 366  # whoever stays longer lives there
MAX_OPEN_TRIPS = 10  # of a person


@dataclass(frozen=True, slots=True)
class Plan:
    """What somebody tells of a trip: where to, its first and its last day, as far as they say."""

    place: Place | None
    begins_on: date
    until: date | None


def today(person: Person, now: datetime) -> date:
    """Return the day where the person is."""
    return timezones.day(person.timezone, now)


class Fault(StrEnum):
    """Why days cannot be those of a trip."""

    BACKWARD = "backward"  # the last day is before the first
    PAST = "past"
    FAR = "far"  # it begins or ends too far ahead
    MANY = "many"  # as many trips are planned as we keep


def _refusal(reason: Fault) -> ConsularError:
    """Say to an officer what cannot be kept."""
    match reason:
        case Fault.BACKWARD:
            return ConsularError("The last day of a trip is not before its first.")
        case Fault.PAST:
            return ConsularError("The days of the trip are over already.")
        case Fault.FAR:
            return ConsularError("A trip begins within a year, and lasts no longer than a year.")
        case Fault.MANY:
            return ConsularError("So many trips of one person cannot be kept.")


def fault(plan: Plan, day: date) -> Fault | None:
    """Tell why the days of a plan cannot be those of a trip that is told on a day."""
    last_day = plan.until or plan.begins_on
    if last_day < plan.begins_on:
        return Fault.BACKWARD
    if last_day < day:
        return Fault.PAST
    is_far = plan.begins_on > day + timedelta(days=MAX_AHEAD_DAYS)
    is_long = last_day > plan.begins_on + timedelta(days=MAX_TRIP_DAYS)
    if is_far or is_long:
        return Fault.FAR
    return None


def _check(plan: Plan, day: date) -> None:
    reason = fault(plan, day)
    if reason is not None:
        raise _refusal(reason)


async def of_person(session: AsyncSession, person_id: int) -> Sequence[Trip]:
    """List all trips of a person that we keep, the latest first."""
    query = select(Trip).where(Trip.person_id == person_id)
    latest_first = query.order_by(Trip.begins_on.desc(), Trip.id.desc())
    return (await session.scalars(latest_first)).all()


async def open_ones(session: AsyncSession, person_id: int) -> Sequence[Trip]:
    """List the trips of a person that are planned or under way, in the order they were told."""
    query = select(Trip).where(Trip.person_id == person_id, Trip.ended_at.is_(None))
    return (await session.scalars(query.order_by(Trip.told_at, Trip.id))).all()


def under_way(trips: Sequence[Trip]) -> Trip | None:
    """Return the trip that somebody is on, of their open ones: the one told last."""
    begun = [trip for trip in trips if trip.began_at is not None]
    if not begun:
        return None
    return begun[-1]


async def current(session: AsyncSession, person_id: int) -> Trip | None:
    """Return the trip that somebody is on, or else the next that they plan."""
    trips = await open_ones(session, person_id)
    on_trip = under_way(trips)
    if on_trip is not None or not trips:
        return on_trip
    return min(trips, key=_first_day)


async def under_way_of(session: AsyncSession, people: Sequence[Person]) -> dict[int, Trip]:
    """Return the trip that each of some people is on, by their ids; nothing for the others."""
    ids = [person.id for person in people]
    query = select(Trip).where(
        Trip.person_id.in_(ids),
        Trip.ended_at.is_(None),
        Trip.began_at.is_not(None),
    )
    begun = await session.scalars(query.order_by(Trip.told_at, Trip.id))
    return {trip.person_id: trip for trip in begun}


def _first_day(trip: Trip) -> date:
    return trip.begins_on


async def plan(
    session: AsyncSession,
    person: Person,
    told: Plan,
    told_at: datetime,
    now: datetime,
) -> Trip:
    """Note a trip that a person tells. Raises ConsularError for days that cannot be.

    A trip to the same country, or to no place named, on days of an earlier one is that trip, told
    anew.
    """
    _check(told, today(person, now))
    trips = await open_ones(session, person.id)
    if len(trips) >= MAX_OPEN_TRIPS:
        raise _refusal(Fault.MANY)
    if under_way(trips) is None:
        await residence.assume(session, person)
    trip = Trip(person_id=person.id, begins_on=told.begins_on, told_at=told_at)
    _tell(trip, told)
    for earlier in trips:
        if _is_same(earlier, trip):
            _take_over(trip, earlier)
            await _end(session, person, earlier, TripEnding.REPLACED, subject(person), now)
    session.add(trip)
    await session.flush()
    await _note(session, person, trip, "trip.planned", subject(person), now)
    return trip


def _tell(trip: Trip, told: Plan) -> None:
    trip.begins_on = told.begins_on
    trip.until = told.until
    if told.place is not None:
        trip.country = told.place.country
        trip.city = told.place.city


def _take_over(trip: Trip, earlier: Trip) -> None:
    """Let a trip that is told anew be what it was told to be before, where nothing new was said."""
    trip.began_at = earlier.began_at
    if trip.country is None:
        trip.country = earlier.country
        trip.city = earlier.city
    if trip.until is None and earlier.until is not None:
        trip.until = max(earlier.until, trip.begins_on)


def _is_same(earlier: Trip, trip: Trip) -> bool:
    """Tell whether two trips are one: on the same days, and not to two countries."""
    if earlier.country and trip.country and earlier.country != trip.country:
        return False
    is_before = earlier.until is not None and earlier.until < trip.begins_on
    is_after = trip.until is not None and trip.until < earlier.begins_on
    return not is_before and not is_after


async def change(
    session: AsyncSession,
    person: Person,
    trip: Trip,
    told: Plan,
    actor: str,
    told_at: datetime,
    now: datetime,
) -> None:
    """Put a trip right: where to, or its days. Raises ConsularError."""
    if trip.ended_at is not None:
        raise ConsularError("The trip is over already.")
    _check(told, today(person, now))
    is_other_day = trip.until != told.until
    _tell(trip, told)
    trip.told_at = told_at
    if is_other_day:
        trip.asked_at = None
    await session.flush()
    await _note(session, person, trip, "trip.changed", actor, now)


async def end(
    session: AsyncSession,
    person: Person,
    trip: Trip,
    ending: TripEnding,
    actor: str,
    now: datetime,
) -> None:
    """End a trip; where the person is stays. Raises ConsularError for one that is over."""
    if trip.ended_at is not None:
        raise ConsularError("The trip is over already.")
    await _end(session, person, trip, ending, actor, now)


async def _end(
    session: AsyncSession,
    person: Person,
    trip: Trip,
    ending: TripEnding,
    actor: str,
    now: datetime,
) -> None:
    trip.ended_at = now
    trip.ending = ending
    await session.flush()
    await _note(session, person, trip, "trip.ended", actor, now, ending=ending.value)


async def begin(session: AsyncSession, person: Person, trip: Trip, now: datetime) -> None:
    """Note that the first day of a trip has come."""
    trip.began_at = now
    await session.flush()
    await _note(session, person, trip, "trip.began", trail.SYSTEM, now)


async def note_place(
    session: AsyncSession,
    person: Person,
    place: Place,
    told_at: datetime,
    now: datetime,
) -> None:
    """Weigh what a place that a person is at says of their trips.

    Where they live, it ends those under way. Anywhere else the trip goes on from there, and one of
    which we did not know where it leads is there.
    """
    home = await residence.of(session, person.id)
    if home is not None and residence.is_at(home, place):
        await residence.confirm(session, person.id, told_at)
        await end_begun(session, person, TripEnding.BACK, now)
        return
    trips = await open_ones(session, person.id)
    trip = under_way(trips) or _arrived(trips, place, today(person, now))
    if trip is None:
        return
    if trip.began_at is None:
        trip.began_at = now
    trip.country = place.country
    trip.city = place.city
    trip.told_at = max(told_at, trip.told_at)
    await session.flush()


def _arrived(trips: Sequence[Trip], place: Place, day: date) -> Trip | None:
    """Return the trip whose day has come and that leads to a place, though it has not begun."""
    for trip in reversed(trips):
        if trip.begins_on <= day and trip.country in {None, place.country}:
            return trip
    return None


async def end_begun(
    session: AsyncSession,
    person: Person,
    ending: TripEnding,
    now: datetime,
) -> list[Trip]:
    """End the trips that a person is on, by our knowledge or by the calendar; return them."""
    ended: list[Trip] = []
    day = today(person, now)
    for trip in await open_ones(session, person.id):
        if trip.began_at is not None or trip.begins_on <= day:
            await _end(session, person, trip, ending, subject(person), now)
            ended.append(trip)
    return ended


def place_of(trip: Trip) -> Place | None:
    """Return where a trip leads; None where we do not know it."""
    if trip.country is None:
        return None
    return places.place_of(trip.city or trip.country)


async def go_home(
    session: AsyncSession,
    person: Person,
    now: datetime,
    placed_at: datetime | None = None,
) -> bool:
    """Set where a person is to where they live; False where we do not know it.

    `placed_at` is when they told it; else it is when they last said that they live there.
    """
    home = await residence.of(session, person.id)
    if home is None:
        return False
    await facts.set_place(
        session,
        person,
        residence.place(home),
        now,
        placed_at=placed_at or home.told_at,
        actor=None if placed_at else trail.SYSTEM,
    )
    return True


async def _note(
    session: AsyncSession,
    person: Person,
    trip: Trip,
    action: str,
    actor: str,
    now: datetime,
    **details: str,
) -> None:
    """Write a change of a trip into the audit trail, without its city."""
    await trail.note(
        session,
        actor,
        action,
        subject(person),
        now,
        trip=trip.id,
        country=trip.country,
        **details,
    )
