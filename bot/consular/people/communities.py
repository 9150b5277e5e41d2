"""Communities abroad: who is registered there, how old their records are, and how many live there.

Registered people count while their place is believed; the doubtful stand apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import estimates, freshness
from bot.consular.staff import roles
from bot.models import CommunityEstimate, Person, Staff, is_counted

Order = Literal["registered", "estimated", "share", "age", "place"]


@dataclass(frozen=True, slots=True)
class Community:
    """The people of a country (`city` is "") or a city (`CC/English name`).

    `registered` people's places were confirmed within half a year; `doubtful` are registered, and
    were not. `unregistered` wrote to us and told where they are. `with_them` counts the registered
    with the people with them. `median_days` is how long ago half of all registered confirmed.
    """

    country: str
    city: str = ""
    registered: int = 0
    doubtful: int = 0
    unregistered: int = 0
    with_them: int = 0
    last_confirmed: datetime | None = None
    median_days: int | None = None
    estimate: CommunityEstimate | None = None

    @property
    def share(self) -> float | None:
        """Return registered ÷ estimated; None without an estimate."""
        if self.estimate is None:
            return None
        return self.registered / self.estimate.people


async def by_country(
    session: AsyncSession,
    staff: Staff,
    now: datetime,
) -> list[Community]:
    """Count every country that the account looks after, in which somebody is or an estimate is."""
    groups = (Person.country,)
    is_own = _is_own(staff)
    counts = await session.execute(_counts(groups, is_own, now))
    medians = await _medians(session, groups, is_own, now)
    communities = await _estimated_countries(session, staff)
    for counted in counts.all():
        country = counted.country
        before = communities.get(country, Community(country))
        median = medians.get(country)
        communities[country] = _community(before, counted, median)
    return sorted(communities.values(), key=_place)


async def _estimated_countries(session: AsyncSession, staff: Staff) -> dict[str, Community]:
    """Return an empty community for each country of the account with an estimate."""
    communities: dict[str, Community] = {}
    for estimate in await estimates.table(session):
        country = estimate.country
        if not estimate.city and roles.covers(staff, country):
            communities[country] = Community(country, estimate=estimate)
    return communities


async def by_city(
    session: AsyncSession,
    staff: Staff,
    country: str,
    now: datetime,
) -> list[Community]:
    """Count every city of a country that the account looks after. Raises ConsularError."""
    roles.require(staff, "board", country)
    groups = (Person.country, Person.city_index)
    is_there = Person.country == country
    counts = (await session.execute(_counts(groups, is_there, now))).all()
    someones = [counted.someone for counted in counts]
    names = await _cities(session, someones)
    medians = await _medians(session, groups, is_there, now)
    communities = await _estimated_cities(session, country)
    for counted in counts:
        city = names.get(counted.someone, "")
        before = communities.get(city, Community(country, city))
        median = medians.get(counted.city_index)
        communities[city] = _community(before, counted, median)
    return sorted(communities.values(), key=_place)


async def _estimated_cities(session: AsyncSession, country: str) -> dict[str, Community]:
    """Return an empty community for each city of a country with an estimate."""
    communities: dict[str, Community] = {}
    for estimate in await estimates.table(session, [country]):
        if estimate.city:
            communities[estimate.city] = Community(country, estimate.city, estimate=estimate)
    return communities


async def estimated(
    session: AsyncSession,
    countries: Collection[str],
    now: datetime,
) -> list[Community]:
    """Count the places of these countries of which there is an estimate, countries first."""
    communities: list[Community] = []
    for estimate in await estimates.table(session, countries):
        is_there = Person.country == estimate.country
        if estimate.city:
            is_there &= Person.city_index == estimate.city
        counts = await session.execute(_counts((Person.country,), is_there, now))
        counted = counts.first()
        community = Community(estimate.country, estimate.city, estimate=estimate)
        if counted is not None:
            community = _community(community, counted, None)
        communities.append(community)
    return communities


def in_order(communities: Sequence[Community], order: Order) -> list[Community]:
    """Sort communities: the most registered first, the least known, the oldest records."""
    match order:
        case "place":
            return sorted(communities, key=_place)
        case "estimated":
            return sorted(communities, key=_estimated_people, reverse=True)
        case "share":
            return sorted(communities, key=_share)
        case "age":
            return sorted(communities, key=_median_days, reverse=True)
        case "registered":
            return sorted(communities, key=_registered, reverse=True)


def _place(community: Community) -> tuple[str, str]:
    return community.country, community.city


def _registered(community: Community) -> int:
    return community.registered + community.doubtful


def _estimated_people(community: Community) -> int:
    return community.estimate.people if community.estimate is not None else 0


def _share(community: Community) -> tuple[bool, float]:
    """Return what puts the least known first, and those without an estimate last."""
    return community.share is None, community.share or 0.0


def _median_days(community: Community) -> int:
    return community.median_days or 0


def _is_own(staff: Staff) -> ColumnElement[bool]:
    """Say in SQL whether the account looks after the country of a `Person`."""
    is_somewhere = Person.country.is_not(None)
    return and_(is_somewhere, roles.is_covered(staff, Person.country))


def _is_on_record() -> ColumnElement[bool]:
    is_there = Person.forgotten_at.is_(None)
    return and_(
        is_there,
        is_counted(drill=False),
    )


def _counts(
    groups: Sequence[Any],
    is_there: ColumnElement[bool],
    now: datetime,
) -> Select[Any]:
    """Select the counts of each group, and the id of one of its people."""
    is_registered = Person.registered_at.is_not(None)
    is_fresh = and_(is_registered, ~freshness.is_stale(now))
    party = sql_case((is_fresh, func.coalesce(Person.party_size, 1)), else_=0)
    last_confirmed = func.max(Person.placed_at, type_=Person.placed_at.type)
    columns: tuple[Any, ...] = (
        *groups,
        func.min(Person.id).label("someone"),
        func.count().label("people"),
        func.sum(sql_case((is_registered, 1), else_=0)).label("on_register"),
        func.sum(sql_case((is_fresh, 1), else_=0)).label("fresh"),
        func.sum(party).label("with_them"),
        last_confirmed.label("last_confirmed"),
    )
    return select(*columns).where(is_there, _is_on_record()).group_by(*groups)


async def _medians(
    session: AsyncSession,
    groups: Sequence[Any],
    is_there: ColumnElement[bool],
    now: datetime,
) -> dict[Any, int]:
    """Return how many days ago half of the registered of each group had confirmed, by the group."""
    of_registered = _ranked(groups[-1], is_there).subquery()
    column = of_registered.c
    is_middle = column.position == (column.size + 1) // 2
    middle = select(column.place, column.placed_at).where(is_middle)
    days: dict[Any, int] = {}
    for place, placed_at in await session.execute(middle):
        age = now - placed_at
        days[place] = max(0, age.days)
    return days


def _ranked(group: Any, is_there: ColumnElement[bool]) -> Select[Any]:
    """Select the registered of each group by how lately they confirmed, and how many they are."""
    latest_first = Person.placed_at.desc()
    position = func.row_number().over(partition_by=group, order_by=latest_first)
    size = func.count().over(partition_by=group)
    ranked = select(
        group.label("place"),
        Person.placed_at,
        position.label("position"),
        size.label("size"),
    )
    return ranked.where(
        is_there,
        _is_on_record(),
        Person.registered_at.is_not(None),
        Person.placed_at.is_not(None),
    )


async def _cities(session: AsyncSession, person_ids: Sequence[int]) -> dict[int, str]:
    """Read the city of each of these people: the database groups by a key it cannot read."""
    query = select(
        Person.id,
        Person.city,
    )
    query = query.where(Person.id.in_(person_ids))
    cities: dict[int, str] = {}
    for person_id, city in await session.execute(query):
        cities[person_id] = city or ""
    return cities


def _community(before: Community, counted: Any, median_days: int | None) -> Community:
    """Add counts to a community: while a key is replaced, a city may have two indexes."""
    on_register = int(counted.on_register)
    fresh = int(counted.fresh)
    return replace(
        before,
        registered=before.registered + fresh,
        doubtful=before.doubtful + on_register - fresh,
        unregistered=before.unregistered + counted.people - on_register,
        with_them=before.with_them + int(counted.with_them),
        last_confirmed=counted.last_confirmed,
        median_days=median_days,
    )
