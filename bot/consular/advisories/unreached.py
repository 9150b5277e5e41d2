"""Those whom an advisory did not reach: a list to call by telephone, each look at it audited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audit import lists
from bot.consular.staff import roles
from bot.messages import Channel
from bot.models import (
    Address,
    Advisory,
    OutboundMessage,
    OutboundState,
    Person,
    Staff,
    closures,
)
from bot.outbox import DOUBT_REASONS

PAGE_PEOPLE = 50
SLICE_PEOPLE = 500  # of the file at once

UNSENT = (OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL)
# Dropped on purpose, or as the person wished, or perhaps arrived: nobody to call.
SETTLED_REASONS = ("cancelled", "stopped", "answered", *DOUBT_REASONS)


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody to call; `why` is a key of `results.REASONS`."""

    person_id: int
    name: str | None
    phone: str | None  # None: no number is known
    country: str | None
    city: str | None
    place_words: str | None  # for a place that no gazetteer knows
    placed_at: datetime | None
    language: str
    why: str


async def count(session: AsyncSession, staff: Staff, advisory: Advisory) -> int:
    """Count those whom this account looks after. Raises ConsularError."""
    return await session.scalar(_unreached(staff, advisory, func.count())) or 0


async def everybody(session: AsyncSession, staff: Staff, advisory: Advisory) -> list[int]:
    """Return the ids of all whom this account looks after. Raises ConsularError."""
    return list(await session.scalars(_unreached(staff, advisory, Person.id)))


async def page(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    number: int,
) -> list[Unreached]:
    """Return one page of the list (the first is 1), by country. Raises ConsularError."""
    query = (
        _unreached(staff, advisory, *_COLUMNS)
        .order_by(Person.country.nulls_last(), Person.id)
        .limit(PAGE_PEOPLE)
        .offset((max(1, number) - 1) * PAGE_PEOPLE)
    )
    return await _list(session, query)


async def after(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    person_id: int,
) -> list[Unreached]:
    """Return the slice of the whole list after a person; empty at its end. Raises ConsularError."""
    query = (
        _unreached(staff, advisory, *_COLUMNS)
        .where(OutboundMessage.person_id > person_id)
        .order_by(OutboundMessage.person_id)
        .limit(SLICE_PEOPLE)
    )
    return await _list(session, query)


async def note_look(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    how: str,
    person_ids: Sequence[int],
    now: datetime,
) -> None:
    """Note that somebody saw (`viewed`) or took away (`downloaded`) these people of the list."""
    await lists.note(
        session,
        roles.actor(staff),
        f"unreached.{how}",
        f"advisory:{advisory.id}",
        now,
        person_ids,
        people=len(person_ids),
    )


_COLUMNS = (
    Person.id,
    Person.name,
    Person.phone,
    Person.country,
    Person.city,
    Person.place_words,
    Person.placed_at,
    Person.language,
    OutboundMessage.state,
    OutboundMessage.reason,
)


def _unreached(staff: Staff, advisory: Advisory, *columns: Any) -> Select[Any]:
    """Select columns of those it did not reach, of this account's people. Raises ConsularError."""
    roles.require(staff, "people")
    query = (
        select(*columns)
        .select_from(OutboundMessage)
        .join(Person, Person.id == OutboundMessage.person_id)
        .where(
            OutboundMessage.broadcast_id == advisory.broadcast_id,
            _did_not_arrive(),
            Person.forgotten_at.is_(None),
            closures.wants_broadcasts(),
        )
    )
    covered = roles.countries(staff)
    if covered is not None:
        query = query.where(Person.country.in_(covered))
    return query


def _did_not_arrive() -> ColumnElement[bool]:
    """Match what was never sent, what was dropped because an address was closed, what waits."""
    has_closed_address = and_(
        OutboundMessage.state == OutboundState.DROPPED,
        OutboundMessage.reason.not_in(SETTLED_REASONS),
    )
    is_unsent = OutboundMessage.state.in_(UNSENT)
    return or_(is_unsent, has_closed_address, outbox.waits_for_phone())


async def _list(session: AsyncSession, query: Select[Any]) -> list[Unreached]:
    people = (await session.execute(query)).all()
    addresses = await _addresses(session, [person.id for person in people])
    return [_to_call(person, addresses.get(person.id, [])) for person in people]


async def _addresses(session: AsyncSession, person_ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """Return all addresses, closed ones too: a number that takes no SMS may still ring."""
    columns = (Address.person_id, Address.channel, Address.address, Address.stop_reason)
    query = select(*columns).where(Address.person_id.in_(person_ids)).order_by(Address.id)
    addresses: dict[int, list[Any]] = defaultdict(list)
    for address in await session.execute(query):
        addresses[address.person_id].append(address)
    return addresses


def _to_call(person: Any, addresses: Iterable[Any]) -> Unreached:
    numbers = [address.address for address in addresses if address.channel is Channel.SMS]
    return Unreached(
        person_id=person.id,
        name=person.name,
        phone=person.phone or next(iter(numbers), None),
        country=person.country,
        city=person.city,
        place_words=person.place_words,
        placed_at=person.placed_at,
        language=person.language,
        why=_reason(person, addresses),
    )


def _reason(person: Any, addresses: Iterable[Any]) -> str:
    """Say why the message did not arrive or, without a channel, what closed the last address."""
    if person.reason:
        return str(person.reason)
    if person.state is not OutboundState.NO_CHANNEL:
        return "unknown"
    closings = [address.stop_reason for address in addresses if address.stop_reason]
    return max(closings, default="no_address")
