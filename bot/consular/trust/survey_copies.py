"""What a copy of a person's data says of surveys: which asked them, and what they answered."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import SignUp, Survey, SurveyAnswer, SurveyAsk

Line = dict[str, Any]


async def of(session: AsyncSession, person_id: int) -> list[Line]:
    """Return a line for each answer of a person, and for each survey that they left unanswered."""
    answered = {
        **await _answers(session, person_id),
        **await _sign_ups(session, person_id),
    }
    is_of_survey = Survey.id == SurveyAsk.survey_id
    query = select(
        SurveyAsk,
        Survey,
    )
    own = query.join(Survey, is_of_survey).where(SurveyAsk.person_id == person_id)
    asked = own.order_by(SurveyAsk.survey_id)
    lines: list[Line] = []
    for ask, survey in await session.execute(asked):
        opening = {
            "asked_at": ask.asked_at.isoformat(),
            "names": survey.titles,
        }
        for answer in answered.get(survey.id, [{}]):
            line = {
                **opening,
                **answer,
            }
            lines.append(line)
    return lines


async def _answers(session: AsyncSession, person_id: int) -> dict[int, list[Line]]:
    """Return the answers to questions in their words, by survey."""
    is_of_survey = Survey.id == SurveyAnswer.survey_id
    query = select(
        SurveyAnswer,
        Survey,
    )
    own = query.join(Survey, is_of_survey).where(SurveyAnswer.person_id == person_id)
    ordered = own.order_by(
        SurveyAnswer.survey_id,
        SurveyAnswer.question,
    )
    lines: dict[int, list[Line]] = {}
    for answer, survey in await session.execute(ordered):
        line = _in_words(answer, survey)
        of_survey = lines.setdefault(survey.id, [])
        of_survey.append(line)
    return lines


def _in_words(answer: SurveyAnswer, survey: Survey) -> Line:
    question = survey.questions[answer.question - 1]
    choice = int(answer.choice)
    return {
        "question": question["words"],
        "reply": question["answers"][choice - 1],
        "answered_at": answer.answered_at.isoformat(),
    }


async def _sign_ups(session: AsyncSession, person_id: int) -> dict[int, list[Line]]:
    """Return what the person answered to invitations, by survey."""
    query = select(SignUp).where(SignUp.person_id == person_id)
    lines: dict[int, list[Line]] = {}
    for own in await session.scalars(query):
        line = {
            "answer": own.answer.value,
            "companions": own.companions,
            "answered_at": own.answered_at.isoformat(),
        }
        lines[own.survey_id] = [line]
    return lines
