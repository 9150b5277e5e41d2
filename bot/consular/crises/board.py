"""The board of a crisis: each person there is in exactly one count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import readings
from bot.consular.audiences.readings import Reading
from bot.consular.audiences.standings import COUNTS, standings
from bot.consular.crises import board_counts
from bot.consular.crises.places import PlaceCounts, gather
from bot.consular.people import household_needs
from bot.consular.reference import freshness
from bot.models import Crisis, Person, is_counted

# Standings of people who have not answered.
UNANSWERED = ("no_answer", "not_asked", "unreachable")


@dataclass(frozen=True, slots=True)
class Board:
    """Counts that add up to `people`, and the same by country and by place.

    `stale`: nobody has heard of them in the crisis, and their place was last confirmed over 180
    days ago, or never. They are asked like everybody, and are not `present`. `expected` is how many
    are there by the confidence in each place. `vulnerable_silent`: whoever goes first, and has not
    answered.
    """

    people: int
    counts: dict[str, int]
    stale: int
    expected: int
    by_country: dict[str, dict[str, int]]
    stale_by_country: dict[str, int]
    places: list[PlaceCounts]
    vulnerable_silent: int = 0

    @property
    def present(self) -> int:
        """Count those who are taken to be there: they answered, or their place is no old one."""
        return self.people - self.stale


@dataclass(frozen=True, slots=True)
class VulnerablePeople:
    """How many of the people who go first are in a country and in a standing."""

    country: str
    standing: str
    people: int

    @property
    def unanswered(self) -> int:
        """Count those who have not answered."""
        return self.people if self.standing in UNANSWERED else 0


async def board(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    countries: Sequence[str] | None = None,
) -> Board:
    """Count the people of a crisis by standing and country.

    A person's latest answer since the crisis opened (and until it closed) counts. Unreachable is
    somebody without an answer who said stop, who has no usable address, or to whom the roll call
    failed. Places age until now, or until the crisis closed: every reader sees the same figures.
    Only a drill counts synthetic people, and no others unless it asks them. With `countries`, only
    their people count: a post's.
    """
    moment = crisis.closed_at or now
    reading = await readings.read(session, crisis)
    among = true() if countries is None else Person.country.in_(countries)
    answers = await session.execute(board_counts.by_answer(reading, moment, among))
    questions = await session.execute(board_counts.by_question(reading, among))
    rows = board_counts.together(answers.all(), questions.all())
    places = await gather(session, rows)
    vulnerable_silent = await _vulnerable_silent(session, reading, among)
    return _board(rows, places, vulnerable_silent)


async def _vulnerable_silent(
    session: AsyncSession,
    reading: Reading,
    among: ColumnElement[bool],
) -> int:
    """Count the vulnerable people who have not answered."""
    query = reading.join_questions(select(func.count()).select_from(Person))
    silent = query.where(reading.covers(), among, reading.is_silent())
    return await session.scalar(silent.where(household_needs.is_vulnerable())) or 0


def _board(
    rows: Iterable[Any],
    places: list[PlaceCounts],
    vulnerable_silent: int,
) -> Board:
    by_country: dict[str, dict[str, int]] = {}
    stale_by_country: dict[str, int] = {}
    counts = dict.fromkeys(COUNTS, 0)
    percents = 0
    for row in rows:
        in_country = by_country.setdefault(row.country, dict.fromkeys(COUNTS, 0))
        in_country[row.standing] += row.people
        counts[row.standing] += row.people
        stale_there = stale_by_country.get(row.country, 0)
        stale_by_country[row.country] = stale_there + row.stale
        percents += row.percents
    return Board(
        people=sum(counts.values()),
        counts=counts,
        stale=sum(stale_by_country.values()),
        expected=round(percents / 100),
        by_country=by_country,
        stale_by_country=stale_by_country,
        places=places,
        vulnerable_silent=vulnerable_silent,
    )


def counted_people(
    crisis: Crisis,
    moment: datetime,
) -> Select[Any]:
    """Select `id`, `country`, `standing`, `city_index` and `stale` (1 or 0) of each person.

    `stale` is about the place alone: whoever answered counts as present.
    """
    stale = sql_case((freshness.is_stale(moment), 1), else_=0)
    people = standings(crisis.id).where(is_counted(crisis.drill, crisis.real_people))
    return people.add_columns(Person.city_index, stale.label("stale"))


async def vulnerable(
    session: AsyncSession,
    crisis: Crisis,
    moment: datetime,
) -> list[VulnerablePeople]:
    """Count the people who go first, by country and standing."""
    people = counted_people(crisis, moment).where(household_needs.is_vulnerable()).subquery()
    query = select(people.c.country, people.c.standing, func.count())
    rows = await session.execute(query.group_by(people.c.country, people.c.standing))
    counts: list[VulnerablePeople] = []
    for country, standing, number in rows:
        counts.append(VulnerablePeople(country, standing, number))
    return counts
