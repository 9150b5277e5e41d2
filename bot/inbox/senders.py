"""People and addresses of senders: found by address, or made for a sender not seen before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel, Inbound, Kind
from bot.models import Address, NumberEnding, Person, binding, closures, holding
from bot.models.upserts import insert_into
from bot.text import numbers, text

DEFAULT_LANGUAGE = "ar"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sender:
    """The ids of a sender's person and address."""

    person_id: int
    address_id: int


Senders = dict[str, Sender]  # by `index`


def index(message: Inbound) -> str:
    """Return the plain value of `Address.index` for the sender of a message."""
    return f"{message.channel}:{message.address}"


async def find_or_make(
    session: AsyncSession,
    messages: Sequence[Inbound],
    now: datetime,
) -> Senders:
    """Find the person and address of every sender, made where there is none.

    Other processes may make the same sender at the same time.
    """
    by_index = {index(message): message for message in messages}
    senders = await _find(session, by_index)
    # In one order everywhere, so that two batches cannot deadlock.
    missing = sorted(by_index.keys() - senders.keys())
    if missing and await holding.hold(session, missing):
        senders |= await _find(session, missing)
        missing = sorted(by_index.keys() - senders.keys())
    if missing:
        newcomers = [by_index[key] for key in missing]
        senders |= await _make(
            session,
            newcomers,
            now,
        )
    return senders


async def _find(session: AsyncSession, indexes: Iterable[str]) -> Senders:
    query = select(
        Address.channel,
        Address.address,
        Address.person_id,
        Address.id,
    )
    query = query.where(Address.index.in_(indexes))
    rows = await session.execute(query)
    senders = {}
    for channel, address, person_id, address_id in rows:
        senders[f"{channel}:{address}"] = Sender(person_id, address_id)
    return senders


async def _make(
    session: AsyncSession,
    newcomers: Sequence[Inbound],
    now: datetime,
) -> Senders:
    person_ids = await _insert_people(
        session,
        newcomers,
        now,
    )
    rows = []
    for message, person_id in zip(newcomers, person_ids, strict=True):
        address = _address(message, person_id, now)
        rows.append(address)
    used = await _insert_addresses(session, binding.bound_rows(Address, rows))
    await _insert_endings(
        session,
        newcomers,
        person_ids,
    )
    await _delete_unused(
        session,
        person_ids,
        used,
    )
    indexes = [index(message) for message in newcomers]
    return await _find(session, indexes)


async def _insert_people(
    session: AsyncSession,
    newcomers: Sequence[Inbound],
    now: datetime,
) -> list[int]:
    rows = binding.bound_rows(Person, [_person(message, now) for message in newcomers])
    adding = insert(Person).returning(Person.id, sort_by_parameter_order=True)
    return list(await session.scalars(adding, rows))


async def _insert_addresses(session: AsyncSession, rows: list[Row]) -> set[int]:
    """Insert addresses that no other process made; return the people who got one."""
    adding = insert_into(session, Address).on_conflict_do_nothing()
    added = await session.execute(adding.returning(Address.person_id), rows)
    return set(added.scalars())


async def _insert_endings(
    session: AsyncSession,
    newcomers: Sequence[Inbound],
    person_ids: Sequence[int],
) -> None:
    """Insert the last digits of the numbers of new people, for the search."""
    rows: list[Row] = []
    for message, person_id in zip(newcomers, person_ids, strict=True):
        number = message.phone or _number(message)
        for ending in sorted(numbers.endings(number)):
            rows.append({"person_id": person_id, "ending": ending})
    if rows:
        await session.execute(insert(NumberEnding), rows)


def _number(message: Inbound) -> str:
    """Return the number of the sender's address; empty on Telegram, where there is none."""
    if message.channel is Channel.TELEGRAM:
        return ""
    return message.address.rpartition(":")[2]


async def _delete_unused(
    session: AsyncSession,
    person_ids: Sequence[int],
    used: set[int],
) -> None:
    """Delete people whose address another process made a moment earlier."""
    unused = [person_id for person_id in person_ids if person_id not in used]
    if unused:
        await session.execute(delete(Person).where(Person.id.in_(unused)))


def _person(message: Inbound, now: datetime) -> Row:
    return {
        "created_at": now,
        "language": message.language or DEFAULT_LANGUAGE,
        "phone": message.phone or None,
    }


def _address(
    message: Inbound,
    person_id: int,
    now: datetime,
) -> Row:
    is_sms = message.channel is Channel.SMS
    return {
        "person_id": person_id,
        "channel": message.channel,
        "form": message.form,
        "address": message.address,
        "address_index": index(message),
        "region": text.country_of_number(message.address) if is_sms else None,
        "created_at": now,
    }


async def stop_or_start(
    session: AsyncSession,
    messages: Sequence[Inbound],
    senders: Senders,
    now: datetime,
) -> None:
    """Close the addresses of those who blocked us; open those whose people write."""
    has_blocked = {}
    for message in messages:  # the last message of an address counts
        address_id = senders[index(message)].address_id
        has_blocked[address_id] = message.kind is Kind.BLOCKED
    closed_ids = await _closed_ids(session, has_blocked)
    written_from = []
    for address_id, is_blocking in sorted(has_blocked.items()):
        if is_blocking:
            await session.execute(closures.closing(address_id, closures.BLOCKED, now))
        elif address_id in closed_ids:
            written_from.append(address_id)
    if written_from:
        await session.execute(closures.opening_by_writing(written_from))


async def _closed_ids(session: AsyncSession, address_ids: Iterable[int]) -> set[int]:
    """Look up which of these addresses are closed: nearly always none."""
    query = select(Address.id).where(Address.id.in_(address_ids), ~closures.is_open())
    return set(await session.scalars(query))
