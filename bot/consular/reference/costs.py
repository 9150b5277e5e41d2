"""What SMS cost, by the country of the number, and the replies that no budget had room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.reference import prices
from bot.models import SmsTallyKind
from bot.outbox import tallies
from bot.outbox.tallies import REFUSED_KINDS, SENT_KINDS, Tally


@dataclass(slots=True)
class Cost:
    """Parts that left, and millionths of a dollar at today's prices."""

    parts: int = 0
    micros: int = 0

    def add(self, parts: int, micros: int) -> None:
        """Add what somebody was sent."""
        self.parts += parts
        self.micros += micros


@dataclass(slots=True)
class Refused:
    """Turns without their reply, and the parts that it would have had."""

    replies: int = 0
    parts: int = 0

    def add(self, replies: int, parts: int) -> None:
        """Add what somebody was not sent."""
        self.replies += replies
        self.parts += parts


@dataclass(frozen=True, slots=True)
class Bill:
    """What a span of days cost: by country, in all, and what it did not, by reason."""

    by_country: dict[str, Cost]
    total: Cost
    by_reason: dict[SmsTallyKind, Refused]

    @property
    def refused(self) -> int:
        """Return how many turns had no reply."""
        return sum(refused.replies for refused in self.by_reason.values())


async def today(session: AsyncSession, now: datetime) -> Bill:
    """Return the bill of the day (UTC)."""
    return await _since(session, now.astimezone(UTC).date())


async def this_month(session: AsyncSession, now: datetime) -> Bill:
    """Return the bill of the month (UTC)."""
    return await _since(session, now.astimezone(UTC).date().replace(day=1))


async def _since(session: AsyncSession, day: date) -> Bill:
    counted = await tallies.since(session, day)
    table = await prices.table(session)
    bill = Bill({}, Cost(), {})
    for tally in counted:
        if tally.kind in SENT_KINDS:
            micros = tally.parts * prices.of(table, tally.country)
            bill.by_country.setdefault(tally.country, Cost()).add(tally.parts, micros)
            bill.total.add(tally.parts, micros)
    _add_refused(bill, counted)
    return bill


def _add_refused(bill: Bill, counted: Sequence[Tally]) -> None:
    for tally in counted:
        if tally.kind in REFUSED_KINDS:
            refused = bill.by_reason.setdefault(tally.kind, Refused())
            refused.add(tally.messages, tally.parts)
