"""Roll calls in tests: questions are sent, rounds go on, boards are counted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import (
    board,
    crises,
    rounds,
)
from bot.messages import Channel
from bot.models import (
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders

HALF_AN_HOUR = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)


async def send_all(session: AsyncSession, at: datetime) -> None:
    """Let what is queued be sent."""
    queued = update(OutboundMessage).where(OutboundMessage.state == OutboundState.QUEUED)
    await session.execute(queued.values(state=OutboundState.SENT, sent_at=at))


async def asked(
    session: AsyncSession, person: Person, crisis: Crisis | None = None
) -> list[Channel]:
    """Return the channels of the questions that a person got or gets, in order."""
    query = select(OutboundMessage.channel).where(
        OutboundMessage.person_id == person.id,
        OutboundMessage.state != OutboundState.DROPPED,
        OutboundMessage.channel.is_not(None),
    )
    if crisis is not None:
        query = query.where(OutboundMessage.broadcast_id == crisis.broadcast_id)
    return list(await session.scalars(query.order_by(OutboundMessage.id)))


async def counts(session: AsyncSession, crisis: Crisis, now: datetime) -> dict[str, int]:
    """Return the counts of the board that are not zero; they add up to all its people."""
    seen = await board.board(session, crisis, now)
    assert sum(seen.counts.values()) == seen.people
    return {name: count for name, count in seen.counts.items() if count}


async def advance(runtime: Runtime, opened: Collection[Crisis], at: datetime) -> None:
    """Let the rounds of these crises go on, and what they ask be sent."""
    for crisis in opened:
        async with runtime.db.begin() as session:
            same_crisis = await crises.get(session, crisis.id)
            await rounds.advance(session, same_crisis, at)
    async with runtime.db.begin() as session:
        await send_all(session, at)


async def ask_everyone(session: AsyncSession, crisis: Crisis, at: datetime) -> None:
    """Send the first question of a crisis to everybody in it."""
    await builders.fan_out(session, crisis.broadcast_id, at)
    queued = update(OutboundMessage).where(
        OutboundMessage.broadcast_id == crisis.broadcast_id,
        OutboundMessage.state == OutboundState.QUEUED,
    )
    await session.execute(queued.values(state=OutboundState.SENT, sent_at=at))
