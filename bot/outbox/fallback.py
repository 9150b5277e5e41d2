"""The fallback to SMS: where Telegram fails a recipient of a severe advisory, after a set time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, ScalarSelect, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel, Form
from bot.models import Address, Broadcast, OutboundMessage, Person, SmsWay, closures
from bot.outbox.rows import FAILED, FALLBACK_STATES, QUEUED, count, holds

ROWS_PER_TRANSACTION = 1000  # of a broadcast


async def severe(session: AsyncSession, now: datetime) -> list[Broadcast]:
    """List broadcasts that still hold and go over to SMS where Telegram fails."""
    query = select(Broadcast).where(Broadcast.fallback_after.is_not(None), *holds(now))
    broadcasts = await session.scalars(query)
    return list(broadcasts)


async def fall_back(
    session: AsyncSession, broadcast: Broadcast, is_away: bool, now: datetime
) -> int:
    """Move rows that failed, or were tried in vain for long enough, to a number of the same person.

    Returns how many there were. With `is_away` (nothing leaves by Telegram at all) rows that were
    not tried yet move too. A row begins anew at its new address, so that a recipient stays one row;
    never one that is on its way or that the provider took.
    """
    picked = _stuck_rows(broadcast, is_away, now)
    moving = update(OutboundMessage).where(OutboundMessage.id.in_(select(picked.c.id)))
    return await count(session, moving.values(_begin_by_sms(broadcast, now)))


def _stuck_rows(broadcast: Broadcast, is_away: bool, now: datetime) -> CTE:
    """Select and lock rows that Telegram failed, of people who have a number."""
    before = now - timedelta(seconds=broadcast.fallback_after or 0)
    is_tried = or_(OutboundMessage.state == FAILED, OutboundMessage.attempts > 0)
    query = (
        select(OutboundMessage.id)
        .where(
            OutboundMessage.broadcast_id == broadcast.id,
            OutboundMessage.channel == Channel.TELEGRAM,
            OutboundMessage.created_at <= before,
            OutboundMessage.state.in_(FALLBACK_STATES),
            true() if is_away else is_tried,
            select(Address.id).where(*_is_usable_number(broadcast)).exists(),
            _wants_broadcasts(),
        )
        .order_by(OutboundMessage.id)
        .limit(ROWS_PER_TRANSACTION)
    )
    return query.with_for_update(skip_locked=True).cte("picked")


def _begin_by_sms(broadcast: Broadcast, now: datetime) -> dict[str, Any]:
    """Return the columns of a row that begins anew at a number of its person."""
    return {
        "channel": Channel.SMS,
        "form": Form.TEXT,
        "address_id": _newest_number(broadcast),
        "moved_from": Channel.TELEGRAM,
        "state": QUEUED,
        "attempts": 0,
        "due_at": now,
        "claimed_at": None,
        "finished_at": None,
        "provider_id": None,
    }


def _newest_number(broadcast: Broadcast) -> ScalarSelect[int]:
    numbers = select(func.max(Address.id)).where(*_is_usable_number(broadcast))
    return numbers.scalar_subquery()


def _is_usable_number(broadcast: Broadcast) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a usable number of the person that a row is for."""
    is_their_own = Address.person_id == OutboundMessage.person_id
    ways = broadcast.sms_ways or {}
    silent_countries = [country for country, way in ways.items() if way == SmsWay.NOTHING]
    return (
        is_their_own,
        Address.channel == Channel.SMS,
        closures.is_sendable(silent_countries),
    )


def _wants_broadcasts() -> ColumnElement[bool]:
    is_recipient = Person.id == OutboundMessage.person_id
    return select(Person.id).where(is_recipient, closures.wants_broadcasts()).exists()
