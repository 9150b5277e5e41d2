"""The board of a crisis: each person there is in exactly one count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.standings import COUNTS, standings
from bot.consular.reference.places import STALE_AFTER
from bot.models import Crisis, Person, is_counted

# Standings of people who have not answered.
UNANSWERED = ("no_answer", "not_asked", "unreachable")


@dataclass(frozen=True, slots=True)
class Board:
    """Counts that add up to `people`.

    `stale` (of all of them): their place was last confirmed over 180 days ago, or never.
    """

    people: int
    counts: dict[str, int]
    stale: int
    by_country: dict[str, dict[str, int]]


async def board(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    country: str | None = None,
) -> Board:
    """Count the people of a crisis by standing and country.

    A person's latest answer since the crisis opened (and until it closed) counts. Unreachable is
    somebody without an answer who said stop, who has no usable address, or to whom the roll call
    failed. Places age until now, or until the crisis closed: every reader sees the same figures.
    Only a drill counts synthetic people, and no others unless it asks them. With a `country`, only
    its people count: a post's.
    """
    moment = crisis.closed_at or now
    people_query = counted_people(crisis, moment)
    if country is not None:
        people_query = people_query.where(Person.country == country)
    people = people_query.subquery()
    query = select(
        people.c.country,
        people.c.standing,
        func.count(),
        func.sum(people.c.stale),
    ).group_by(people.c.country, people.c.standing)
    rows = await session.execute(query)
    return _board(rows)


def _board(rows: Iterable[tuple[str, str, int, int]]) -> Board:
    by_country: dict[str, dict[str, int]] = {}
    counts = dict.fromkeys(COUNTS, 0)
    stale = 0
    for country, standing, people, stale_people in rows:
        in_country = by_country.setdefault(country, dict.fromkeys(COUNTS, 0))
        in_country[standing] += people
        counts[standing] += people
        stale += int(stale_people)
    return Board(
        sum(counts.values()),
        counts,
        stale,
        by_country,
    )


def counted_people(
    crisis: Crisis,
    moment: datetime,
) -> Select[Any]:
    """Select `id`, `country`, `standing` and `stale` (1 or 0) of each person on the board."""
    stale = sql_case((_is_stale(moment), 1), else_=0)
    is_meant = is_counted(crisis.drill, crisis.real_people)
    people = standings(crisis.id).where(is_meant)
    return people.add_columns(stale.label("stale"))


def _is_stale(moment: datetime) -> ColumnElement[bool]:
    return or_(
        Person.placed_at.is_(None),
        Person.placed_at < moment - STALE_AFTER,
    )
