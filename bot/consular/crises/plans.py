"""What a post's contingency plan holds: people, the post, the ground, and its last drill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import after_action, board, clocks
from bot.consular.errors import ConsularError, CountryCode
from bot.consular.reference import care, emergency, freshness, grounds, places, posts
from bot.consular.reference.care import Care
from bot.consular.staff import roles
from bot.models import (
    Case,
    CaseKind,
    Crisis,
    EmergencyNumber,
    Ground,
    Person,
    Post,
    Staff,
    is_counted,
)

FRESH = timedelta(days=30)
LARGE_PARTY = 5


@dataclass(slots=True)
class City:
    """People in a city by how long ago they confirmed it: 30 days, 180 days, longer or never."""

    city: str
    people: int = 0
    fresh: int = 0
    older: int = 0
    stale: int = 0

    @property
    def present(self) -> int:
        """Count those who are taken to be there."""
        return self.people - self.stale


@dataclass(frozen=True, slots=True)
class Vulnerable:
    """People who may need more than others, as far as anybody told us."""

    medical_cases: int
    life_cases: int
    large_parties: int
    no_calls: int


@dataclass(frozen=True, slots=True)
class Drill:
    """A drill, its people and how many of them answered."""

    crisis: Crisis
    people: int
    answered: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The figures of a plan, of one moment. `post` is None where a country has none."""

    country: str
    post: Post | None
    at: datetime
    cities: Sequence[City]
    vulnerable: Vulnerable
    caring: Care  # who looks after the country
    numbers: EmergencyNumber | None
    neighbours: Sequence[Post]
    grounds: Sequence[Ground]
    drill: Drill | None


async def plan(
    session: AsyncSession,
    staff: Staff,
    country: str,
    post: Post | None,
    now: datetime,
) -> Plan:
    """Gather the plan of a country (alpha-2) and its post. Raises ConsularError."""
    roles.require(staff, "posts", country)
    if country not in places.COUNTRIES:
        raise ConsularError("Not a country code: {code}.", code=CountryCode(country))
    if post is not None and post.closed_at is not None:
        raise ConsularError("The post is closed.")
    return Plan(
        country,
        post,
        now,
        cities=await _cities(session, country, now),
        vulnerable=await _vulnerable(session, country),
        caring=await care.of(session, country),
        numbers=await emergency.of(session, country),
        neighbours=await _neighbours(session, country, post),
        grounds=await grounds.of_post(session, post) if post else [],
        drill=await _drill(session, country, now),
    )


async def _cities(
    session: AsyncSession,
    country: str,
    now: datetime,
) -> list[City]:
    """Count people by city, most people first."""
    rows = (
        await session.execute(
            _by_city(
                country,
                now,
            )
        )
    ).all()
    names = await _names(
        session,
        [row.someone for row in rows],
    )
    cities: dict[str, City] = {}
    for row in rows:
        name = names.get(row.someone) or ""
        city = cities.setdefault(name, City(name))
        city.people += row.people
        city.fresh += int(row.fresh)
        city.stale += int(row.stale)
        city.older += int(row.people - row.stale - row.fresh)
    return sorted(cities.values(), key=_fewest_first, reverse=True)


def _fewest_first(city: City) -> int:
    return city.people


def _by_city(country: str, now: datetime) -> Select[int, int, Any, Any]:
    """Select how many are in each city, and of them whose place is fresh, and whose is stale."""
    is_fresh = Person.placed_at >= now - FRESH
    query = select(
        func.max(Person.id).label("someone"),
        func.count().label("people"),
        func.sum(sql_case((is_fresh, 1), else_=0)).label("fresh"),
        func.sum(sql_case((freshness.is_stale(now), 1), else_=0)).label("stale"),
    )
    return query.where(*_is_there(country)).group_by(Person.city_index)


def _is_there(country: str) -> tuple[Any, ...]:
    return (
        Person.country == country,
        Person.forgotten_at.is_(None),
        is_counted(drill=False),
    )


async def _names(session: AsyncSession, person_ids: Sequence[int]) -> dict[int, str | None]:
    """Read the city of each of these people."""
    query = select(
        Person.id,
        Person.city,
    ).where(Person.id.in_(person_ids))
    names: dict[int, str | None] = {}
    for person_id, city in await session.execute(query):
        names[person_id] = city
    return names


async def _vulnerable(session: AsyncSession, country: str) -> Vulnerable:
    people = select(func.count()).where(*_is_there(country))
    cases = (
        select(func.count())
        .select_from(Case)
        .join(
            Person,
            Person.id == Case.person_id,
        )
    )
    waiting = cases.where(
        *_is_there(country),
        Case.state.in_(clocks.WAITING),
    )
    medical = waiting.where(Case.kind == CaseKind.MEDICAL)
    life = waiting.where(Case.kind == CaseKind.LIFE)
    large = people.where(Person.party_size >= LARGE_PARTY)
    silent = people.where(Person.no_calls_at.is_not(None))
    return Vulnerable(
        await session.scalar(medical) or 0,
        await session.scalar(life) or 0,
        await session.scalar(large) or 0,
        await session.scalar(silent) or 0,
    )


async def _neighbours(
    session: AsyncSession,
    country: str,
    post: Post | None,
) -> list[Post]:
    """Return the other posts in the country, then those of the countries around it."""
    own_id = post.id if post else None
    around = places.neighbours(country)
    nearby: list[Post] = []
    for code in (country, *around):
        for other in await posts.covering(session, code):
            if other.id != own_id:
                nearby.append(other)
    return nearby


async def _drill(
    session: AsyncSession,
    country: str,
    now: datetime,
) -> Drill | None:
    """Count the people of the last drill there, and those who answered."""
    crisis = await session.scalar(after_action.drills_in([country]).limit(1))
    if crisis is None:
        return None
    counted = await board.board(
        session,
        crisis,
        now,
        [country],
    )
    silent = sum(
        counted.counts.get(
            standing,
            0,
        )
        for standing in board.UNANSWERED
    )
    return Drill(
        crisis,
        counted.people,
        counted.people - silent,
    )
