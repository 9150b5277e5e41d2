"""How a broadcast went in time: how many had left, were delivered or had failed after how many seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Integer, cast, func, literal, select, union_all
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Advisory, AdvisoryState, Broadcast, OutboundMessage, OutboundState

POINTS = 120  # of a curve at most
SLOTS = 10_000  # the database counts in slots of time; one is a second until there would be more than this
MOST = 0.99  # of all that happened: a receipt that comes days later must not flatten the curve

SENT, DELIVERED, FAILED = "sent", "delivered", "failed"
_ENDS = {
    OutboundState.DELIVERED: DELIVERED,
    OutboundState.READ: DELIVERED,
    OutboundState.FAILED: FAILED,
}

Slots = dict[str, Counter[int]]  # people by slot, for each of the three


class Point(NamedTuple):
    """Up to this second of a broadcast, so many people."""

    seconds: int
    sent: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class Course:
    """`sent_50` is the seconds after which half of those who can be reached had theirs handed to the network.

    None: not (yet). `delivered_…` goes by receipts, which Telegram does not give. At most 120 points, from 0 to the
    last thing that happened; `most` is the second by which nearly all of it had.
    """

    begun_at: datetime | None = None
    sent_50: int | None = None
    sent_95: int | None = None
    delivered_50: int | None = None
    delivered_95: int | None = None
    points: Sequence[Point] = ()
    most: int = 0


async def of(
    session: AsyncSession, broadcast: Broadcast, people: int, last: datetime | None
) -> Course:
    """The course for the `people` it went out to first and who can be reached; `last` is when something last happened.

    The times wait for the whole fan-out: before it, nobody knows how many half of them are.
    """
    if last is None:
        return Course(broadcast.starts_at)
    width = max(1, ceil(((last - broadcast.starts_at).total_seconds() + 1) / SLOTS))
    slots: Slots = {SENT: Counter(), DELIVERED: Counter(), FAILED: Counter()}
    for what, slot, count in await session.execute(_query(session, broadcast, width)):
        slots[what][max(0, slot)] += count
    everyone = people if broadcast.fanned_out_at else 0
    half, nearly = ceil(everyone / 2), ceil(0.95 * everyone)
    most = _most(slots)
    return Course(
        broadcast.starts_at,
        sent_50=_reached(slots[SENT], half, width),
        sent_95=_reached(slots[SENT], nearly, width),
        delivered_50=_reached(slots[DELIVERED], half, width),
        delivered_95=_reached(slots[DELIVERED], nearly, width),
        points=_points(slots, most, width),
        most=(most + 1) * width,
    )


async def firsts(session: AsyncSession, advisory_ids: Sequence[int]) -> list[float]:
    """Seconds from when each of these might go out to its first message; only of those that are all sent."""
    query = (
        select(
            Broadcast.starts_at,
            func.min(OutboundMessage.sent_at, type_=OutboundMessage.sent_at.type),
        )
        .join(Advisory, Advisory.broadcast_id == Broadcast.id)
        .join(OutboundMessage, OutboundMessage.broadcast_id == Broadcast.id)
        .where(Advisory.id.in_(advisory_ids), Advisory.state == AdvisoryState.SENT)
        .where(OutboundMessage.sent_at.is_not(None))
        .group_by(Broadcast.id, Broadcast.starts_at)
    )
    rows = await session.execute(query)
    return [max(0.0, (first - starts_at).total_seconds()) for starts_at, first in rows if first]


def _query(session: AsyncSession, broadcast: Broadcast, width: int) -> Any:
    """Rows of (what, slot, people), of those it went out to at first."""
    row = OutboundMessage
    mine = [row.broadcast_id == broadcast.id]
    if broadcast.fanned_out_at:
        mine.append(row.created_at <= broadcast.fanned_out_at)
    begun, is_postgresql = (
        int(broadcast.starts_at.timestamp()),
        session.get_bind().dialect.name == "postgresql",
    )
    left = (
        literal(SENT).label("what"),
        ((_second(row.sent_at, is_postgresql) - begun) // width).label("slot"),
    )
    end = sql_case(dict(_ENDS), value=row.state)
    ended = (
        end.label("what"),
        ((_second(row.finished_at, is_postgresql) - begun) // width).label("slot"),
    )
    return union_all(
        select(*left, func.count()).where(*mine, row.sent_at.is_not(None)).group_by("slot"),
        select(*ended, func.count())
        .where(*mine, row.state.in_(_ENDS), row.finished_at.is_not(None))
        .group_by("what", "slot"),
    )


def _second(column: Any, is_postgresql: bool) -> ColumnElement[int]:
    """The whole second of a time, in Unix time. PostgreSQL would round it, and is quick with doubles alone."""
    if is_postgresql:
        return cast(func.floor(func.date_part("epoch", column)), BigInteger)
    return cast(func.strftime("%s", column), Integer)


def _reached(slots: Counter[int], wanted: int, width: int) -> int | None:
    """Seconds within which so many people were there."""
    there = 0
    for slot in sorted(slots):
        there += slots[slot]
        if there >= wanted > 0:
            return (slot + 1) * width
    return None


def _most(slots: Slots) -> int:
    """The slot by which nearly all of it had happened."""
    together: Counter[int] = sum(slots.values(), Counter())
    wanted, there = MOST * together.total(), 0
    for slot in sorted(together):
        there += together[slot]
        if there >= wanted:
            return slot
    return 0


def _points(slots: Slots, most: int, width: int) -> list[Point]:
    """From nothing in even steps to where nearly all had happened, and then the end of all."""
    last = max((slot for some in slots.values() for slot in some), default=0)
    step = ceil((most + 1) / (POINTS - 2))
    ends = [*range(step, most + step + 1, step), last + 1]
    ends = sorted({end for end in ends if end <= last + 1})
    columns = [_cumulated(slots[what], ends) for what in (SENT, DELIVERED, FAILED)]
    rows = zip(ends, *columns, strict=True)
    return [Point(0, 0, 0, 0), *(Point(end * width, *there) for end, *there in rows)]


def _cumulated(slots: Counter[int], ends: Sequence[int]) -> list[int]:
    """People before the end of each of these slots."""
    found, there, ahead = [], 0, iter(sorted(slots.items()))
    slot, people = next(ahead, (None, 0))
    for end in ends:
        while slot is not None and slot < end:
            there += people
            slot, people = next(ahead, (None, 0))
        found.append(there)
    return found
