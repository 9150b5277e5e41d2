"""Those whom an advisory did not reach: a list to call by telephone. Every look at it is written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.staff import roles
from bot.messages import Channel
from bot.models import Address, Advisory, OutboundMessage, OutboundState, Person, Role, Staff
from bot.outbox import DOUBT_REASONS

PAGE = 50  # people
SLICE = 500  # people of the file at once

_NEVER = (OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL)
_WITHDRAWN = (
    "cancelled",
    "stopped",
    *DOUBT_REASONS,
)  # dropped on purpose, or wished so by the person: nobody to call


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody to call. `phone` is None where no number is known; `why` is a key of `results.REASONS`."""

    person_id: int
    name: str | None
    phone: str | None
    country: str | None
    city: str | None
    placed_at: datetime | None
    language: str
    why: str


async def count(session: AsyncSession, staff: Staff, advisory: Advisory) -> int:
    """How many there are, of those this account looks after. Raises ConsularError."""
    return await session.scalar(_of(staff, advisory, func.count())) or 0


async def page(
    session: AsyncSession, staff: Staff, advisory: Advisory, number: int
) -> list[Unreached]:
    """One page of the list (the first is 1), by country. Raises ConsularError."""
    query = _of(staff, advisory, *_COLUMNS)
    ordered = (
        query.order_by(Person.country.nulls_last(), Person.id)
        .limit(PAGE)
        .offset((max(1, number) - 1) * PAGE)
    )
    return await _people(session, (await session.execute(ordered)).all())


async def after(
    session: AsyncSession, staff: Staff, advisory: Advisory, person_id: int
) -> list[Unreached]:
    """The next slice of the whole list by the number of the person; empty at its end. Raises ConsularError."""
    query = _of(staff, advisory, *_COLUMNS)
    ordered = (
        query.where(OutboundMessage.person_id > person_id)
        .order_by(OutboundMessage.person_id)
        .limit(SLICE)
    )
    return await _people(session, (await session.execute(ordered)).all())


async def looked(
    session: AsyncSession, staff: Staff, advisory: Advisory, how: str, people: int, now: datetime
) -> None:
    """Writes down that somebody saw (`viewed`) or took away (`downloaded`) so many people of the list."""
    await trail.note(
        session,
        roles.actor(staff),
        f"unreached.{how}",
        f"advisory:{advisory.id}",
        now,
        people=people,
    )


_COLUMNS = (
    Person.id,
    Person.name,
    Person.phone,
    Person.country,
    Person.city,
    Person.placed_at,
    Person.language,
    OutboundMessage.state,
    OutboundMessage.reason,
)


def _of(staff: Staff, advisory: Advisory, *columns: Any) -> Select[Any]:
    """Columns of those it did not reach and who are this account's business. Raises ConsularError."""
    roles.require(staff, "people")
    row = OutboundMessage
    refused = and_(
        row.state == OutboundState.DROPPED, row.reason.not_in(_WITHDRAWN)
    )  # their address was closed
    failed = (row.broadcast_id == advisory.broadcast_id, or_(row.state.in_(_NEVER), refused))
    reachable = (Person.forgotten_at.is_(None), Person.stopped_at.is_(None))
    query = (
        select(*columns)
        .select_from(row)
        .join(Person, Person.id == row.person_id)
        .where(*failed, *reachable)
    )
    return (
        query.where(Person.country == staff.post_country)
        if staff.role is Role.POST_OFFICER
        else query
    )


async def _people(session: AsyncSession, rows: Iterable[Any]) -> list[Unreached]:
    found = list(rows)
    ways = await _ways(session, [row.id for row in found])
    return [_unreached(row, ways[row.id]) for row in found]


async def _ways(session: AsyncSession, people: list[int]) -> dict[int, list[Any]]:
    """All addresses of these people, closed ones too: a number that takes no SMS may still ring."""
    ways: dict[int, list[Any]] = defaultdict(list)
    columns = (Address.person_id, Address.channel, Address.address, Address.stop_reason)
    for row in await session.execute(
        select(*columns).where(Address.person_id.in_(people)).order_by(Address.id)
    ):
        ways[row.person_id].append(row)
    return ways


def _unreached(row: Any, ways: list[Any]) -> Unreached:
    number = next((way.address for way in ways if way.channel is Channel.SMS), None)
    closed = max((way.stop_reason for way in ways if way.stop_reason), default="no_address")
    why = closed if row.state is OutboundState.NO_CHANNEL else row.reason or "unknown"
    return Unreached(
        row.id,
        row.name,
        row.phone or number,
        row.country,
        row.city,
        row.placed_at,
        row.language,
        why,
    )
