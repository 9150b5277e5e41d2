"""Figures of a survey, published so that nobody can be told out of them.

They follow the rule of the profiles: "at least so many", in steps of five, none below five, and
what was published stays until the true number moved by five.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people.profile_figures import PUBLISH_AFTER, moved
from bot.consular.staff import roles
from bot.consular.surveys import drafts
from bot.models import Person, Staff, Survey, SurveyAnswer, SurveyFigure

EVERYWHERE = ""
WHOLE_COUNTRY = ""
ANYBODY = 0  # the choice of everybody who answered
MAX_A_PORTION = 2000  # answers that are opened at once


@dataclass(frozen=True, slots=True)
class Cell:
    """What a figure counts: the people of a place who gave an answer to a question."""

    country: str
    city: str
    question: int
    choice: int


async def publish_due(session: AsyncSession, survey: Survey, now: datetime) -> bool:
    """Publish the figures of an open survey anew, once a day; False where it is not yet time."""
    latest = select(SurveyFigure.published_at).where(SurveyFigure.survey_id == survey.id)
    newest_first = latest.order_by(SurveyFigure.published_at.desc()).limit(1)
    published_at = await session.scalar(newest_first) or survey.opened_at
    if published_at is not None and published_at > now - PUBLISH_AFTER:
        return False
    await publish(session, survey, now)
    return True


async def publish(session: AsyncSession, survey: Survey, now: datetime) -> None:
    """Publish what has moved far enough since it was published."""
    true_counts = await _count(session, survey)
    published = await _published(session, survey)
    for cell in {*true_counts, *published}:
        figure = published.get(cell)
        shown = 0 if figure is None else figure.people
        people = moved(shown, true_counts[cell])
        if people == shown:
            continue
        if figure is None:
            figure = SurveyFigure(
                survey_id=survey.id,
                country=cell.country,
                city=cell.city,
                question=cell.question,
                choice=cell.choice,
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


async def _count(session: AsyncSession, survey: Survey) -> Counter[Cell]:
    """Count the people of each cell: everywhere, by country and by city."""
    counts: Counter[Cell] = Counter()
    last_id = 0
    while True:
        query = select(SurveyAnswer, Person.country, Person.city)
        query = query.join(Person, Person.id == SurveyAnswer.person_id)
        query = query.where(SurveyAnswer.survey_id == survey.id, SurveyAnswer.id > last_id)
        ordered = query.order_by(SurveyAnswer.id).limit(MAX_A_PORTION)
        portion = (await session.execute(ordered)).all()
        for answer, country, city in portion:
            last_id = answer.id
            for cell in _cells(answer, country, city):
                counts[cell] += 1
        if len(portion) < MAX_A_PORTION:
            return counts


def _cells(
    answer: SurveyAnswer,
    country: str | None,
    city: str | None,
) -> Iterator[Cell]:
    """Yield every cell that an answer counts in."""
    places = [(EVERYWHERE, WHOLE_COUNTRY)]
    if country is not None:
        places.append((country, WHOLE_COUNTRY))
    if country is not None and city is not None:
        places.append((country, city))
    for place_country, place_city in places:
        for choice in (ANYBODY, int(answer.choice)):
            yield Cell(
                place_country,
                place_city,
                answer.question,
                choice,
            )


async def _published(session: AsyncSession, survey: Survey) -> dict[Cell, SurveyFigure]:
    query = select(SurveyFigure).where(SurveyFigure.survey_id == survey.id)
    figures: dict[Cell, SurveyFigure] = {}
    for figure in await session.scalars(query):
        cell = Cell(
            figure.country,
            figure.city,
            figure.question,
            figure.choice,
        )
        figures[cell] = figure
    return figures


async def of_survey(
    session: AsyncSession,
    staff: Staff,
    survey_id: int,
) -> list[SurveyFigure]:
    """Return what is published of a survey: everywhere, then by country and city.

    Raises ConsularError.
    """
    survey = await drafts.get(session, staff, survey_id)
    query = select(SurveyFigure).where(SurveyFigure.survey_id == survey.id)
    ordered = query.order_by(
        SurveyFigure.country,
        SurveyFigure.city,
        SurveyFigure.question,
        SurveyFigure.choice,
    )
    shown: list[SurveyFigure] = []
    for figure in await session.scalars(ordered):
        is_own = figure.country == EVERYWHERE or roles.covers(staff, figure.country)
        if is_own:
            shown.append(figure)
    return shown
