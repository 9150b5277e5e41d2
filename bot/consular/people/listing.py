"""Lists of people for staff: the vulnerable first, and whoever may be gone apart.

Nobody whose place is doubtful is counted as present. Each look at a list is noted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from bot.consular.audit import lists
from bot.consular.people import dialling, household, household_needs, search, trips, urgency
from bot.consular.people.urgency import PlaceAge
from bot.consular.reference import freshness
from bot.consular.staff import roles
from bot.models import Person, Staff, Trip, is_counted

PAGE_PEOPLE = urgency.PAGE_PEOPLE
VULNERABLE = "vulnerable"
CHOICES = (VULNERABLE, *household_needs.NEEDS)
# What is decrypted for a list, of what is on record.
SHOWN_COLUMNS = (
    Person.name,
    Person.phone,
    Person.country,
    Person.city,
    Person.place_words,
    Person.bound_for,
    Person.placed_at,
    Person.party_size,
    Person.language,
    Person.no_calls_at,
    Person.synthetic,
)


class Part(StrEnum):
    """A part of a list: people who are counted as present, or whose place is doubtful."""

    PRESENT = "present"
    DOUBTFUL = "doubtful"


AGES = {
    Part.PRESENT: (PlaceAge.FRESH,),
    Part.DOUBTFUL: (PlaceAge.UNTOLD, PlaceAge.STALE),
}


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


async def pages(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
    numbers: Mapping[Part, int],
    now: datetime,
) -> dict[Part, Portion]:
    """Return one page (the first is 1) of each part of a list. Raises ConsularError."""
    people = _limited(select(Person.id), staff, filters)
    lengths = await urgency.count(session, people, now)
    totals: dict[Part, int] = {}
    ids: dict[Part, list[int]] = {}
    for part in Part:
        of_part = urgency.of_ages(lengths, AGES[part])
        totals[part] = sum(of_part.values())
        ids[part] = await urgency.page(session, people, of_part, numbers[part], now)
    # Both parts at once: each look-up costs a turn to the database.
    everybody_shown = ids[Part.PRESENT] + ids[Part.DOUBTFUL]
    parts = parted(await entries(session, everybody_shown, now))
    return {part: Portion(parts[part], totals[part]) for part in Part}


async def everybody(
    session: AsyncSession,
    staff: Staff,
    filters: Filter,
    now: datetime,
) -> list[int]:
    """Return the ids of all whom a list shows: those present first. Raises ConsularError."""
    ids: list[int] = []
    for part in Part:
        query = _ordered(staff, filters, part, now)
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
    needs = await household.needs_of(session, ids)
    addresses = await dialling.addresses_of(session, ids)
    on_trip = await trips.under_way_of(session, ordered)
    listed: list[Entry] = []
    for person in ordered:
        of_person = addresses.get(person.id, [])
        listed.append(
            Entry(
                person,
                is_vulnerable=person.id in vulnerable,
                is_doubtful=freshness.has_gone_stale(person.placed_at, now),
                is_confirmed=search.is_number_confirmed(person, of_person),
                needs=needs.get(person.id, ()),
                numbers=dialling.numbers_to_dial(person, of_person),
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
    query = select(Person).where(Person.id.in_(ids))
    shown = query.options(load_only(*SHOWN_COLUMNS))
    people = await session.scalars(shown)
    return {person.id: person for person in people}


def _ordered(
    staff: Staff,
    filters: Filter,
    part: Part,
    now: datetime,
) -> Select[int]:
    """Select a part of a list: the vulnerable first, then whose place is confirmed least lately."""
    limited = _limited(select(Person.id), staff, filters)
    is_stale = freshness.is_stale(now)
    of_part = limited.where(is_stale if part is Part.DOUBTFUL else ~is_stale)
    first = household_needs.order()
    return of_part.order_by(first, Person.placed_at.nulls_first(), Person.id)


def _limited(
    query: Select[Any],
    staff: Staff,
    filters: Filter,
) -> Select[Any]:
    """Limit a query of people to whom a list shows, and to whom the account looks after."""
    chosen_countries = [filters.country] if filters.country else []
    roles.require(staff, "people", *chosen_countries)
    conditions = [
        Person.forgotten_at.is_(None),
        is_counted(drill=False),
        roles.is_covered(staff, Person.country),
    ]
    if filters.country:
        conditions.append(Person.country == filters.country)
    return query.where(*conditions, *_of_need(filters.need))


def _of_need(need: str) -> list[ColumnElement[bool]]:
    if need == VULNERABLE:
        return [household_needs.is_vulnerable()]
    return [household_needs.has_need(need)] if need else []
