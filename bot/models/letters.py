"""Letters between officers and the people of cases, and texts that are ready to be sent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import BigId, Encrypted, RowId, enum_column


class LetterDirection(StrEnum):
    """Who wrote a letter: an officer (out), or the person (in)."""

    OUT = "out"
    IN = "in"


class CaseLetter(RowKeyed, Base):
    """What an officer and the person of a case wrote to each other. `staff_id` is the officer's.

    `outbound_id` is the message that carries it: its state says whether the letter arrived.
    `read_at` is when staff read it; their own letters are read at once.
    """

    __tablename__ = "case_letters"

    id: Mapped[RowId]
    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"),
        index=True,
    )
    direction: Mapped[LetterDirection] = mapped_column(
        enum_column(LetterDirection),
    )
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(BigId)  # an account's number
    language: Mapped[str] = mapped_column(String(2))
    words: Mapped[str] = mapped_column(
        Encrypted("case_letters.words"),
    )
    outbound_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbound_messages.id", ondelete="SET NULL"),
        index=True,
    )
    read_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_case_letters_unread",
            "case_id",
            postgresql_where=text("read_at IS NULL"),
            sqlite_where=text("read_at IS NULL"),
        ),
    )


class ReadyReply(Base):
    """A short text for letters, with gaps such as `{phone}`, in every language.

    A retired one is offered no more.
    """

    __tablename__ = "ready_replies"

    id: Mapped[RowId]
    texts: Mapped[dict[str, str]]  # by language
    saved_at: Mapped[datetime]
    saved_by: Mapped[int | None] = mapped_column(BigId)  # an account's number; None: it came along
    retired_at: Mapped[datetime | None]
