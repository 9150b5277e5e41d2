"""Surveys that a second person opens: what is checked when one is submitted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes.kinds import SurveyOpening
from bot.consular.surveys import course, drafts
from bot.consular.surveys.audiences import countries_of
from bot.models import Staff


async def check(
    session: AsyncSession,
    staff: Staff,
    change: SurveyOpening,
    now: datetime,
) -> tuple[str, str | None]:
    """Return what a change is about, as in the audit trail, and its country.

    Raises ConsularError unless it can be done.
    """
    survey = await course.check_opening(
        session,
        staff,
        change.survey_id,
        now,
    )
    first_country = countries_of(survey.audience)[0]
    return drafts.subject(survey), first_country
