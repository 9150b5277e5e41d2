"""People on trips, for tests: somebody who lives in Istanbul, a trip, and days that go by."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import journeys
from bot.consular.people import facts, trips
from bot.consular.people.trips import Plan
from bot.consular.reference import places
from bot.models import Person, Trip
from bot.runtime.runtime import Runtime
from tests import builders

HOME = "TR/Istanbul"
DAY = timedelta(days=1)


async def resident(
    session: AsyncSession,
    now: datetime,
    index: str = "telegram:1001",
    home: str = HOME,
) -> Person:
    """Add somebody on the register who said a month ago that they are where they live."""
    told_at = now - 30 * DAY
    person = await builders.person(session, now, index, registered_at=told_at, consented_at=told_at)
    await facts.set_place(session, person, places.place_of(home), told_at)
    return person


async def plan(
    session: AsyncSession,
    person: Person,
    place: str | None,
    begins_on: date,
    until: date | None,
    now: datetime,
) -> Trip:
    """Tell of a trip."""
    destination = places.place_of(place) if place else None
    return await trips.plan(session, person, Plan(destination, begins_on, until), now, now)


async def go_on(runtime: Runtime, moment: datetime) -> None:
    """Do what the worker does of itself at a moment."""
    last_id: int | None = 0
    while last_id is not None:
        async with runtime.db.begin() as session:
            done = await journeys.advance(session, last_id, moment)
        last_id = done.last_id


async def place_of(runtime: Runtime, person_id: int) -> tuple[str | None, datetime | None]:
    """Return where a person is now, and as of when."""
    async with runtime.db.read() as session:
        person = await session.get_one(Person, person_id)
        return person.city or person.country, person.placed_at
