"""Telegram fails somebody and the advisory is severe: after a set time the message goes by SMS instead."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel, Form
from bot.models import Address, Broadcast, OutboundMessage, OutboundState, Person
from bot.outbox.rows import MOVES, Q, count, holds

AT_ONCE = 1000  # rows of a broadcast in one transaction


async def severe(session: AsyncSession, now: datetime) -> list[Broadcast]:
    """Broadcasts that still hold and go over to SMS where Telegram fails."""
    return list(
        await session.scalars(
            select(Broadcast).where(Broadcast.fallback_after.is_not(None), *holds(now))
        )
    )


async def fall_back(
    session: AsyncSession, broadcast: Broadcast, is_away: bool, now: datetime
) -> int:
    """Moves what failed, or was tried in vain for long enough, to a number of the same person. How many there were.

    With `is_away` (nothing leaves by Telegram at all) also what was not tried yet. The row begins anew at its new
    address, so that a recipient stays one row; never one that is on its way or was taken.
    """
    before = now - timedelta(seconds=broadcast.fallback_after or 0)
    is_stuck = (
        true()
        if is_away
        else or_(OutboundMessage.state == OutboundState.FAILED, OutboundMessage.attempts > 0)
    )
    rows = (
        select(OutboundMessage.id)
        .where(
            OutboundMessage.broadcast_id == broadcast.id,
            OutboundMessage.channel == Channel.TELEGRAM,
        )
        .where(OutboundMessage.created_at <= before, OutboundMessage.state.in_(MOVES), is_stuck)
        .where(select(Address.id).where(*_numbers()).exists(), _wants_broadcasts())
        .order_by(OutboundMessage.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    number = select(func.max(Address.id)).where(*_numbers()).scalar_subquery()
    moving = update(OutboundMessage).where(OutboundMessage.id.in_(select(rows.c.id)))
    begun = {
        "state": Q,
        "attempts": 0,
        "due_at": now,
        "claimed_at": None,
        "finished_at": None,
        "provider_id": None,
    }
    to_sms = {
        "channel": Channel.SMS,
        "form": Form.TEXT,
        "address_id": number,
        "moved_from": Channel.TELEGRAM,
    }
    return await count(session, moving.values(begun | to_sms))


def _numbers() -> tuple[ColumnElement[bool], ...]:
    """The usable numbers of the person a row is for."""
    mine = Address.person_id == OutboundMessage.person_id
    return mine, Address.channel == Channel.SMS, Address.stopped_at.is_(None)


def _wants_broadcasts() -> ColumnElement[bool]:
    mine = Person.id == OutboundMessage.person_id
    return select(Person.id).where(mine, Person.stopped_at.is_(None)).exists()
