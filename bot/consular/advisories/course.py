"""How a broadcast went in time: how many had left, arrived or failed after how many seconds."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Advisory, AdvisoryState, Broadcast, OutboundMessage, OutboundState

MAX_POINTS = 120  # of a curve
MAX_SLOTS = 10_000  # of time, which the database counts in; one is a second while they suffice
CURVE_SHARE = 0.99  # of all that happened: a receipt days later must not flatten the curve

SENT, DELIVERED, FAILED = "sent", "delivered", "failed"
_ENDS = {
    OutboundState.DELIVERED: DELIVERED,
    OutboundState.READ: DELIVERED,
    OutboundState.FAILED: FAILED,
}

Slots = Counter[int]  # people by slot


class Point(NamedTuple):
    """How many people each event had happened to up to this second of a broadcast."""

    seconds: int
    sent: int
    delivered: int
    failed: int


@dataclass(frozen=True, slots=True)
class Course:
    """Seconds until half (`sent_50`) or 95 of 100 had theirs handed to the network; the curve.

    None: not (yet). `delivered_…` goes by receipts, which Telegram does not give. The curve has at
    most 120 points, from 0 to the last event; by `most` seconds nearly all had happened.
    """

    begun_at: datetime | None = None
    sent_50: int | None = None
    sent_95: int | None = None
    delivered_50: int | None = None
    delivered_95: int | None = None
    points: Sequence[Point] = ()
    most: int = 0


async def of(
    session: AsyncSession,
    broadcast: Broadcast,
    people: int,
    last: datetime | None,
) -> Course:
    """Measure the first fan-out of a broadcast to so many reachable `people`.

    `last` is when the last event happened. Shares wait for the whole fan-out: before it, nobody
    knows how many half of them are.
    """
    if last is None:
        return Course(broadcast.starts_at)
    seconds = (last - broadcast.starts_at).total_seconds()
    width = max(1, ceil((seconds + 1) / MAX_SLOTS))
    slots = await _slots(session, broadcast, width)
    everyone = people if broadcast.fanned_out_at else 0
    half, nearly_all = ceil(0.5 * everyone), ceil(0.95 * everyone)
    most = _slot_of_most(slots)
    return Course(
        broadcast.starts_at,
        sent_50=_seconds_to(slots[SENT], half, width),
        sent_95=_seconds_to(slots[SENT], nearly_all, width),
        delivered_50=_seconds_to(slots[DELIVERED], half, width),
        delivered_95=_seconds_to(slots[DELIVERED], nearly_all, width),
        points=_points(slots, most, width),
        most=(most + 1) * width,
    )


async def firsts(session: AsyncSession, advisory_ids: Sequence[int]) -> list[float]:
    """Return the seconds until the first message of each advisory that is all sent left."""
    first_sent_at = func.min(OutboundMessage.sent_at, type_=OutboundMessage.sent_at.type)
    query = (
        select(Broadcast.starts_at, first_sent_at)
        .join(Advisory, Advisory.broadcast_id == Broadcast.id)
        .join(OutboundMessage, OutboundMessage.broadcast_id == Broadcast.id)
        .where(
            Advisory.id.in_(advisory_ids),
            Advisory.state == AdvisoryState.SENT,
            OutboundMessage.sent_at.is_not(None),
        )
        .group_by(Broadcast.id, Broadcast.starts_at)
    )
    seconds: list[float] = []
    for starts_at, sent_at in await session.execute(query):
        if sent_at is not None:
            seconds.append(max(0.0, (sent_at - starts_at).total_seconds()))
    return seconds


async def _slots(session: AsyncSession, broadcast: Broadcast, width: int) -> dict[str, Slots]:
    """Count people by event and slot of so many seconds."""
    counter = _Counter(broadcast, width, session.get_bind().dialect.name == "postgresql")
    slots: dict[str, Slots] = {SENT: Counter(), DELIVERED: Counter(), FAILED: Counter()}
    for event, slot, people in await session.execute(counter.query()):
        slots[event][max(0, slot)] += people
    return slots


@dataclass(frozen=True, slots=True)
class _Counter:
    """The query for (event, slot, people), of those the broadcast went out to at first."""

    broadcast: Broadcast
    width: int
    is_postgresql: bool

    def query(self) -> CompoundSelect[Any]:
        """Select both kinds of events."""
        return union_all(self._departures(), self._ends())

    def _departures(self) -> Select[Any]:
        """Select the messages that were handed to the network."""
        slot = self._slot(OutboundMessage.sent_at)
        return (
            select(literal(SENT).label("event"), slot, func.count())
            .where(*self._at_first(), OutboundMessage.sent_at.is_not(None))
            .group_by("slot")
        )

    def _ends(self) -> Select[Any]:
        """Select the messages that were delivered or that failed."""
        event = sql_case(dict(_ENDS), value=OutboundMessage.state).label("event")
        slot = self._slot(OutboundMessage.finished_at)
        has_ended = (
            OutboundMessage.state.in_(_ENDS),
            OutboundMessage.finished_at.is_not(None),
        )
        return (
            select(event, slot, func.count())
            .where(*self._at_first(), *has_ended)
            .group_by("event", "slot")
        )

    def _at_first(self) -> list[ColumnElement[bool]]:
        conditions = [OutboundMessage.broadcast_id == self.broadcast.id]
        if self.broadcast.fanned_out_at:
            conditions.append(OutboundMessage.created_at <= self.broadcast.fanned_out_at)
        return conditions

    def _slot(self, column: Any) -> Any:
        begin = int(self.broadcast.starts_at.timestamp())
        return ((self._second(column) - begin) // self.width).label("slot")

    def _second(self, column: Any) -> ColumnElement[int]:
        """Return the whole second of a time, in Unix time.

        PostgreSQL would round it, and is quick with doubles alone.
        """
        if self.is_postgresql:
            return cast(func.floor(func.date_part("epoch", column)), BigInteger)
        return cast(func.strftime("%s", column), Integer)


def _seconds_to(slots: Slots, people: int, width: int) -> int | None:
    """Return the seconds within which an event had happened to so many people."""
    total = 0
    for slot in sorted(slots):
        total += slots[slot]
        if total >= people > 0:
            return (slot + 1) * width
    return None


def _slot_of_most(slots: dict[str, Slots]) -> int:
    """Return the slot by which nearly every event had happened."""
    together: Slots = sum(slots.values(), Counter())
    threshold = CURVE_SHARE * together.total()
    total = 0
    for slot in sorted(together):
        total += together[slot]
        if total >= threshold:
            return slot
    return 0


def _points(slots: dict[str, Slots], most: int, width: int) -> list[Point]:
    """Return the curve: even steps to where nearly all had happened, then the end."""
    ends = _ends_of_steps(slots, most)
    sent = _running_totals(slots[SENT], ends)
    delivered = _running_totals(slots[DELIVERED], ends)
    failed = _running_totals(slots[FAILED], ends)
    points = [Point(0, 0, 0, 0)]
    for end, *totals in zip(
        ends,
        sent,
        delivered,
        failed,
        strict=True,
    ):
        points.append(Point(end * width, *totals))
    return points


def _ends_of_steps(slots: dict[str, Slots], most: int) -> list[int]:
    last = max((max(counts, default=0) for counts in slots.values()), default=0)
    step = ceil((most + 1) / (MAX_POINTS - 2))
    ends = {last + 1}
    for end in range(step, most + step + 1, step):
        ends.add(min(end, last + 1))
    return sorted(ends)


def _running_totals(slots: Slots, ends: Sequence[int]) -> list[int]:
    """Count the people before the end of each step."""
    totals: list[int] = []
    total = 0
    ahead = deque(sorted(slots.items()))
    for end in ends:
        while ahead and ahead[0][0] < end:
            _slot, people = ahead.popleft()
            total += people
        totals.append(total)
    return totals
