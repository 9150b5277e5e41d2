"""What officers do about a trip: end it, and put its days right; each in the audit trail."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import journeys
from bot.consular.errors import ConsularError
from bot.consular.people import search, trips
from bot.consular.people.trips import Plan
from bot.consular.staff import roles
from bot.models import Person, Staff, Trip, TripEnding


async def find(session: AsyncSession, staff: Staff, trip_id: int) -> Trip:
    """Return a trip of a person whom the account looks after. Raises ConsularError."""
    trip = await session.get(Trip, trip_id)
    if trip is None:
        raise ConsularError("There is no such trip.")
    await search.mine(
        session,
        staff,
        trip.person_id,
    )
    return trip


async def end(session: AsyncSession, staff: Staff, trip_id: int, now: datetime) -> Trip:
    """End a trip. Where the person is follows, unless only their own word may change it.

    Raises ConsularError.
    """
    trip = await find(
        session,
        staff,
        trip_id,
    )
    person = await _lock(session, trip)
    was_away = trip.began_at is not None
    await trips.end(
        session,
        person,
        trip,
        TripEnding.STAFF,
        roles.actor(staff),
        now,
    )
    trip.ended_by = staff.id
    await session.flush()
    if was_away:
        await journeys.go_on(
            session,
            person,
            now,
        )
    return trip


async def correct(
    session: AsyncSession,
    staff: Staff,
    trip_id: int,
    begins_on: date,
    until: date | None,
    now: datetime,
) -> Trip:
    """Put the days of a trip right. Raises ConsularError."""
    trip = await find(
        session,
        staff,
        trip_id,
    )
    person = await _lock(session, trip)
    has_begun = trip.began_at is not None
    if has_begun and begins_on > trips.today(person, now):
        raise ConsularError("The trip has begun: its first day is not to come.")
    plan = Plan(
        trips.place_of(trip),
        begins_on,
        until,
    )
    await trips.change(
        session,
        person,
        trip,
        plan,
        roles.actor(staff),
        trip.told_at,
        now,
    )
    await journeys.settle(
        session,
        person,
        now,
    )
    return trip


async def _lock(session: AsyncSession, trip: Trip) -> Person:
    """Lock the person of a trip, as their own messages do."""
    person = await session.get_one(
        Person,
        trip.person_id,
        with_for_update=True,
    )
    await session.refresh(trip)
    return person
