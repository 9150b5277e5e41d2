"""Wardens: people of the community who reach others in a crisis, and report for them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.padding import EncryptedBlocks
from bot.models.types import BigId, Country, Encrypted, RowId, enum_column


class WardenState(StrEnum):
    """`wardens.TRANSITIONS` says what may follow what."""

    INVITED = "invited"
    ACTIVE = "active"
    DECLINED = "declined"
    ENDED = "ended"


class Warden(RowKeyed, Base):
    """A person whom staff asked to look after a city, a country, or a community there.

    `community` is a tag that staff keep beside people; without it and without a city, the warden
    looks after the country.
    """

    __tablename__ = "wardens"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    country: Mapped[Country] = mapped_column(index=True)
    # `CC/English name`
    city: Mapped[str | None] = mapped_column(
        EncryptedBlocks("wardens.city"),
    )
    community: Mapped[str | None] = mapped_column(
        EncryptedBlocks("wardens.community"),
    )
    state: Mapped[WardenState] = mapped_column(
        enum_column(WardenState),
        default=WardenState.INVITED,
    )
    invited_at: Mapped[datetime]
    invited_by: Mapped[int] = mapped_column(BigId)  # an account's number
    answered_at: Mapped[datetime | None]
    # Which words they agreed to: wardens.AGREEMENT then.
    agreement: Mapped[str | None] = mapped_column(
        String(10),
    )
    ended_at: Mapped[datetime | None]

    # An audit note or a button of one warden must never point at another.
    __table_args__ = ({"sqlite_autoincrement": True},)


class WardenTest(Base):
    """A question to a warden in quiet times: are you there?"""

    __tablename__ = "warden_tests"

    id: Mapped[RowId]
    warden_id: Mapped[int] = mapped_column(
        ForeignKey("wardens.id", ondelete="CASCADE"),
        index=True,
    )
    sent_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    # A button of one test must never answer another.
    __table_args__ = ({"sqlite_autoincrement": True},)


class WardenNumber(Base):
    """The number by which a warden (`keeper_id`) reports for a person; it stays the same."""

    __tablename__ = "warden_numbers"

    keeper_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    number: Mapped[int]

    __table_args__ = (UniqueConstraint("keeper_id", "number"),)


class WardenNotice(Base):
    """That a warden was told in a crisis that people of theirs are silent: once."""

    __tablename__ = "warden_notices"

    warden_id: Mapped[int] = mapped_column(
        ForeignKey("wardens.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )
    sent_at: Mapped[datetime]


class WardenReport(RowKeyed, Base):
    """What a warden told of a person in a crisis.

    It is an answer of the person (`check_in_id`), unless the person's own word counts more.
    """

    __tablename__ = "warden_reports"

    id: Mapped[RowId]
    warden_id: Mapped[int | None] = mapped_column(
        ForeignKey("wardens.id", ondelete="SET NULL"),
        index=True,
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id"),
    )
    check_in_id: Mapped[int | None] = mapped_column(
        ForeignKey("check_ins.id", ondelete="SET NULL"),
        index=True,
    )
    at: Mapped[datetime]
    # A `CheckInStatus`, or NOT_REACHED.
    answer: Mapped[str] = mapped_column(
        EncryptedBlocks("warden_reports.answer"),
    )
    # As the warden wrote it.
    words: Mapped[str] = mapped_column(
        Encrypted("warden_reports.words"),
    )

    __table_args__ = (
        Index("ix_warden_reports_person", "person_id", "crisis_id"),
        Index("ix_warden_reports_crisis", "crisis_id"),
        {"sqlite_autoincrement": True},
    )


class SharedWithWardens(StrEnum):
    """What wardens see of a person, where that is not the first name alone."""

    NOTHING = "nothing"
    NUMBER = "number"  # beside the first name


class WardenSharing(Base):
    """What a person lets wardens see, as they chose. Without a row: the first name."""

    __tablename__ = "warden_sharing"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    shared: Mapped[SharedWithWardens] = mapped_column(
        enum_column(SharedWithWardens),
    )
    chosen_at: Mapped[datetime]
