"""What "is this from you?" is answered from, and what is counted of the asking: nobody's name."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.types import BigId, enum_column

NO_BROADCAST = 0  # of a text that is none of ours


class TextOutcome(StrEnum):
    """What a text turned out to be that somebody showed us."""

    CURRENT = "current"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CHANGED = "changed"  # like one of ours, but a number, link, date, place or "not" differs
    UNKNOWN = "unknown"  # not ours


class Passage(Base):
    """Three words in a row of a broadcast, as a hash: by them a copy of it is found."""

    __tablename__ = "passages"

    shingle: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    )


class Verification(Base):
    """How often it was asked on a day (UTC) whether a text is ours, by what it turned out to be.

    `broadcast_id` is the broadcast that it is, or was like; NO_BROADCAST for none.
    """

    __tablename__ = "verifications"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    outcome: Mapped[TextOutcome] = mapped_column(enum_column(TextOutcome), primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    asked: Mapped[int]
