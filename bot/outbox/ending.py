"""What is queued of a broadcast that was cancelled, or whose time is over, is not sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Broadcast, OutboundMessage, OutboundState
from bot.outbox.rows import PERHAPS, Q, count

FIRST = 2000  # rows that end with the broadcast itself: nobody hears that it was cancelled before they are written
AT_ONCE = 10_000  # rows in a transaction of the worker's, which sees to the rest
RECENT = timedelta(
    days=1
)  # later there is nothing left; and whatever is claimed is looked at again

REASONS = {OutboundState.DROPPED: "cancelled", OutboundState.EXPIRED: "expired"}


async def drop(session: AsyncSession, broadcast_id: int, now: datetime) -> int:
    """What is still queued of a cancelled broadcast, up to `FIRST` rows, is not sent. How many there were."""
    return await end(session, broadcast_id, OutboundState.DROPPED, now, FIRST)


async def expire(session: AsyncSession, broadcast_id: int, now: datetime) -> int:
    """The same for a broadcast whose time is over."""
    return await end(session, broadcast_id, OutboundState.EXPIRED, now, FIRST)


async def end(
    session: AsyncSession,
    broadcast_id: int,
    state: OutboundState,
    now: datetime,
    at_once: int = AT_ONCE,
) -> int:
    """Rows that are queued end in this state. One that may have gone out keeps saying so: a correction must find it."""
    queued = select(OutboundMessage.id).where(
        OutboundMessage.broadcast_id == broadcast_id, OutboundMessage.state == Q
    )
    picked = queued.limit(at_once).with_for_update(skip_locked=True).cte("picked")
    reason = case(
        (OutboundMessage.reason.in_(PERHAPS), OutboundMessage.reason), else_=REASONS[state]
    )
    ending = update(OutboundMessage).where(
        OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == Q
    )
    return await count(session, ending.values(state=state, reason=reason, finished_at=now))


async def over(session: AsyncSession, now: datetime) -> dict[int, OutboundState]:
    """Broadcasts that were cancelled or are over while rows are queued still, and how these rows end."""
    is_cancelled = Broadcast.cancelled_at.is_not(None)
    is_late = Broadcast.cancelled_at > now - RECENT
    is_over = Broadcast.expires_at.between(now - RECENT, now)
    query = select(Broadcast.id, is_cancelled).where(is_late | is_over, _has_queued())
    ends = {True: OutboundState.DROPPED, False: OutboundState.EXPIRED}
    return {row[0]: ends[bool(row[1])] for row in await session.execute(query)}


def _has_queued() -> ColumnElement[bool]:
    mine = OutboundMessage.broadcast_id == Broadcast.id
    return select(OutboundMessage.id).where(mine, OutboundMessage.state == Q).exists()
