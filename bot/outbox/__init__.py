"""Rows for what we send, from queued to the last receipt. Statuses only move forward.

Sending is at least once: `sending` commits before the provider is called and `sent` after it, so a crash between the
two, or an answer that never came, means one more copy rather than none.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Content
from bot.models import Address, Lane, OutboundMessage, OutboundState, Person
from bot.outbox.claiming import claim
from bot.outbox.ending import drop, end, expire, over
from bot.outbox.fallback import fall_back, severe
from bot.outbox.marking import mark, record
from bot.outbox.rows import (
    ATTEMPTS,
    MOVES,
    PERHAPS,
    RETURNS,
    TRANSITIONS,
    Backlog,
    Claimed,
    Q,
    Result,
    S,
    count,
    holds,
)

__all__ = [
    "ATTEMPTS", "MOVES", "PERHAPS", "RETURNS", "TRANSITIONS", "Backlog", "Claimed", "Result", "backlog", "claim",
    "counts", "drop", "end", "expire", "fall_back", "holds", "mark", "over", "record", "reply", "requeue_lost",
    "severe",
]  # fmt: skip


async def reply(
    session: AsyncSession,
    *,
    person: Person,
    address: Address,
    content: Content,
    inbound_id: int | None,
    now: datetime,
) -> OutboundMessage:
    """Queues an answer in the lane that goes first."""
    row = OutboundMessage(
        person_id=person.id,
        address_id=address.id,
        channel=address.channel,
        form=address.form,
        language=content.language,
        lane=Lane.REPLY,
        state=Q,
        content=content.to_json(),
        inbound_id=inbound_id,
        attempts=0,
        created_at=now,
        due_at=now,
    )
    session.add(row)
    return row


async def requeue_lost(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Rows that a worker claimed before `before` and never marked are queued again. How many there were.

    The worker died, so each may go out once more; one that was tried often enough fails instead.
    """
    lost = select(OutboundMessage.id).where(
        OutboundMessage.state == S, OutboundMessage.claimed_at < before
    )
    picked = lost.with_for_update(skip_locked=True).cte("picked")
    is_spent = OutboundMessage.attempts >= ATTEMPTS
    return await count(
        session,
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == S)
        .values(
            state=case((is_spent, OutboundState.FAILED), else_=Q),
            reason="lost",
            finished_at=case((is_spent, now), else_=None),
            claimed_at=None,
        ),
    )


async def counts(session: AsyncSession, broadcast_id: int) -> dict[str, int]:
    """Recipients of a broadcast by state, every state of INTERFACE present; they add up to the recipients."""
    query = (
        select(OutboundMessage.state, func.count())
        .where(OutboundMessage.broadcast_id == broadcast_id)
        .group_by(OutboundMessage.state)
    )
    found: dict[OutboundState, int] = {row[0]: row[1] for row in await session.execute(query)}
    return {state.value: found.get(state, 0) for state in OutboundState}


async def backlog(session: AsyncSession, now: datetime) -> list[Backlog]:
    """What waits to be sent, for metrics and `doctor`."""
    oldest = func.min(OutboundMessage.due_at).label("oldest")
    query = (
        select(OutboundMessage.channel, OutboundMessage.lane, func.count().label("rows"), oldest)
        .where(OutboundMessage.state == Q, OutboundMessage.due_at <= now)
        .group_by(OutboundMessage.channel, OutboundMessage.lane)
    )
    rows = await session.execute(query)
    return [Backlog(row.channel, row.lane, row.rows, row.oldest) for row in rows if row.channel]
