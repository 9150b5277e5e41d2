"""The board of a crisis: each person there is in exactly one count. The question is always who has not answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.standings import COUNTS, standings
from bot.consular.reference.places import STALE_AFTER
from bot.models import (
    Crisis,
    Person,
)


@dataclass(frozen=True, slots=True)
class Board:
    """Counts that add up to `people`. `stale` (of all of them): whose place was last confirmed over 180 days ago."""

    people: int
    counts: dict[str, int]
    stale: int
    by_country: dict[str, dict[str, int]]


async def board(session: AsyncSession, crisis: Crisis, now: datetime | None = None) -> Board:
    """Who is where in a crisis. A person's latest answer since it opened (and until it closed) counts.

    Unreachable is who gave no answer and said stop, or has no usable address, or to whom the roll call failed.
    Places age until `now`, the closing or else the opening of the crisis.
    """
    counted = _people(crisis, now or crisis.closed_at or crisis.opened_at).subquery()
    query = select(counted.c.country, counted.c.standing, func.count(), func.sum(counted.c.stale))
    rows = await session.execute(query.group_by(counted.c.country, counted.c.standing))
    return _board(rows)


def _board(rows: Iterable[tuple[str, str, int, int]]) -> Board:
    by_country: dict[str, dict[str, int]] = {}
    stale = 0
    for country, standing, people, old in rows:
        by_country.setdefault(country, dict.fromkeys(COUNTS, 0))[standing] += people
        stale += int(old)
    counts = {name: sum(here[name] for here in by_country.values()) for name in COUNTS}
    return Board(sum(counts.values()), counts, stale, by_country)


def _people(crisis: Crisis, now: datetime) -> Select[Any]:
    """A row a person: country, standing, and 1 when the record is stale."""
    stale = sql_case(
        (or_(Person.placed_at.is_(None), Person.placed_at < now - STALE_AFTER), 1), else_=0
    )
    return standings(crisis.id).add_columns(stale.label("stale"))
