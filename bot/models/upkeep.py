"""What the line costs and what it forgets: budgets of replies, counts of SMS, retention runs."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BlindIndex, Country, RowId, enum_column


class BudgetScope(StrEnum):
    """Who shares a budget of replies."""

    NUMBER = "number"
    BLOCK = "block"  # numbers that differ in their last digits alone
    COUNTRY = "country"
    ALL = "all"


class ReplySpending(Base):
    """The replies by SMS that somebody, or a group of numbers, got within an hour.

    `cries` are those that answered a cry for help beyond the budget, `refused` the turns without a
    reply. `told_at` is when a number was told that we go on reading.
    """

    __tablename__ = "reply_spendings"

    id: Mapped[RowId]
    scope: Mapped[BudgetScope] = mapped_column(
        enum_column(BudgetScope),
    )
    key: Mapped[str] = mapped_column(
        "scope_key",
        BlindIndex("reply budget"),
    )
    began_at: Mapped[datetime] = mapped_column(index=True)
    parts: Mapped[int] = mapped_column(default=0)
    cries: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("scope", "scope_key"),)


class SmsTallyKind(StrEnum):
    """What was counted: SMS that left, or replies that did not, by the reason."""

    REPLY = "reply"
    BROADCAST = "broadcast"
    DEAR = "dear"  # a premium or satellite number, which gets no reply
    NUMBER = "number"
    BLOCK = "block"
    COUNTRY = "country"
    ALL = "all"


class SmsTally(Base):
    """How many SMS of a kind there were on a day (UTC), by the country of the number.

    `country` is empty for a number of no country. It names nobody, so it stays.
    """

    __tablename__ = "sms_tallies"

    day: Mapped[date] = mapped_column(primary_key=True)
    country: Mapped[Country] = mapped_column(primary_key=True)
    kind: Mapped[SmsTallyKind] = mapped_column(
        enum_column(SmsTallyKind),
        primary_key=True,
    )
    messages: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int] = mapped_column(default=0)


class RetentionRun(Base):
    """A run of the retention: when, and how many rows of each rule it removed."""

    __tablename__ = "retention_runs"

    id: Mapped[RowId]
    at: Mapped[datetime] = mapped_column(index=True)
    counts: Mapped[dict[str, Any]]
