"""Changes of what many people are told or asked: transports and surveys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes import kinds, of_surveys, of_transports
from bot.consular.changes.kinds import SurveyOpening, TransportWords
from bot.consular.staff import roles
from bot.consular.surveys import course
from bot.models import Staff


async def check(
    session: AsyncSession,
    staff: Staff,
    change: kinds.OfPeople,
    now: datetime,
) -> tuple[str, str | None]:
    """Return what a change of what people are told or asked is about. Raises ConsularError."""
    match change:
        case TransportWords():
            return await of_transports.check(session, staff, change, now)
        case SurveyOpening():
            return await of_surveys.check(session, staff, change, now)


async def apply(
    session: AsyncSession,
    staff: Staff,
    change: kinds.OfPeople,
    now: datetime,
) -> None:
    """Tell or ask people what a second person approved. Raises ConsularError."""
    match change:
        case TransportWords():
            actor = roles.actor(staff)
            await of_transports.announce(session, change, actor, now)
        case SurveyOpening(survey_id):
            await course.open_(session, staff, survey_id, now)
