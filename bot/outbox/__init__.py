"""Rows for what we send, from queued to the last receipt. Statuses only move forward.

Sending is at least once: `sending` commits before the provider is called and `sent` after it, so a
crash between the two, or an answer that never came, means one more copy rather than none.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CTE, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Content
from bot.models import Address, Lane, OutboundMessage, OutboundState, Person
from bot.outbox.claiming import claim
from bot.outbox.ending import drop, end, expire, over
from bot.outbox.fallback import fall_back, severe
from bot.outbox.marking import mark, record
from bot.outbox.passing import LINGERING, forget
from bot.outbox.renewal import end_answered, renew
from bot.outbox.retries import waits_for_phone
from bot.outbox.rows import (
    DOUBT_REASONS,
    FAILED,
    FALLBACK_STATES,
    MAX_ATTEMPTS,
    QUEUED,
    RETURN_STATES,
    SENDING,
    TRANSITIONS,
    Backlog,
    Claimed,
    Result,
    count,
    holds,
)

__all__ = [
    "DOUBT_REASONS",
    "FALLBACK_STATES",
    "LINGERING",
    "MAX_ATTEMPTS",
    "RETURN_STATES",
    "TRANSITIONS",
    "Backlog",
    "Claimed",
    "Result",
    "backlog",
    "claim",
    "counts",
    "drop",
    "end",
    "end_answered",
    "expire",
    "fall_back",
    "forget",
    "holds",
    "mark",
    "over",
    "record",
    "renew",
    "reply",
    "requeue_lost",
    "severe",
    "waits_for_phone",
    "withdraw",
]


async def reply(
    session: AsyncSession,
    *,
    person: Person,
    address: Address,
    content: Content,
    inbound_id: int | None,
    now: datetime,
    due_at: datetime | None = None,
    preferred_sender: str = "",
    is_passing: bool = False,
) -> OutboundMessage:
    """Queue a reply in the lane that goes first.

    It leaves at once, or at `due_at`: until then `withdraw` takes it back. `preferred_sender` is
    the sender that the person wrote to, where a channel has several. Of one that `is_passing`
    nothing stays once it has left.
    """
    message = OutboundMessage(
        person_id=person.id,
        address_id=address.id,
        channel=address.channel,
        form=address.form,
        language=content.language,
        lane=Lane.REPLY,
        state=QUEUED,
        content=content.to_json(),
        inbound_id=inbound_id,
        preferred_sender=preferred_sender or None,
        attempts=0,
        created_at=now,
        due_at=due_at or now,
        is_passing=is_passing,
    )
    session.add(message)
    return message


async def withdraw(session: AsyncSession, address_id: int, now: datetime) -> list[Content]:
    """Drop the replies to an address that wait for more to come, and were never tried.

    Return what they said.
    """
    withdrawing = update(OutboundMessage).where(
        OutboundMessage.address_id == address_id,
        OutboundMessage.lane == Lane.REPLY,
        OutboundMessage.state == QUEUED,
        OutboundMessage.attempts == 0,
        OutboundMessage.due_at > now,
    )
    values = {"state": OutboundState.DROPPED, "reason": "overtaken", "finished_at": now}
    withdrawing = withdrawing.execution_options(synchronize_session=False)
    contents = await session.scalars(withdrawing.values(values).returning(OutboundMessage.content))
    return [Content.from_json(content) for content in contents if content is not None]


async def requeue_lost(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Queue rows again that a worker claimed before `before` and never marked; return how many.

    The worker died, so each may go out once more; one that was tried often enough fails instead.
    """
    picked = _lost_rows(before)
    is_spent = OutboundMessage.attempts >= MAX_ATTEMPTS
    requeueing = (
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == SENDING)
        .values(
            state=case((is_spent, FAILED), else_=QUEUED),
            reason="lost",
            finished_at=case((is_spent, now), else_=None),
            claimed_at=None,
        )
    )
    return await count(session, requeueing)


def _lost_rows(before: datetime) -> CTE:
    """Select and lock rows that a worker claimed before `before` and never marked."""
    lost = select(OutboundMessage.id).where(
        OutboundMessage.state == SENDING,
        OutboundMessage.claimed_at < before,
    )
    return lost.with_for_update(skip_locked=True).cte("picked")


async def counts(session: AsyncSession, broadcast_id: int) -> dict[str, int]:
    """Count the recipients of a broadcast by state.

    Every state of INTERFACE is there, and the counts add up to the recipients.
    """
    query = (
        select(OutboundMessage.state, func.count())
        .where(OutboundMessage.broadcast_id == broadcast_id)
        .group_by(OutboundMessage.state)
    )
    recipients = {state.value: 0 for state in OutboundState}
    for state, number in await session.execute(query):
        recipients[state.value] = number
    return recipients


async def backlog(session: AsyncSession, now: datetime) -> list[Backlog]:
    """List what waits to be sent in each lane of each channel, for metrics and `doctor`."""
    queue = (OutboundMessage.channel, OutboundMessage.lane)
    query = (
        select(*queue, func.count(), func.min(OutboundMessage.due_at))
        .where(OutboundMessage.state == QUEUED, OutboundMessage.due_at <= now)
        .group_by(*queue)
    )
    waiting = []
    for channel, lane, number, oldest_at in await session.execute(query):
        if channel is not None:
            waiting.append(Backlog(channel, lane, number, oldest_at))
    return waiting
