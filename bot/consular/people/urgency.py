"""Pages of people by urgency: the vulnerable first, then whose place nobody confirmed for longest.

A list is counted in stretches, and a page is read from the stretches that it lies in, each in the
order of an index: no database has to sort a whole country for fifty people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import household_needs
from bot.consular.reference import freshness
from bot.models import Person

PAGE_PEOPLE = 50


class PlaceAge(IntEnum):
    """How long ago a place was confirmed, in the order in which people are listed."""

    UNTOLD = 0
    STALE = 1
    FRESH = 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbours in a list: of one urgency (see `household_needs.order`) and one age of place."""

    urgency: int
    age: PlaceAge


STRETCHES = tuple(Stretch(*both) for both in product(household_needs.URGENCIES, PlaceAge))

Lengths = Mapping[Stretch, int]  # people in each stretch


async def count(session: AsyncSession, listed: Select[Any], now: datetime) -> Lengths:
    """Count a list (a select of each `Person` once) by its stretches, in their order."""
    urgency = household_needs.order().label("urgency")
    age = _age(now).label("age")
    columns = (urgency, age)
    people = listed.with_only_columns(*columns, maintain_column_froms=True).subquery()
    counted = select(people.c.urgency, people.c.age, func.count())
    rows = await session.execute(counted.group_by(people.c.urgency, people.c.age))
    lengths = dict.fromkeys(STRETCHES, 0)
    for of_urgency, of_age, length in rows:
        stretch = Stretch(of_urgency, PlaceAge(of_age))
        lengths[stretch] = length
    return lengths


def of_ages(lengths: Lengths, ages: Collection[PlaceAge]) -> Lengths:
    """Return the stretches whose places are of these ages."""
    return {stretch: length for stretch, length in lengths.items() if stretch.age in ages}


async def page(
    session: AsyncSession,
    listed: Select[Any],
    lengths: Lengths,
    number: int,
    now: datetime,
) -> list[int]:
    """Return the ids on one page (the first is 1) of these stretches of a list."""
    ids: list[int] = []
    start = (number - 1) * PAGE_PEOPLE
    for stretch, length in lengths.items():
        size = min(PAGE_PEOPLE - len(ids), length - start)
        if size > 0:
            people = listed.where(_is_in(stretch, now))
            ids += await _read(session, people, length, start, size)
        start = max(0, start - length)
        if len(ids) == PAGE_PEOPLE:
            break
    return ids


async def _read(
    session: AsyncSession,
    people: Select[Any],
    length: int,
    start: int,
    size: int,
) -> list[int]:
    """Return some ids of a stretch, read from that end of it which is nearer."""
    after = length - start - size
    if start <= after:
        forwards = people.order_by(Person.placed_at, Person.id)
        return list(await session.scalars(forwards.offset(start).limit(size)))
    backwards = people.order_by(Person.placed_at.desc(), Person.id.desc())
    ids = list(await session.scalars(backwards.offset(after).limit(size)))
    ids.reverse()
    return ids


def _age(now: datetime) -> ColumnElement[int]:
    """Say in SQL of which age a person's place is."""
    return sql_case(
        (Person.placed_at.is_(None), int(PlaceAge.UNTOLD)),
        (_is_of_age(PlaceAge.STALE, now), int(PlaceAge.STALE)),
        else_=int(PlaceAge.FRESH),
    )


def _is_in(stretch: Stretch, now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a person is in a stretch."""
    has_urgency = household_needs.has_urgency(stretch.urgency)
    return has_urgency & _is_of_age(stretch.age, now)


def _is_of_age(age: PlaceAge, now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a person's place is of an age; an index reads a range for each."""
    oldest_fresh = now - freshness.STALE_AFTER
    match age:
        case PlaceAge.UNTOLD:
            return Person.placed_at.is_(None)
        case PlaceAge.STALE:
            return Person.placed_at < oldest_fresh
        case PlaceAge.FRESH:
            return Person.placed_at >= oldest_fresh
