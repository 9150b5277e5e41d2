"""The course of a survey: opened by a second person, closed at its end, and then only counts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit.trail import SYSTEM
from bot.consular.errors import check_move
from bot.consular.staff import roles
from bot.consular.surveys import drafts, figures, sign_ups
from bot.models import (
    OutboundMessage,
    OutboundState,
    Staff,
    Survey,
    SurveyAsk,
    SurveyKind,
    SurveyState,
)

OVER = "expired"  # why a question that waits in the queue is not sent


async def check_opening(
    session: AsyncSession,
    staff: Staff,
    survey_id: int,
    now: datetime,
) -> Survey:
    """Return a survey that could be opened now. Raises ConsularError."""
    survey = await drafts.get(session, staff, survey_id)
    check_move(drafts.TRANSITIONS, survey.state, SurveyState.OPEN)
    drafts.check(drafts.of_survey(survey), now)
    return survey


async def open_(
    session: AsyncSession,
    staff: Staff,
    survey_id: int,
    now: datetime,
) -> None:
    """Open a survey, as a second person approved; call it from `changes` alone.

    Raises ConsularError where its end has come meanwhile.
    """
    survey = await check_opening(session, staff, survey_id, now)
    survey.state = SurveyState.OPEN
    survey.opened_at = now
    await session.flush()
    await drafts.note(session, roles.actor(staff), "survey.opened", survey, now)


async def close(
    session: AsyncSession,
    staff: Staff,
    survey: Survey,
    now: datetime,
) -> None:
    """Close a survey before its end. Raises ConsularError."""
    await _end(session, survey, roles.actor(staff), now)


async def settle(session: AsyncSession, now: datetime) -> int:
    """Close the surveys whose end has come, publish figures of the others; return how many closed.

    Places of events that became free go to the next in line.
    """
    query = select(Survey).where(Survey.state == SurveyState.OPEN).order_by(Survey.id)
    closed = 0
    locked = query.with_for_update(skip_locked=True)
    for survey in (await session.scalars(locked)).all():
        if survey.ends_at <= now:
            await _end(session, survey, SYSTEM, now)
            closed += 1
        elif survey.kind is SurveyKind.SURVEY:
            await figures.publish_due(session, survey, now)
        else:
            await sign_ups.move_up(session, survey, now)
    return closed


async def _end(
    session: AsyncSession,
    survey: Survey,
    actor: str,
    now: datetime,
) -> None:
    """Close a survey: what waits in the queue is not sent, and the counts are kept."""
    survey.state = check_move(drafts.TRANSITIONS, survey.state, SurveyState.CLOSED)
    survey.closed_at = now
    await _drop_questions(session, survey, now)
    if survey.kind is SurveyKind.SURVEY:
        await figures.publish(session, survey, now)
    survey.counts = await count(session, survey)
    await session.flush()
    await drafts.note(session, actor, "survey.closed", survey, now)


async def _drop_questions(session: AsyncSession, survey: Survey, now: datetime) -> None:
    questions = select(SurveyAsk.message_id).where(
        SurveyAsk.survey_id == survey.id,
        SurveyAsk.message_id.is_not(None),
    )
    dropping = update(OutboundMessage).where(
        OutboundMessage.id.in_(questions),
        OutboundMessage.state == OutboundState.QUEUED,
    )
    values = {"state": OutboundState.EXPIRED, "reason": OVER, "finished_at": now}
    unsynchronized = dropping.execution_options(synchronize_session=False)
    await session.execute(unsynchronized.values(values))


async def count(session: AsyncSession, survey: Survey) -> dict[str, int]:
    """Return the counts of a survey: those that were kept at its end, or those of now."""
    if survey.counts is not None:
        return dict(survey.counts)
    query = select(SurveyAsk.is_reachable, func.count())
    query = query.where(SurveyAsk.survey_id == survey.id).group_by(SurveyAsk.is_reachable)
    counts = {"asked": 0, "unreachable": 0}
    for is_reachable, people in await session.execute(query):
        counts["asked" if is_reachable else "unreachable"] = people
    if survey.kind is SurveyKind.EVENT:
        attendance = await sign_ups.attendance(session, survey)
        counts |= asdict(attendance)
    return counts
