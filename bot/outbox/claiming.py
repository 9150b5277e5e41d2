"""Rows become ours to send, in the order to send them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.messages import Channel, Content
from bot.models import Address, Broadcast, Lane, OutboundMessage, OutboundState, Person
from bot.outbox.ending import REASONS
from bot.outbox.marking import mark
from bot.outbox.rows import HOLDS_BACK, PERHAPS, Claimed, Q, Result, S


async def claim(
    session: AsyncSession, channel: Channel, lanes: Iterable[int], limit: int, now: datetime
) -> list[Claimed]:
    """Up to `limit` rows that are now ours, in the order to send them; commit before calling the provider.

    Of one person's replies only the first is taken. Rows whose broadcast was cancelled or has expired, whose person
    said STOP to broadcasts, or whose address was stopped, end here.
    """
    rows = (await session.execute(_taking(channel, lanes, limit, now))).all()
    if not rows:
        return []
    addresses = await _addresses(session, {row.address_id for row in rows})
    sources = await _broadcasts(session, {row.broadcast_id for row in rows if row.broadcast_id})
    ended = {source.id: state for source in sources if (state := _ended(source, now))}
    refused = [_refusal(row, addresses[row.address_id], ended) for row in rows]
    await mark(session, [result for result in refused if result], now)
    kept = [row for row, result in zip(rows, refused, strict=True) if result is None]
    wrong = await _replaced(
        session, {source.id: source.corrects_id for source in sources if source.corrects_id}, kept
    )
    in_order = sorted(kept, key=lambda r: (r.lane, r.id))
    return [
        _claimed(row, addresses[row.address_id].address, wrong.get(row.id, ())) for row in in_order
    ]


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
    OutboundMessage.created_at,
    OutboundMessage.reason,
)


def _taking(channel: Channel, lanes: Iterable[int], limit: int, now: datetime) -> Any:
    """UPDATE of the next rows, which answers `_COLUMNS`."""
    picked = _next(channel, lanes, limit, now).cte("picked")
    return (
        update(OutboundMessage)
        .where(OutboundMessage.id.in_(select(picked.c.id)), OutboundMessage.state == Q)
        .values(state=S, claimed_at=now, attempts=OutboundMessage.attempts + 1)
        .returning(*_COLUMNS)
        .execution_options(synchronize_session=False)
    )


def _next(channel: Channel, lanes: Iterable[int], limit: int, now: datetime) -> Select[int]:
    """Queued rows that are due. SQLite leaves FOR UPDATE out: it has one writer."""
    ours = (
        OutboundMessage.state == Q,
        OutboundMessage.channel == channel,
        OutboundMessage.lane.in_(lanes),
    )
    query = select(OutboundMessage.id).where(*ours, OutboundMessage.due_at <= now)
    if Lane.REPLY in lanes:
        query = query.where(~_is_held_back())
    return (
        query.order_by(OutboundMessage.lane, OutboundMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


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
        select(
            Address.id,
            Address.address,
            Address.stopped_at,
            Address.stop_reason,
            Person.stopped_at.label("silent"),
        )
        .join(Person, Person.id == Address.person_id)
        .where(Address.id.in_(ids))
    )
    return {row.id: row for row in await session.execute(query)}


async def _broadcasts(session: AsyncSession, ids: Iterable[int]) -> list[Any]:
    """What decides whether their rows may still go out, and what they correct."""
    columns = (Broadcast.id, Broadcast.cancelled_at, Broadcast.expires_at, Broadcast.corrects_id)
    return list(await session.execute(select(*columns).where(Broadcast.id.in_(ids))))


def _ended(broadcast: Any, now: datetime) -> OutboundState | None:
    """How the rows of a broadcast end that may not be sent any more."""
    if broadcast.cancelled_at is not None:
        return OutboundState.DROPPED
    is_over = broadcast.expires_at is not None and broadcast.expires_at <= now
    return OutboundState.EXPIRED if is_over else None


async def _replaced(
    session: AsyncSession, corrected: dict[int, int], rows: list[Any]
) -> dict[int, tuple[str, ...]]:
    """By row, the messages in the same chat that it corrects, oldest first: Telegram can edit what it showed."""
    found: dict[int, tuple[str, ...]] = {}
    for broadcast_id, wrong_id in corrected.items():
        mine = [
            row.id
            for row in rows
            if row.broadcast_id == broadcast_id and row.channel is Channel.TELEGRAM
        ]
        shown = await session.execute(_shown(mine, await _chain(session, wrong_id))) if mine else ()
        for row in shown:
            found[row.id] = (*found.get(row.id, ()), str(row.provider_id))
    return found


async def _chain(session: AsyncSession, wrong_id: int | None) -> list[int]:
    """A wrong broadcast, and those it had corrected itself."""
    chain: list[int] = []
    while wrong_id is not None:
        chain.append(wrong_id)
        wrong_id = await session.scalar(
            select(Broadcast.corrects_id).where(Broadcast.id == wrong_id)
        )
    return chain


def _shown(rows: list[int], broadcasts: list[int]) -> Select[int, str | None]:
    right, wrong = aliased(OutboundMessage), aliased(OutboundMessage)
    same = (wrong.person_id == right.person_id, wrong.address_id == right.address_id)
    return (
        select(right.id, wrong.provider_id)
        .join(wrong, and_(wrong.broadcast_id.in_(broadcasts), *same))
        .where(right.id.in_(rows), wrong.provider_id.is_not(None))
        .order_by(wrong.id)
    )


def _refusal(row: Any, address: Any, ended: dict[int, OutboundState]) -> Result | None:
    """Why a claimed row must not go out after all. One that may have gone out before keeps saying so."""
    state = ended.get(row.broadcast_id)
    if state is not None:
        reason = REASONS[state]
    elif address.stopped_at:
        state, reason = OutboundState.DROPPED, address.stop_reason
    elif row.broadcast_id and address.silent:
        state, reason = OutboundState.DROPPED, "stopped"
    else:
        return None
    kept = row.reason if row.reason in PERHAPS else reason
    return Result(row.id, row.address_id, state, reason=kept, spared=True)


def _claimed(row: Any, address: str, replaces: tuple[str, ...]) -> Claimed:
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
        created_at=row.created_at,
        reason=row.reason,
        replaces=replaces,
    )
