"""Records of one person: merges that can be undone, people who are two, codes that join."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import BigId, BlindIndex, Encrypted, EncryptedJSON, RowId, enum_column


class Merge(RowKeyed, Base):
    """A record that became part of another one. While `parts` is there it can be undone.

    `parts` says which rows were the duplicate's and what was in its own: `splitting` reads it.
    """

    __tablename__ = "merges"

    id: Mapped[RowId]
    # The record that goes on.
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    # The number that the other record had: nobody else ever gets it.
    duplicate_id: Mapped[int] = mapped_column(BigId, index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    # As in the audit trail: staff:3, person:5.
    actor: Mapped[str] = mapped_column(
        String(40),
    )
    parts: Mapped[Any | None] = mapped_column(
        EncryptedJSON("merges.parts"),
    )
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(
        String(40),
    )

    # An audit note of a deleted merge must never point at the next one.
    __table_args__ = ({"sqlite_autoincrement": True},)


class DistinctPeople(Base):
    """Two records of which an officer said that they are two people: a row in each direction."""

    __tablename__ = "distinct_people"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    other_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    decided_at: Mapped[datetime]
    decided_by: Mapped[int] = mapped_column(BigId)  # an account's number


class LinkCode(RowKeyed, Base):
    """A code that somebody asked for by SMS, to write it on Telegram within a short time."""

    __tablename__ = "link_codes"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    code: Mapped[str] = mapped_column(
        Encrypted("link_codes.code"),
    )
    code_index: Mapped[str] = mapped_column(
        BlindIndex("link code"),
        index=True,
    )
    asked_at: Mapped[datetime]


class TryKind(StrEnum):
    """What counts against the limits of codes."""

    SENT = "sent"
    WRONG = "wrong"


class JoinTry(Base):
    """A code that was sent for a person, or a wrong one that they wrote: so many a day.

    `other_id` is whose number it was sent to.
    """

    __tablename__ = "join_tries"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    other_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    kind: Mapped[TryKind] = mapped_column(
        enum_column(TryKind),
    )
    at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (
        Index("ix_join_tries_person", "person_id", "kind", "at"),
        Index("ix_join_tries_other", "other_id", "kind", "at"),
    )
