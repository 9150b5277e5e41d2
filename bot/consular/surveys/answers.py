"""Answers to surveys: the last one counts, until the survey closes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.models import Person, Survey, SurveyAnswer, SurveyAsk, SurveyKind, SurveyState


class Refusal(Enum):
    """Why an answer is not taken."""

    NOT_ASKED = "not asked"
    CLOSED = "closed"
    NO_SUCH_ANSWER = "no such answer"


async def asked(
    session: AsyncSession,
    person: Person,
    survey_id: int,
    kind: SurveyKind,
    now: datetime,
) -> Survey | Refusal:
    """Return the survey of a number that asked a person, locked; or why they cannot answer it.

    A made-up number of somebody else's survey is refused like one that there is not.
    """
    query = select(Survey).join(SurveyAsk, SurveyAsk.survey_id == Survey.id)
    query = query.where(
        Survey.id == survey_id,
        Survey.kind == kind,
        SurveyAsk.person_id == person.id,
        SurveyAsk.is_reachable,
    )
    survey = await session.scalar(query.with_for_update(of=Survey))
    if survey is None:
        return Refusal.NOT_ASKED
    if not is_open(survey, now):
        return Refusal.CLOSED
    return survey


def is_open(survey: Survey, now: datetime) -> bool:
    """Tell whether a survey takes answers: also before the worker has closed it."""
    return survey.state is SurveyState.OPEN and now < survey.ends_at


async def choose(
    session: AsyncSession,
    person: Person,
    survey: Survey,
    question: int,
    choice: int,
    now: datetime,
) -> Refusal | None:
    """Keep an answer in the place of an earlier one; return why it cannot be."""
    if not 1 <= question <= len(survey.questions):
        return Refusal.NO_SUCH_ANSWER
    if not 1 <= choice <= len(survey.questions[question - 1]["answers"]):
        return Refusal.NO_SUCH_ANSWER
    answer = await session.scalar(
        select(SurveyAnswer).where(
            SurveyAnswer.survey_id == survey.id,
            SurveyAnswer.person_id == person.id,
            SurveyAnswer.question == question,
        )
    )
    if answer is None:
        answer = SurveyAnswer(
            survey_id=survey.id,
            person_id=person.id,
            question=question,
        )
        session.add(answer)
        await note(session, person, survey, now)
    answer.choice = str(choice)
    answer.answered_at = now
    await session.flush()
    return None


async def note(
    session: AsyncSession,
    person: Person,
    survey: Survey,
    now: datetime,
) -> None:
    """Note that a person answered a question for the first time, and not what."""
    subject = f"person:{person.id}"
    await trail.note(
        session,
        subject,
        "survey.answered",
        subject,
        now,
        survey=survey.id,
    )


async def chosen(
    session: AsyncSession,
    person: Person,
    survey: Survey,
) -> Mapping[int, int]:
    """Return what a person answered so far, by question."""
    query = select(SurveyAnswer).where(
        SurveyAnswer.survey_id == survey.id,
        SurveyAnswer.person_id == person.id,
    )
    choices: dict[int, int] = {}
    for answer in await session.scalars(query):
        choices[answer.question] = int(answer.choice)
    return choices
