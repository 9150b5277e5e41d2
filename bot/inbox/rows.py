"""Rows for what people sent. A message is a row before it is anything else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel, Heard, Inbound, Kind
from bot.models import Address, InboundMessage, InboundState, Person
from bot.runtime import metrics
from bot.text import text

ATTEMPTS = 3  # turns that may fail before a message is given up
PRECISELY = timedelta(minutes=10)  # how exactly the last message from an address is dated
BLOCKED = "blocked"  # why an address was stopped; it ends with the next message from there

Row = dict[str, Any]
Home = tuple[int, int]  # person id, address id


async def receive(
    session: AsyncSession, messages: Sequence[Inbound], now: datetime
) -> list[int | None]:
    """Stores a batch with a handful of statements. For each message its person's id, None when it came before.

    A sender not seen before gets a person and an address; other processes may be storing the same at the same time.
    """
    homes = await _homes(session, messages, now)
    stored = await _insert_messages(session, messages, homes, now)
    news: list[Inbound] = []
    people: list[int | None] = []
    for message in messages:
        is_new = (message.channel, message.provider_id) in stored
        stored.discard(
            (message.channel, message.provider_id)
        )  # the second of two in one batch is a repeat
        news += [message] if is_new else []
        people.append(homes[index(message)][0] if is_new else None)
        (metrics.INBOUND if is_new else metrics.REPEATED).labels(message.channel).inc()
    await _stop_or_go(session, news, homes, now)
    return people


def index(message: Inbound) -> str:
    """The plain value of `Address.index`."""
    return f"{message.channel}:{message.address}"


async def finish(
    session: AsyncSession, row: InboundMessage, heard: Heard | None, now: datetime
) -> None:
    """The message is done, in the transaction of its turn. `heard` is None when nothing had to be understood."""
    row.state, row.done_at = InboundState.DONE, now
    if heard:
        row.intent, row.confidence = heard.intent, heard.confidence
        row.understood_by = None if heard.by == "none" else heard.by
    if address := await session.get(Address, row.address_id):
        _hear(address, row.received_at)


def _hear(address: Address, at: datetime) -> None:
    """To ten minutes: each answer of a conversation need not write the address anew."""
    if address.heard_at is None or at - address.heard_at > PRECISELY:
        address.heard_at = at


async def fail(session: AsyncSession, row: InboundMessage, now: datetime) -> None:
    """The turn failed; after three times the message is given up and the next one is taken.

    `row` may come from the transaction that was rolled back.
    """
    metrics.TURNS_FAILED.inc()
    kept = await session.get_one(InboundMessage, inspect(row).identity)
    kept.attempts += 1
    if kept.attempts >= ATTEMPTS:
        kept.state, kept.done_at = InboundState.FAILED, now


async def waiting(session: AsyncSession, before: datetime, limit: int) -> list[int]:
    """People whose messages wait since `before`, those who waited longest first: their bell was lost."""
    query = (
        select(InboundMessage.person_id)
        .where(InboundMessage.state == InboundState.PENDING, InboundMessage.received_at < before)
        .group_by(InboundMessage.person_id)
        .order_by(func.min(InboundMessage.id))
        .limit(limit)
    )
    return list(await session.scalars(query))


# Senders.


async def _homes(
    session: AsyncSession, messages: Sequence[Inbound], now: datetime
) -> dict[str, Home]:
    """Person and address of every sender, made where there was none. Keys: `index`."""
    senders = {index(message): message for message in messages}
    homes = await _find(session, senders)
    missing = sorted(
        senders.keys() - homes.keys()
    )  # in one order everywhere, so that two batches cannot deadlock
    if missing:
        homes |= await _create(session, [senders[key] for key in missing], now)
    return homes


async def _find(session: AsyncSession, keys: Iterable[str]) -> dict[str, Home]:
    query = select(Address.channel, Address.address, Address.person_id, Address.id).where(
        Address.index.in_(keys)
    )
    found = (await session.execute(query)).all()
    return {f"{channel}:{address}": (person, row) for channel, address, person, row in found}


async def _create(
    session: AsyncSession, senders: Sequence[Inbound], now: datetime
) -> dict[str, Home]:
    people = list(
        await session.scalars(
            insert(Person).returning(Person.id, sort_by_parameter_order=True),
            [_person(s, now) for s in senders],
        )
    )
    rows = [_address(sender, person, now) for sender, person in zip(senders, people, strict=True)]
    adding = _insert(session, Address).on_conflict_do_nothing().returning(Address.person_id)
    used = set((await session.execute(adding, rows)).scalars())
    if lost := [person for person in people if person not in used]:  # another process was quicker
        await session.execute(delete(Person).where(Person.id.in_(lost)))
    return await _find(session, [index(sender) for sender in senders])


def _person(sender: Inbound, now: datetime) -> Row:
    phone = sender.phone or None
    language = sender.language or "ar"
    return {"created_at": now, "language": language, "phone": phone, "phone_index": phone}


def _address(sender: Inbound, person_id: int, now: datetime) -> Row:
    return {
        "person_id": person_id,
        "channel": sender.channel,
        "form": sender.form,
        "address": sender.address,
        "address_index": index(sender),
        "region": text.country_of_number(sender.address) if sender.channel is Channel.SMS else None,
        "created_at": now,
    }


async def _stop_or_go(
    session: AsyncSession, messages: Sequence[Inbound], homes: dict[str, Home], now: datetime
) -> None:
    """Whoever blocked us is written to no more; whoever blocked us and writes again is."""
    stops = {
        homes[index(message)][1]: message.kind is Kind.BLOCKED for message in messages
    }  # the last one counts
    stopped = select(Address.id, Address.stop_reason).where(
        Address.id.in_(stops), Address.stopped_at.is_not(None)
    )
    before = {row.id: row.stop_reason for row in await session.execute(stopped)}
    for row_id, stop in sorted(stops.items()):
        if stop and row_id not in before:
            await _set_stop(session, row_id, now, BLOCKED)
        if not stop and before.get(row_id) == BLOCKED:
            await _set_stop(session, row_id, None, None)


async def _set_stop(
    session: AsyncSession, row_id: int, at: datetime | None, reason: str | None
) -> None:
    await session.execute(
        update(Address).where(Address.id == row_id).values(stopped_at=at, stop_reason=reason)
    )


# Messages.


async def _insert_messages(
    session: AsyncSession, messages: Sequence[Inbound], homes: dict[str, Home], now: datetime
) -> set[tuple[str, str]]:
    """Which (channel, provider id) are new."""
    rows = [_message(message, homes[index(message)], now) for message in messages]
    adding = _insert(session, InboundMessage).on_conflict_do_nothing()
    returning = adding.returning(InboundMessage.channel, InboundMessage.provider_id)
    return {
        (channel, provider_id)
        for channel, provider_id in (await session.execute(returning, rows)).all()
    }


def _message(message: Inbound, home: Home, now: datetime) -> Row:
    return {
        "channel": message.channel,
        "provider_id": message.provider_id,
        "person_id": home[0],
        "address_id": home[1],
        "content": message.to_json(),
        "received_at": now,
    }


def _insert(session: AsyncSession, table: Any) -> Any:
    """INSERT that knows ON CONFLICT; both databases spell it the same, SQLAlchemy has one class for each.

    On the table itself, not the mapped class: no object is made of the row.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table.__table__)
