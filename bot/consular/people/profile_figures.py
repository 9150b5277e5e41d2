"""Figures of the community, made of profiles: published so that nobody can be counted out of them.

A figure is "at least so many", a multiple of STEP, and nothing below LEAST is published. What was
published stays until the true number has moved by LEAST and more. So the difference of two reports
is nothing, or at least LEAST people; and the rest of a column never tells the one that is hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import profile_words
from bot.consular.staff import roles
from bot.models import Person, Profile, ProfileFigure, Staff, is_counted

LEAST = 5  # people; fewer are not shown
STEP = 5
PUBLISH_AFTER = timedelta(days=1)
ANYBODY = ""  # the code of everybody who answered a dimension
WHOLE_COUNTRY = ""
MAX_A_PORTION = 2000  # profiles that are opened at once


@dataclass(frozen=True, slots=True)
class Cell:
    """What a figure counts: the people of a place who gave an answer."""

    country: str
    city: str
    dimension: str
    code: str


async def publish_due(session: AsyncSession, now: datetime) -> bool:
    """Publish anew, once a day; False where it is not yet time."""
    latest = select(ProfileFigure.published_at).order_by(ProfileFigure.published_at.desc())
    published_at = await session.scalar(latest.limit(1))
    if published_at is not None and published_at > now - PUBLISH_AFTER:
        return False
    await publish(session, now)
    return True


async def publish_by(
    session: AsyncSession,
    staff: Staff,
    now: datetime,
) -> None:
    """Publish for an account that may see to the upkeep. Raises ConsularError."""
    roles.require(staff, "upkeep")
    await publish(session, now)


async def publish(session: AsyncSession, now: datetime) -> None:
    """Publish what has moved far enough since it was published."""
    true_counts = await _count(session)
    published = await _published(session)
    for cell in {*true_counts, *published}:
        figure = published.get(cell)
        shown = 0 if figure is None else figure.people
        people = moved(shown, true_counts[cell])
        if people == shown:
            continue
        if figure is None:
            figure = ProfileFigure(
                country=cell.country,
                city=cell.city,
                dimension=cell.dimension,
                code=cell.code,
                people=people,
                published_at=now,
            )
            session.add(figure)
        elif people:
            figure.people = people
            figure.published_at = now
        else:
            await session.delete(figure)
    await session.flush()


def moved(shown: int, people: int) -> int:
    """Return the figure to show for so many people, where another was shown; 0 for none."""
    if shown and abs(people - shown) < LEAST:
        return shown
    if people < LEAST:
        return 0
    return people - people % STEP


async def _count(session: AsyncSession) -> Counter[Cell]:
    """Count the people of each cell, for the city and for the country."""
    counts: Counter[Cell] = Counter()
    last_id = 0
    while True:
        portion = await _portion(session, last_id)
        for person_id, country, city, answers in portion:
            last_id = person_id
            for cell in cells_of(
                country,
                city,
                answers,
            ):
                counts[cell] += 1
        if len(portion) < MAX_A_PORTION:
            return counts


async def _portion(session: AsyncSession, after: int) -> Sequence[Any]:
    """Return (number, country, city, answers) of the next people who have a profile."""
    query = select(
        Person.id,
        Person.country,
        Person.city,
        Profile.answers,
    )
    query = query.join(Profile, Profile.person_id == Person.id)
    query = query.where(
        Person.id > after,
        Person.country.is_not(None),
        Person.forgotten_at.is_(None),
        is_counted(drill=False),
    )
    portion = await session.execute(query.order_by(Person.id).limit(MAX_A_PORTION))
    return portion.all()


def cells_of(
    country: str,
    city: str | None,
    answers: Mapping[str, Any],
) -> Iterator[Cell]:
    """Yield every cell that a person counts in."""
    places = [WHOLE_COUNTRY] if city is None else [WHOLE_COUNTRY, city]
    for dimension in profile_words.DIMENSIONS:
        codes = _codes(dimension, answers)
        for place in places:
            for code in codes:
                yield Cell(
                    country,
                    place,
                    dimension,
                    code,
                )


def _codes(dimension: str, answers: Mapping[str, Any]) -> list[str]:
    """Return what a person answered in a dimension, and that they answered at all."""
    answer = answers.get(dimension)
    if answer is None:
        return []
    if dimension == "years":
        return [ANYBODY, profile_words.band(answer)]
    return [ANYBODY, *answer]


async def _published(session: AsyncSession) -> dict[Cell, ProfileFigure]:
    figures: dict[Cell, ProfileFigure] = {}
    for figure in await session.scalars(select(ProfileFigure)):
        cell = Cell(
            figure.country,
            figure.city,
            figure.dimension,
            figure.code,
        )
        figures[cell] = figure
    return figures


async def of_country(
    session: AsyncSession,
    staff: Staff,
    country: str,
) -> list[ProfileFigure]:
    """Return what is published of a country, its largest figures first. Raises ConsularError."""
    roles.require(
        staff,
        "board",
        country,
    )
    query = select(ProfileFigure).where(ProfileFigure.country == country)
    ordered = query.order_by(
        ProfileFigure.city,
        ProfileFigure.dimension,
        ProfileFigure.people.desc(),
        ProfileFigure.code,
    )
    return list(await session.scalars(ordered))


async def countries(session: AsyncSession, staff: Staff) -> list[str]:
    """Return the countries with figures that an account may see."""
    published = await session.scalars(select(ProfileFigure.country).distinct())
    return sorted(country for country in published if roles.covers(staff, country))


async def volunteers(
    session: AsyncSession,
    staff: Staff,
    country: str,
    code: str,
    limit: int,
) -> list[tuple[Person, Profile]]:
    """Return people of a country who offer something (`code`), the latest told first."""
    roles.require(
        staff,
        "people",
        country,
    )
    query = select(Person, Profile).join(Profile, Profile.person_id == Person.id)
    query = query.where(
        Person.country == country,
        Person.forgotten_at.is_(None),
        is_counted(drill=False),
    )
    offering: list[tuple[Person, Profile]] = []
    for person, profile in await session.execute(query.order_by(Profile.changed_at.desc())):
        if code in profile.answers.get("volunteer", ()):
            offering.append((person, profile))
    return offering[:limit]
