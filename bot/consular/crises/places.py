"""The board by place: how many people of a crisis are safe, silent and so on in each city.

Cities are encrypted: the database counts by their blind index, and one person of each tells which
city it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.standings import COUNTS
from bot.models import Person

SILENT = ("no_answer", "unreachable", "not_asked")

Place = tuple[str, str]  # country, and city (`CC/English name`) or ""


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """The people of a crisis in one place, by standing. `city` is "" where none was told.

    `stale` of them are silent, and nobody confirmed for long that they are there.
    """

    country: str
    city: str
    counts: Mapping[str, int]
    stale: int = 0

    @property
    def people(self) -> int:
        """Count all people there."""
        return sum(self.counts.values())

    @property
    def present(self) -> int:
        """Count those who are taken to be there."""
        return self.people - self.stale

    @property
    def silent(self) -> int:
        """Count those of whom nobody has heard."""
        silent_counts = [self.counts.get(standing, 0) for standing in SILENT]
        return sum(silent_counts)


async def gather(session: AsyncSession, rows: Iterable[Any]) -> list[PlaceCounts]:
    """Sum the rows of a board by place, the places with most silent people first.

    A row has `country`, `standing`, `people`, `stale` and the `person_id` of one of them.
    """
    counted_rows = list(rows)
    person_ids = {row.person_id for row in counted_rows}
    cities = await _cities(session, person_ids)
    counts_by_place = _by_place(counted_rows, cities)
    stale_by_place = _stale_by_place(counted_rows, cities)
    places: list[PlaceCounts] = []
    for place, counts in counts_by_place.items():
        country, city = place
        place_counts = PlaceCounts(
            country,
            city,
            counts,
            stale_by_place[place],
        )
        places.append(place_counts)
    return sorted(places, key=_most_silent_first)


async def _cities(session: AsyncSession, person_ids: Iterable[int]) -> dict[int, str]:
    """Look up the city of each of these people."""
    query = select(
        Person.id,
        Person.city,
    )
    query = query.where(Person.id.in_(person_ids))
    cities: dict[int, str] = {}
    for person_id, city in await session.execute(query):
        cities[person_id] = city or ""
    return cities


def _by_place(
    rows: Iterable[Any],
    cities: Mapping[int, str],
) -> dict[Place, dict[str, int]]:
    """Sum the counts of each place: while a key is replaced, a city may have two indexes."""
    by_place: dict[Place, dict[str, int]] = {}
    for row in rows:
        city = cities.get(row.person_id, "")
        place = (row.country, city)
        nobody = dict.fromkeys(COUNTS, 0)
        counts = by_place.setdefault(place, nobody)
        counts[row.standing] += row.people
    return by_place


def _stale_by_place(
    rows: Iterable[Any],
    cities: Mapping[int, str],
) -> Counter[Place]:
    """Count the stale of each place."""
    stale: Counter[Place] = Counter()
    for row in rows:
        city = cities.get(row.person_id, "")
        stale[row.country, city] += row.stale
    return stale


def _most_silent_first(place: PlaceCounts) -> tuple[int, int, str, str]:
    return (
        -place.silent,
        -place.people,
        place.country,
        place.city,
    )
