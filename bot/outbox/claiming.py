"""Rows become ours to send, in the order to send them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.messages import Channel, Content
from bot.models import Address, Broadcast, Lane, OutboundMessage, OutboundState, Person
from bot.outbox.marking import mark
from bot.outbox.rows import HOLDS_BACK, PERHAPS, Claimed, Q, Result, S


async def claim(
    session: AsyncSession, channel: Channel, lanes: Iterable[int], limit: int, now: datetime
) -> list[Claimed]:
    """Up to `limit` rows that are now ours, in the order to send them; commit before calling the provider.

    Of one person's replies only the first is taken. Rows whose broadcast was cancelled or has expired, whose person
    said STOP to broadcasts, or whose address was stopped, end here.
    """
    picked = _next(channel, lanes, limit, now).cte("picked")
    taking = (
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == Q)
        .values(state=S, claimed_at=now, attempts=OutboundMessage.attempts + 1)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(taking)).all()
    if not rows:
        return []
    addresses = await _addresses(session, {row.address_id for row in rows})
    ended = await _ended(session, {row.broadcast_id for row in rows if row.broadcast_id}, now)
    refused = [_refusal(row, addresses[row.address_id], ended) for row in rows]
    await mark(session, [result for result in refused if result], now)
    kept = [row for row, result in zip(rows, refused, strict=True) if result is None]
    return [_claimed(row, addresses[row.address_id].address) for row in sorted(kept, key=lambda r: (r.lane, r.id))]


_COLUMNS = (
    OutboundMessage.id,
    OutboundMessage.person_id,
    OutboundMessage.address_id,
    OutboundMessage.channel,
    OutboundMessage.form,
    OutboundMessage.language,
    OutboundMessage.lane,
    OutboundMessage.content,
    OutboundMessage.broadcast_id,
    OutboundMessage.inbound_id,
    OutboundMessage.attempts,
    OutboundMessage.reason,
)


def _next(channel: Channel, lanes: Iterable[int], limit: int, now: datetime) -> Select[int]:
    """Queued rows that are due. SQLite leaves FOR UPDATE out: it has one writer."""
    ours = (OutboundMessage.state == Q, OutboundMessage.channel == channel, OutboundMessage.lane.in_(lanes))
    query = select(OutboundMessage.id).where(*ours, OutboundMessage.due_at <= now)
    if Lane.REPLY in lanes:
        query = query.where(~_is_held_back())
    return query.order_by(OutboundMessage.lane, OutboundMessage.id).limit(limit).with_for_update(skip_locked=True)


def _is_held_back() -> Any:
    """An earlier reply to the same address has not left yet."""
    earlier = aliased(OutboundMessage)
    return exists().where(
        earlier.address_id == OutboundMessage.address_id,
        earlier.id < OutboundMessage.id,
        earlier.lane == Lane.REPLY,
        earlier.state.in_((Q, S)),
        earlier.attempts <= HOLDS_BACK,
    )


async def _addresses(session: AsyncSession, ids: Iterable[int]) -> dict[int, Any]:
    query = (
        select(Address.id, Address.address, Address.stopped_at, Address.stop_reason, Person.stopped_at.label("silent"))
        .join(Person, Person.id == Address.person_id)
        .where(Address.id.in_(ids))
    )
    return {row.id: row for row in await session.execute(query)}


async def _ended(session: AsyncSession, ids: Iterable[int], now: datetime) -> dict[int, OutboundState]:
    """Which of these broadcasts may not be sent any more, and how their rows end."""
    query = select(Broadcast.id, Broadcast.cancelled_at).where(
        Broadcast.id.in_(ids), or_(Broadcast.cancelled_at.is_not(None), Broadcast.expires_at <= now)
    )
    return {
        row.id: OutboundState.DROPPED if row.cancelled_at else OutboundState.EXPIRED
        for row in await session.execute(query)
    }


def _refusal(row: Any, address: Any, ended: dict[int, OutboundState]) -> Result | None:
    """Why a claimed row must not go out after all."""
    if state := ended.get(row.broadcast_id):
        reason = "cancelled" if state is OutboundState.DROPPED else "expired"
        reason = row.reason if row.reason in PERHAPS else reason
        return Result(row.id, row.address_id, state, reason=reason, spared=True)
    if address.stopped_at:
        return Result(row.id, row.address_id, OutboundState.DROPPED, reason=address.stop_reason, spared=True)
    if row.broadcast_id and address.silent:
        return Result(row.id, row.address_id, OutboundState.DROPPED, reason="stopped", spared=True)
    return None


def _claimed(row: Any, address: str) -> Claimed:
    return Claimed(
        id=row.id,
        person_id=row.person_id,
        address_id=row.address_id,
        address=address,
        channel=row.channel,
        form=row.form,
        language=row.language,
        lane=row.lane,
        content=None if row.content is None else Content.from_json(row.content),
        broadcast_id=row.broadcast_id,
        inbound_id=row.inbound_id,
        attempts=row.attempts,
    )
