"""The end of rows that are queued for a broadcast which was cancelled, or whose time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CTE, ColumnElement, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Broadcast, OutboundMessage, OutboundState
from bot.outbox.rows import DOUBT_REASONS, DROPPED, EXPIRED, QUEUED, count

# Rows that end with the broadcast itself: the page says "cancelled" once they are written.
FIRST_ROWS = 2000
ROWS_PER_TRANSACTION = 10_000  # of the worker's, which sees to the rest
# Later no rows are left, and the claim looks at every row again.
RECENT = timedelta(days=1)

REASONS = {DROPPED: "cancelled", EXPIRED: "expired"}


async def drop(session: AsyncSession, broadcast_id: int, now: datetime) -> int:
    """Drop the first queued rows of a cancelled broadcast; return how many there were."""
    return await end(session, broadcast_id, DROPPED, now, FIRST_ROWS)


async def expire(session: AsyncSession, broadcast_id: int, now: datetime) -> int:
    """Expire the first queued rows of a broadcast that is over; return how many there were."""
    return await end(session, broadcast_id, EXPIRED, now, FIRST_ROWS)


async def end(
    session: AsyncSession,
    broadcast_id: int,
    state: OutboundState,
    now: datetime,
    limit: int = ROWS_PER_TRANSACTION,
) -> int:
    """End queued rows of a broadcast in this state; return how many there were.

    A row that may have gone out keeps saying so: a correction must find it.
    """
    picked = _queued_rows(broadcast_id, limit)
    is_doubtful = OutboundMessage.reason.in_(DOUBT_REASONS)
    reason = case((is_doubtful, OutboundMessage.reason), else_=REASONS[state])
    ending = update(OutboundMessage).where(
        OutboundMessage.id.in_(select(picked.c.id)),
        OutboundMessage.state == QUEUED,
    )
    return await count(session, ending.values(state=state, reason=reason, finished_at=now))


def _queued_rows(broadcast_id: int, limit: int) -> CTE:
    """Select and lock queued rows of a broadcast."""
    queued = select(OutboundMessage.id).where(
        OutboundMessage.broadcast_id == broadcast_id,
        OutboundMessage.state == QUEUED,
    )
    return queued.limit(limit).with_for_update(skip_locked=True).cte("picked")


async def over(session: AsyncSession, now: datetime) -> dict[int, OutboundState]:
    """Return how rows end, by broadcast that was cancelled or is over with rows still queued."""
    is_cancelled = Broadcast.cancelled_at.is_not(None)
    is_newly_cancelled = Broadcast.cancelled_at > now - RECENT
    is_newly_over = Broadcast.expires_at.between(now - RECENT, now)
    query = select(Broadcast.id, is_cancelled).where(
        is_newly_cancelled | is_newly_over,
        _has_queued_rows(),
    )
    endings = {}
    for broadcast_id, was_cancelled in await session.execute(query):
        endings[broadcast_id] = DROPPED if was_cancelled else EXPIRED
    return endings


def _has_queued_rows() -> ColumnElement[bool]:
    is_queued = OutboundMessage.state == QUEUED
    is_its_own = OutboundMessage.broadcast_id == Broadcast.id
    return select(OutboundMessage.id).where(is_its_own, is_queued).exists()
