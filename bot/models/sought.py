"""Whom reports are about: what is told of a person who is sought, and who it may be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import BigId, BlindIndex, Encrypted, enum_column


class SoughtPerson(RowKeyed, Base):
    """What the report of a case tells of the person who is sought; the case itself has the name.

    The words are the reporter's own; a number that could be read is in E.164.
    """

    __tablename__ = "sought_people"

    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    last_place: Mapped[str | None] = mapped_column(
        Encrypted("sought_people.last_place"),
    )
    last_contact: Mapped[str | None] = mapped_column(
        Encrypted("sought_people.last_contact"),
    )
    phone: Mapped[str | None] = mapped_column(
        Encrypted("sought_people.phone"),
    )
    # Of a report that came in a file: who gave it, and its number there.
    source: Mapped[str | None] = mapped_column(
        Encrypted("sought_people.source"),
    )
    record: Mapped[str | None] = mapped_column(
        Encrypted("sought_people.record"),
    )
    record_index: Mapped[str | None] = mapped_column(
        BlindIndex("sought record"),
        index=True,
    )
    # When the reporter agreed that other organisations may read it.
    shared_at: Mapped[datetime | None]


class MatchVerdict(StrEnum):
    """What an officer decided about a person who may be the one that is sought."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNDONE = "undone"  # nothing holds any more; but nobody is asked twice


class ReportMatch(Base):
    """A person on record who is, or is not, the one whom the report of a case is about.

    The person is asked once whether the reporter may be told that they are safe. Without an answer
    the reporter is told nothing.
    """

    __tablename__ = "report_matches"

    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    verdict: Mapped[MatchVerdict] = mapped_column(
        enum_column(MatchVerdict),
    )
    decided_at: Mapped[datetime]
    decided_by: Mapped[int] = mapped_column(BigId)  # an account's number
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    may_tell: Mapped[bool | None]
    told_at: Mapped[datetime | None]  # when the reporter was told
