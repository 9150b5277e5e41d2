"""Rows for what people sent. A message is a row before it is anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.inbox import senders
from bot.inbox.senders import Row, Sender, Senders
from bot.messages import Heard, Inbound
from bot.models import Address, InboundMessage, InboundState, binding
from bot.models.upserts import insert_into
from bot.runtime import metrics

MAX_ATTEMPTS = 3  # turns that may fail before a message is given up
# Each answer of a conversation need not write the time of the last message anew.
HEARD_PRECISION = timedelta(minutes=10)

MessageKey = tuple[str, str]  # channel, id of the provider


async def receive(
    session: AsyncSession,
    messages: Sequence[Inbound],
    now: datetime,
) -> list[int | None]:
    """Store a batch with a handful of statements.

    Returns for each message its person's id, None when the message came before.
    """
    known_senders = await senders.find_or_make(session, messages, now)
    stored = await _insert(
        session,
        messages,
        known_senders,
        now,
    )
    new_messages: list[Inbound] = []
    person_ids: list[int | None] = []
    for message in messages:
        if _key(message) in stored:
            stored.discard(_key(message))  # the second of two in one batch is a repeat
            new_messages.append(message)
            person_ids.append(known_senders[senders.index(message)].person_id)
            metrics.INBOUND.labels(message.channel).inc()
        else:
            person_ids.append(None)
            metrics.REPEATED.labels(message.channel).inc()
    await senders.stop_or_start(
        session,
        new_messages,
        known_senders,
        now,
    )
    return person_ids


async def _insert(
    session: AsyncSession,
    messages: Sequence[Inbound],
    known_senders: Senders,
    now: datetime,
) -> set[MessageKey]:
    """Insert messages that did not come before; return their keys."""
    rows = [_row(message, known_senders[senders.index(message)], now) for message in messages]
    adding = insert_into(session, InboundMessage).on_conflict_do_nothing()
    returning = adding.returning(InboundMessage.channel, InboundMessage.provider_id)
    bound_rows = binding.bound_rows(InboundMessage, rows)
    added = await session.execute(returning, bound_rows)
    return {(channel, provider_id) for channel, provider_id in added}


def _key(message: Inbound) -> MessageKey:
    return message.channel, message.provider_id


def _row(
    message: Inbound,
    sender: Sender,
    now: datetime,
) -> Row:
    return {
        "channel": message.channel,
        "provider_id": message.provider_id,
        "person_id": sender.person_id,
        "address_id": sender.address_id,
        "content": message.to_json(),
        "received_at": now,
    }


async def finish(
    session: AsyncSession,
    message: InboundMessage,
    heard: Heard | None,
    now: datetime,
) -> None:
    """Mark a message as done, in the transaction of its turn.

    `heard` is None when nothing had to be understood.
    """
    message.state = InboundState.DONE
    message.done_at = now
    if heard is not None:
        message.intent = heard.intent
        message.confidence = heard.confidence
        message.understood_by = None if heard.by == "none" else heard.by
    address = await session.get(Address, message.address_id)
    if address is not None:
        _note_heard(address, message.received_at)


def _note_heard(address: Address, at: datetime) -> None:
    if address.heard_at is None or at - address.heard_at > HEARD_PRECISION:
        address.heard_at = at


async def fail(
    session: AsyncSession,
    message: InboundMessage,
    now: datetime,
) -> None:
    """Count a turn that failed; after three the message is given up and the next one is taken.

    `message` may come from the transaction that was rolled back.
    """
    metrics.TURNS_FAILED.inc()
    fresh = await session.get_one(InboundMessage, inspect(message).identity)
    fresh.attempts += 1
    if fresh.attempts >= MAX_ATTEMPTS:
        fresh.state = InboundState.FAILED
        fresh.done_at = now


async def waiting(
    session: AsyncSession,
    before: datetime,
    limit: int,
) -> list[int]:
    """Return people whose messages wait since `before`, the longest first: their bell was lost."""
    overdue = (
        select(InboundMessage.person_id)
        .where(InboundMessage.state == InboundState.PENDING, InboundMessage.received_at < before)
        .group_by(InboundMessage.person_id)
        .order_by(func.min(InboundMessage.id))
        .limit(limit)
    )
    return list(await session.scalars(overdue))
