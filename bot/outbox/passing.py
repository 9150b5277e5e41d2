"""Replies of which nothing stays once they have left: what somebody asked, their own data."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel
from bot.models import OutboundMessage
from bot.outbox.rows import FINAL_STATES, SENT

# An SMS that was handed over may come back within it; the phone page shows what is stored.
LINGERING = timedelta(hours=1)
ROWS_A_RUN = 1000


async def forget(
    session: AsyncSession,
    now: datetime,
) -> int:
    """Delete passing replies that have left, or never will; return how many."""
    has_ended = OutboundMessage.state.in_(FINAL_STATES)
    is_handed_over = OutboundMessage.state == SENT
    is_of_telegram = OutboundMessage.channel == Channel.TELEGRAM
    is_old = OutboundMessage.created_at <= now - LINGERING
    is_on_screen = OutboundMessage.channel == Channel.PHONE
    has_left = (has_ended & ~is_on_screen) | (is_handed_over & is_of_telegram)
    is_over = has_left | ((has_ended | is_handed_over) & is_old)
    due = select(OutboundMessage.id).where(
        OutboundMessage.is_passing,
        is_over,
    )
    ids = list(await session.scalars(due.limit(ROWS_A_RUN)))
    await session.execute(delete(OutboundMessage).where(OutboundMessage.id.in_(ids)))
    return len(ids)
