"""Lists of people for staff: the vulnerable first, and whoever may be gone apart.

Nobody whose place is doubtful is counted as present. Each look at a list is noted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists
from bot.consular.people import dialling, household, household_needs, search, trips
from bot.consular.reference import freshness
from bot.consular.staff import roles
from bot.models import Person, Staff, Trip, is_counted

PAGE_PEOPLE = 50
VULNERABLE = "vulnerable"
CHOICES = (VULNERABLE, *household_needs.NEEDS)


class Part(StrEnum):
    """A part of a list: people who are counted as present, or whose place is doubtful."""

    PRESENT = "present"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True)
class Filter:
    """Whom a list shows: a country (alpha-2), and one of CHOICES. What is empty limits nothing."""

    country: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A person in a list; `needs` are those of the household, the gravest first."""

    person: Person
    is_vulnerable: bool
    is_doubtful: bool
    is_confirmed: bool  # the number: the network vouched for it
    needs: Sequence[str] = ()
    numbers: Sequence[str] = ()
    trip: Trip | None = None

    @property
    def phone(self) -> str:
        """Return the number to dial, "" where none is known."""
        return next(iter(self.numbers), "")


@dataclass(frozen=True, slots=True)
class Portion:
    """One page of a part of a list, and how many people all its pages have."""

    entries: list[Entry] = field(default_factory=list)
    total: int = 0


async def page(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
    part: Part,
    number: int,
    now: datetime,
) -> Portion:
    """Return one page (the first is 1) of a part of a list. Raises ConsularError."""
    ids = _ordered(select(Person.id), staff, filters, part, now)
    of_page = ids.limit(PAGE_PEOPLE).offset((number - 1) * PAGE_PEOPLE)
    people = select(func.count()).select_from(Person)
    total = await session.scalar(_limited(people, staff, filters, part, now)) or 0
    portion = list(await session.scalars(of_page))
    return Portion(await entries(session, portion, now), total)


async def everybody(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
    now: datetime,
) -> list[int]:
    """Return the ids of all whom a list shows: those present first. Raises ConsularError."""
    ids: list[int] = []
    for part in Part:
        query = _ordered(select(Person.id), staff, filters, part, now)
        ids.extend(await session.scalars(query))
    return ids


async def note_look(
    session: AsyncSession,
    staff: Staff,
    act: str,
    filters: Filter,
    ids: Sequence[int],
    now: datetime,
) -> None:
    """Note that an account saw (`people.listed`) or took away a list (`people.downloaded`)."""
    await lists.note(
        session,
        roles.actor(staff),
        act,
        "people",
        now,
        ids,
        people=len(ids),
        country=filters.country or None,
    )


async def entries(
    session: AsyncSession,
    ids: Sequence[int],
    now: datetime,
) -> list[Entry]:
    """Look up what a list shows of these people, in their order."""
    people = await _people(session, ids)
    ordered = [people[person_id] for person_id in ids]
    vulnerable = await search.vulnerable_among(session, ordered)
    confirmed = await search.with_confirmed_number(session, ordered)
    needs = await household.needs_of(session, ids)
    addresses = await dialling.addresses_of(session, ids)
    on_trip = await trips.under_way_of(session, ordered)
    listed: list[Entry] = []
    for person in ordered:
        listed.append(
            Entry(
                person,
                is_vulnerable=person.id in vulnerable,
                is_doubtful=freshness.has_gone_stale(person.placed_at, now),
                is_confirmed=person.id in confirmed,
                needs=needs.get(person.id, ()),
                numbers=dialling.numbers_to_dial(person, addresses.get(person.id, [])),
                trip=on_trip.get(person.id),
            )
        )
    return listed


def parted(listed: Sequence[Entry]) -> Mapping[Part, list[Entry]]:
    """Set those apart whose place is doubtful; the order stays."""
    parts: dict[Part, list[Entry]] = {part: [] for part in Part}
    for entry in listed:
        part = Part.DOUBTFUL if entry.is_doubtful else Part.PRESENT
        parts[part].append(entry)
    return parts


async def _people(session: AsyncSession, ids: Sequence[int]) -> dict[int, Person]:
    people = await session.scalars(select(Person).where(Person.id.in_(ids)))
    return {person.id: person for person in people}


def _ordered(
    query: Select[Any],
    staff: Staff,
    filters: Filter,
    part: Part,
    now: datetime,
) -> Select[Any]:
    """Sort people: the vulnerable first, then those whose place nobody confirmed for longest."""
    limited = _limited(query, staff, filters, part, now)
    first = household_needs.order()
    return limited.order_by(first, Person.placed_at.nulls_first(), Person.id)


def _limited(
    query: Select[Any],
    staff: Staff,
    filters: Filter,
    part: Part,
    now: datetime,
) -> Select[Any]:
    """Limit a query of people to a part of a list, and to whom the account looks after."""
    chosen_countries = [filters.country] if filters.country else []
    roles.require(staff, "people", *chosen_countries)
    conditions = [
        Person.forgotten_at.is_(None),
        is_counted(drill=False),
        roles.is_covered(staff, Person.country),
    ]
    if filters.country:
        conditions.append(Person.country == filters.country)
    is_stale = freshness.is_stale(now)
    conditions.append(is_stale if part is Part.DOUBTFUL else ~is_stale)
    return query.where(*conditions, *_of_need(filters.need))


def _of_need(need: str) -> list[ColumnElement[bool]]:
    if need == VULNERABLE:
        return [household_needs.is_vulnerable()]
    return [household_needs.has_need(need)] if need else []
