"""Overlapping roll calls: two real crises never ask the same person within half an hour."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.models import Broadcast, BroadcastKind, OutboundMessage, OutboundState, Person

REST = timedelta(minutes=30)  # between the questions of two crises to one person
# Why the first question of a crisis is dropped: another one's is on its way, or arrived just now.
ASKED_ELSEWHERE = "asked_elsewhere"
_LOCK = 7_106_001  # of PostgreSQL, held while a roll call chooses whom it asks
_ARRIVED = (OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)


async def is_asked_by_another(
    session: AsyncSession,
    own: Select[int],
    now: datetime,
) -> ColumnElement[bool]:
    """Say in SQL whether a real roll call beside our `own` asks a `Person`, or did within REST.

    No other roll call chooses whom it asks until the transaction ends.
    """
    await _lock(session)
    others = select(Broadcast.id).where(
        Broadcast.kind == BroadcastKind.ROLL_CALL,
        Broadcast.drill.is_(False),
        Broadcast.id.not_in(own),
        or_(Broadcast.cancelled_at.is_(None), Broadcast.cancelled_at > now - REST),
    )
    other_ids = list(await session.scalars(others))
    if not other_ids:
        return false()
    return _is_asked(other_ids, now)


async def _lock(session: AsyncSession) -> None:
    """Let one roll call at a time choose whom it asks. SQLite has one writer at a time."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _is_asked(broadcast_ids: Collection[int], now: datetime) -> ColumnElement[bool]:
    is_cancelled = exists().where(
        Broadcast.id == OutboundMessage.broadcast_id,
        Broadcast.cancelled_at.is_not(None),
    )
    is_queued = and_(
        OutboundMessage.state == OutboundState.QUEUED,
        ~outbox.waits_for_phone(),
        ~is_cancelled.correlate(OutboundMessage),
    )
    has_arrived = and_(
        OutboundMessage.state.in_(_ARRIVED),
        OutboundMessage.sent_at > now - REST,
    )
    question = exists().where(
        OutboundMessage.person_id == Person.id,
        OutboundMessage.broadcast_id.in_(broadcast_ids),
        or_(is_queued, OutboundMessage.state == OutboundState.SENDING, has_arrived),
    )
    return question.correlate(Person)


def was_left_to_another(
    question: type[OutboundMessage] = OutboundMessage,
) -> ColumnElement[bool]:
    """Say in SQL whether a question was dropped because another crisis asked its person."""
    reason = func.coalesce(question.reason, "")
    return and_(
        question.state == OutboundState.DROPPED,
        reason == ASKED_ELSEWHERE,
    )
