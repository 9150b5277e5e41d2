"""The claim: rows become ours to send, in the order to send them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.messages import Channel, Content
from bot.models import (
    Address,
    Broadcast,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    closures,
)
from bot.outbox import questions
from bot.outbox.ending import REASONS
from bot.outbox.marking import mark
from bot.outbox.rows import (
    DOUBT_REASONS,
    DROPPED,
    EXPIRED,
    MAX_HOLDING_ATTEMPTS,
    QUEUED,
    SENDING,
    Claimed,
    Result,
)

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
    OutboundMessage.preferred_sender,
    OutboundMessage.attempts,
    OutboundMessage.created_at,
    OutboundMessage.reason,
)


async def claim(
    session: AsyncSession, channel: Channel, lanes: Iterable[int], limit: int, now: datetime
) -> list[Claimed]:
    """Claim up to `limit` rows, in the order to send them; commit before calling the provider.

    Of one person's replies only the first is claimed. Rows whose broadcast was cancelled or has
    expired, whose person said STOP to broadcasts, or whose address was stopped, end here; so do
    questions that a crisis overtook.
    """
    claiming = await session.execute(_claiming(channel, lanes, limit, now))
    messages = claiming.all()
    if not messages:
        return []
    addresses = await _load_addresses(session, {message.address_id for message in messages})
    broadcast_ids = {message.broadcast_id for message in messages if message.broadcast_id}
    broadcasts = await _load_broadcasts(session, broadcast_ids)
    endings = _endings(broadcasts, now)
    sendable = await _refuse(session, messages, addresses, endings, now)
    replaced_ids = await _load_replaced_ids(session, broadcasts, sendable)
    claimed = []
    for message in sorted(sendable, key=_sending_order):
        address = addresses[message.address_id]
        claimed.append(_claimed(message, address, replaced_ids.get(message.id, ())))
    return claimed


async def _refuse(
    session: AsyncSession,
    messages: Iterable[Any],
    addresses: dict[int, Any],
    endings: dict[int, OutboundState],
    now: datetime,
) -> list[Any]:
    """Mark the claimed rows that must not go out after all; return the others."""
    overtaken = await questions.overtaken(session, messages)
    refusals = []
    sendable = []
    for message in messages:
        refusal = _refusal(message, addresses[message.address_id], endings, overtaken)
        if refusal:
            refusals.append(refusal)
        else:
            sendable.append(message)
    await mark(session, refusals, now)
    await questions.forget(session, _unread(messages, overtaken))
    return sendable


def _unread(messages: Iterable[Any], overtaken: Collection[int]) -> list[int]:
    """List the overtaken rows that have surely not gone out before."""
    return [
        message.id
        for message in messages
        if message.id in overtaken and message.reason not in DOUBT_REASONS
    ]


def _sending_order(message: Any) -> tuple[int, int]:
    return message.lane, message.id


def _claiming(channel: Channel, lanes: Iterable[int], limit: int, now: datetime) -> Any:
    """Return the UPDATE of the next rows, which answers `_COLUMNS`."""
    picked = _next_rows(channel, lanes, limit, now).cte("picked")
    claiming = update(OutboundMessage).where(
        OutboundMessage.id.in_(select(picked.c.id)),
        OutboundMessage.state == QUEUED,
    )
    attempts = OutboundMessage.attempts + 1
    claiming = claiming.values(state=SENDING, claimed_at=now, attempts=attempts)
    return claiming.returning(*_COLUMNS).execution_options(synchronize_session=False)


def _next_rows(channel: Channel, lanes: Iterable[int], limit: int, now: datetime) -> Select[int]:
    """Select queued rows that are due. SQLite leaves FOR UPDATE out: it has one writer.

    What was due at once stays due where our clock was set back since.
    """
    is_for_later = OutboundMessage.due_at > OutboundMessage.created_at
    query = select(OutboundMessage.id).where(
        OutboundMessage.state == QUEUED,
        OutboundMessage.channel == channel,
        OutboundMessage.lane.in_(lanes),
        or_(OutboundMessage.due_at <= now, ~is_for_later),
    )
    if Lane.REPLY in lanes:
        query = query.where(~_is_held_back())
    query = query.order_by(OutboundMessage.lane, OutboundMessage.id).limit(limit)
    return query.with_for_update(skip_locked=True)


def _is_held_back() -> Any:
    """Return the condition that an earlier reply to the same address has not left yet."""
    earlier = aliased(OutboundMessage)
    return exists().where(
        earlier.address_id == OutboundMessage.address_id,
        earlier.id < OutboundMessage.id,
        earlier.lane == Lane.REPLY,
        earlier.state.in_((QUEUED, SENDING)),
        earlier.attempts <= MAX_HOLDING_ATTEMPTS,
    )


async def _load_addresses(session: AsyncSession, address_ids: Iterable[int]) -> dict[int, Any]:
    """Load what decides whether an address may be sent to, by its id."""
    query = (
        select(
            Address.id,
            Address.address,
            Address.region,
            Address.stopped_at,
            Address.stop_reason,
            Person.stopped_at.label("broadcasts_stopped_at"),
        )
        .join(Person, Person.id == Address.person_id)
        .where(Address.id.in_(address_ids))
    )
    return {address.id: address for address in await session.execute(query)}


async def _load_broadcasts(session: AsyncSession, broadcast_ids: Iterable[int]) -> Sequence[Any]:
    """Load what decides whether rows of broadcasts may still go out, and what they correct."""
    query = select(
        Broadcast.id,
        Broadcast.cancelled_at,
        Broadcast.expires_at,
        Broadcast.corrects_id,
    )
    broadcasts = await session.execute(query.where(Broadcast.id.in_(broadcast_ids)))
    return broadcasts.all()


def _endings(broadcasts: Iterable[Any], now: datetime) -> dict[int, OutboundState]:
    """Return how the rows end, by broadcast whose rows may not be sent any more."""
    endings = {}
    for broadcast in broadcasts:
        if broadcast.cancelled_at is not None:
            endings[broadcast.id] = DROPPED
        elif broadcast.expires_at is not None and broadcast.expires_at <= now:
            endings[broadcast.id] = EXPIRED
    return endings


def _refusal(
    message: Any,
    address: Any,
    endings: dict[int, OutboundState],
    overtaken: Collection[int],
) -> Result | None:
    """Return why a claimed row must not go out after all; None when it may."""
    if message.broadcast_id in endings:
        state = endings[message.broadcast_id]
        return _refused(message, state, REASONS[state])
    if message.id in overtaken:
        return _refused(message, DROPPED, questions.OVERTAKEN)
    is_unasked = message.broadcast_id is not None or message.lane == Lane.ROUTINE
    reason = closures.refusal(address, is_broadcast=is_unasked)
    if reason is not None:
        return _refused(message, DROPPED, reason)
    return None


def _refused(message: Any, state: OutboundState, reason: str | None) -> Result:
    """Return the result of a refused row. One that may have gone out before keeps saying so."""
    if message.reason in DOUBT_REASONS:
        reason = message.reason
    return Result(message.id, message.address_id, state, reason=reason, spared=True)


async def _load_replaced_ids(
    session: AsyncSession, broadcasts: Iterable[Any], messages: Sequence[Any]
) -> dict[int, tuple[str, ...]]:
    """Load, by row, the messages in the same chat that it corrects, oldest first.

    Telegram can edit what it showed.
    """
    replaced_ids: dict[int, tuple[str, ...]] = {}
    for broadcast in broadcasts:
        row_ids = _telegram_row_ids(messages, broadcast.id)
        if not row_ids or not broadcast.corrects_id:
            continue
        wrong_ids = await _load_chain(session, broadcast.corrects_id)
        for row_id, provider_id in await session.execute(_shown(row_ids, wrong_ids)):
            replaced_ids[row_id] = (*replaced_ids.get(row_id, ()), str(provider_id))
    return replaced_ids


def _telegram_row_ids(messages: Iterable[Any], broadcast_id: int) -> list[int]:
    return [
        message.id
        for message in messages
        if message.broadcast_id == broadcast_id and message.channel is Channel.TELEGRAM
    ]


async def _load_chain(session: AsyncSession, wrong_id: int) -> list[int]:
    """Load the ids of a wrong broadcast and of those that it had corrected itself."""
    chain: list[int] = []
    next_id: int | None = wrong_id
    while next_id is not None:
        chain.append(next_id)
        query = select(Broadcast.corrects_id).where(Broadcast.id == next_id)
        next_id = await session.scalar(query)
    return chain


def _shown(row_ids: list[int], wrong_ids: list[int]) -> Select[int, str | None]:
    """Select, beside each row, the provider's ids of the wrong messages to the same address."""
    right, wrong = aliased(OutboundMessage), aliased(OutboundMessage)
    is_same_chat = and_(
        wrong.broadcast_id.in_(wrong_ids),
        wrong.person_id == right.person_id,
        wrong.address_id == right.address_id,
    )
    query = select(right.id, wrong.provider_id).join(wrong, is_same_chat)
    query = query.where(right.id.in_(row_ids), wrong.provider_id.is_not(None))
    return query.order_by(wrong.id)


def _claimed(message: Any, address: Any, replaces: tuple[str, ...]) -> Claimed:
    content = None if message.content is None else Content.from_json(message.content)
    return Claimed(
        id=message.id,
        person_id=message.person_id,
        address_id=message.address_id,
        address=address.address,
        channel=message.channel,
        form=message.form,
        language=message.language,
        lane=message.lane,
        content=content,
        broadcast_id=message.broadcast_id,
        preferred_sender=message.preferred_sender,
        attempts=message.attempts,
        created_at=message.created_at,
        reason=message.reason,
        replaces=replaces,
        region=address.region,
        is_answer=message.inbound_id is not None,
    )
