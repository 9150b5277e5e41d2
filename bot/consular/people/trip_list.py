"""Trips as staff look at them: how many people are where on which day, and who.

Whoever looks after a country sees how many travel there; by name, those alone whose records they
look after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists
from bot.consular.staff import roles
from bot.models import Person, Staff, Trip, is_counted

MOST_DAYS = 31  # of a table
WEEK_DAYS = 7
PAGE_PEOPLE = 50


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are looked at, and the country (alpha-2) that is travelled to; "" for all."""

    first: date
    last: date
    country: str = ""

    @property
    def days(self) -> list[date]:
        """List the days."""
        length = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(length)]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A country that people travel to, and how many are there on each day of a window."""

    country: str
    people: tuple[int, ...]
    travellers: int  # people in all


@dataclass(frozen=True, slots=True)
class Traveller:
    """A person and their trip."""

    person: Person
    trip: Trip


def window(first: date | None, last: date | None, country: str, today: date) -> Window:
    """Return the days from `first` to `last`: a week from today, and a month at most."""
    begins = first or today
    ends = last or begins + timedelta(days=WEEK_DAYS - 1)
    latest = begins + timedelta(days=MOST_DAYS - 1)
    ends = max(begins, min(ends, latest))
    return Window(
        begins,
        ends,
        country,
    )


async def counts(session: AsyncSession, staff: Staff, looked_at: Window) -> list[Arrivals]:
    """Count the people on a trip, by country and day; the country with the most people first."""
    roles.require(staff, "people")
    by_country: dict[str, Counter[date]] = {}
    in_all: Counter[str] = Counter()
    grouped = _grouped(staff, looked_at)
    for country, begins_on, until, people in await session.execute(grouped):
        in_all[country] += people
        by_day = by_country.setdefault(country, Counter())
        for day in looked_at.days:
            if begins_on <= day <= (until or day):
                by_day[day] += people
    arrivals: list[Arrivals] = []
    for country, travellers in in_all.most_common():
        by_day = by_country[country]
        people_by_day = [by_day[day] for day in looked_at.days]
        arrivals.append(
            Arrivals(
                country,
                tuple(people_by_day),
                travellers,
            )
        )
    return arrivals


def _grouped(staff: Staff, looked_at: Window) -> Select[Any]:
    """Select the people who travel, by country and the days of their trips."""
    columns: tuple[Any, ...] = (Trip.country, Trip.begins_on, Trip.until)
    people = func.count(Trip.person_id.distinct())
    return (
        select(*columns, people)
        .join(Person, Person.id == Trip.person_id)
        .where(*_conditions(looked_at), _is_seen_as_number(staff))
        .group_by(*columns)
    )


async def travellers(
    session: AsyncSession,
    staff: Staff,
    looked_at: Window,
    page: int,
    now: datetime,
) -> tuple[Sequence[Traveller], int]:
    """List who travels, in the order of their first days, and count them; the look is noted."""
    roles.require(staff, "people")
    conditions = (*_conditions(looked_at), _is_seen_by_name(staff))
    joined = select(Person, Trip).join(Trip, Trip.person_id == Person.id).where(*conditions)
    offset = (page - 1) * PAGE_PEOPLE
    portion = joined.order_by(Trip.begins_on, Trip.id).limit(PAGE_PEOPLE).offset(offset)
    listed = [Traveller(person, trip) for person, trip in await session.execute(portion)]
    total = await session.scalar(_count(conditions)) or 0
    await lists.note(
        session,
        roles.actor(staff),
        "trips.viewed",
        "people",
        now,
        [traveller.person.id for traveller in listed],
        country=looked_at.country or None,
        people=len(listed),
    )
    return listed, total


def _count(conditions: Sequence[ColumnElement[bool]]) -> Select[int]:
    of_people = select(func.count()).select_from(Trip)
    return of_people.join(Person, Person.id == Trip.person_id).where(*conditions)


def _conditions(looked_at: Window) -> tuple[ColumnElement[bool], ...]:
    """Choose the trips of people who exist that touch a window and lead somewhere known."""
    leads_there: ColumnElement[bool] = Trip.country.is_not(None)
    if looked_at.country:
        leads_there = Trip.country == looked_at.country
    return (
        Trip.ended_at.is_(None),
        leads_there,
        Trip.begins_on <= looked_at.last,
        or_(Trip.until.is_(None), Trip.until >= looked_at.first),
        Person.forgotten_at.is_(None),
        is_counted(drill=False),
    )


def _is_seen_as_number(staff: Staff) -> ColumnElement[bool]:
    """Say in SQL whose trips an account may count: to its country, and of its own people."""
    is_there = roles.is_covered(staff, Trip.country)
    return or_(is_there, _is_seen_by_name(staff))


def _is_seen_by_name(staff: Staff) -> ColumnElement[bool]:
    return roles.is_covered(staff, Person.country)
