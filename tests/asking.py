"""Roll calls whose first question has been sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Crisis, OutboundMessage, OutboundState
from tests import builders


async def ask_everyone(session: AsyncSession, crisis: Crisis, at: datetime) -> None:
    """Send the first question of a crisis to everybody in it."""
    await builders.fan_out(session, crisis.broadcast_id, at)
    queued = update(OutboundMessage).where(
        OutboundMessage.broadcast_id == crisis.broadcast_id,
        OutboundMessage.state == OutboundState.QUEUED,
    )
    await session.execute(queued.values(state=OutboundState.SENT, sent_at=at))
