"""Crises, check-ins, cases and posts."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.padding import EncryptedBlocks
from bot.models.types import BigId, Country, Encrypted, RowId, enum_column


class CrisisState(StrEnum):
    """`crises.TRANSITIONS` says what may follow what."""

    OPEN = "open"
    CLOSED = "closed"


class Crisis(Base):
    """An emergency in some countries. While it is open, check-ins there belong to it."""

    __tablename__ = "crises"

    id: Mapped[RowId]
    names: Mapped[dict[str, str]]  # by language: an officer's words, for staff
    public_names: Mapped[dict[str, str]]  # by language: what citizens read, vetted or approved
    state: Mapped[CrisisState] = mapped_column(
        enum_column(CrisisState),
        default=CrisisState.OPEN,
        index=True,
    )
    drill: Mapped[bool] = mapped_column(default=False)
    # Whether real people are asked: always, but in a drill only where an approver says so.
    real_people: Mapped[bool] = mapped_column(default=True)
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(
        ForeignKey("staff.id"),
    )
    reviewed_at: Mapped[datetime | None]  # when a second person confirmed having seen it
    reviewed_by: Mapped[int | None] = mapped_column(BigId)  # an account's number
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"),
    )
    broadcast_id: Mapped[int | None] = mapped_column(
        ForeignKey("broadcasts.id"),
    )  # the first question of the roll call
    # Who is silent so long is asked again by another way; None: never.
    ask_again_minutes: Mapped[int | None] = mapped_column(SmallInteger)
    phase: Mapped[int] = mapped_column(SmallInteger, default=1)  # 1 precaution … 4 leave now
    # What it covers within its countries, as an audience of places; None: all of them.
    area: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    last_way_out_at: Mapped[datetime | None]  # those who stay are asked once more before
    # A situation report is made every so many hours while it is open; 0: only when asked for.
    sitrep_hours: Mapped[int] = mapped_column(
        SmallInteger,
        default=0,
        server_default="0",
    )

    countries: Mapped[list[CrisisCountry]] = relationship(
        cascade="all, delete-orphan",
        lazy="selectin",
    )


class CrisisCountry(Base):
    """A country that a crisis covers."""

    __tablename__ = "crisis_countries"

    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id", ondelete="CASCADE"),
        primary_key=True,
    )
    country: Mapped[Country] = mapped_column(primary_key=True, index=True)


class RollCallRound(Base):
    """A later question of a roll call, to those who have not answered, by another way."""

    __tablename__ = "roll_call_rounds"

    id: Mapped[RowId]
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id", ondelete="CASCADE"),
    )
    number: Mapped[int] = mapped_column(SmallInteger)  # from 2; the first is the crisis's own
    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id"),
    )

    __table_args__ = (UniqueConstraint("crisis_id", "number"),)


class Call(Base):
    """A person on the call list of an officer: no question reached them, or none was answered."""

    __tablename__ = "calls"

    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id", ondelete="CASCADE"),
        primary_key=True,
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    )
    officer_id: Mapped[int] = mapped_column(
        ForeignKey("staff.id"),
        index=True,
    )
    listed_at: Mapped[datetime]


class CrisisEntryKind(StrEnum):
    """What a line of a timeline says."""

    NOTE = "note"
    OUTCOME = "outcome"  # how the crisis ended


class CrisisEntry(RowKeyed, Base):
    """A line that an officer wrote into the timeline of a crisis."""

    __tablename__ = "crisis_entries"

    id: Mapped[RowId]
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id", ondelete="CASCADE"),
        index=True,
    )
    kind: Mapped[CrisisEntryKind] = mapped_column(
        enum_column(CrisisEntryKind),
    )
    staff_id: Mapped[int] = mapped_column(BigId)  # an account's number
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(
        Encrypted("crisis_entries.words"),
    )


class CheckInStatus(StrEnum):
    """How a person said they are."""

    SAFE = "safe"
    HELP = "help"
    MEDICAL = "medical"
    EVACUATE = "evacuate"
    STAYING = "staying"


class CheckIn(RowKeyed, Base):
    """One answer to "are you safe?", whether or not we asked. A person's latest answer counts.

    `at` is when it was written, and no two answers of a person have the same time. `received_at`
    is there where it reached us later.
    """

    __tablename__ = "check_ins"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    crisis_id: Mapped[int | None] = mapped_column(
        ForeignKey("crises.id"),
    )
    # Of an answer that counts, for a person or on the board of a closed crisis.
    status: Mapped[CheckInStatus | None] = mapped_column(
        enum_column(CheckInStatus),
    )
    # Of any other.
    former_status: Mapped[str | None] = mapped_column(
        EncryptedBlocks("check_ins.former_status"),
    )
    at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    country: Mapped[Country | None]
    via: Mapped[str] = mapped_column(
        String(12),
    )  # telegram, sms, phone, link or staff

    @property
    def answer(self) -> CheckInStatus:
        """How the person said they were, whether or not it counts."""
        return self.status or CheckInStatus(self.former_status or "")

    __table_args__ = (
        Index("ix_check_ins_person", "person_id", "id"),
        Index("ix_check_ins_crisis", "crisis_id", "person_id", "id"),
        Index("ix_check_ins_at", "at"),
    )


class CaseKind(StrEnum):
    """Kinds of case, in the order of triage."""

    LIFE = "life"
    MEDICAL = "medical"
    DETAINED = "detained"
    EVACUATION = "evacuation"
    UNCLEAR = "unclear"  # perhaps a cry for help: staff look
    RELATIVE = "relative"
    HUMAN = "human"  # asked for a person
    FAULT = "fault"  # the bot failed


class CaseState(StrEnum):
    """`cases.TRANSITIONS` says what may follow what."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"


class CaseOutcome(StrEnum):
    """How a case ended."""

    REACHED_SAFETY = "reached_safety"
    TREATED = "treated"
    FOUND = "found"
    RELEASED = "released"
    EVACUATED = "evacuated"
    ADVISED = "advised"
    HANDED_OVER = "handed_over"  # to another authority
    UNREACHABLE = "unreachable"
    MISTAKE = "mistake"
    DIED = "died"


class Case(RowKeyed, Base):
    """A task for staff: somebody must look after this person."""

    __tablename__ = "cases"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    crisis_id: Mapped[int | None] = mapped_column(
        ForeignKey("crises.id"),
    )
    kind: Mapped[CaseKind] = mapped_column(
        enum_column(CaseKind),
    )
    state: Mapped[CaseState] = mapped_column(
        enum_column(CaseState),
        default=CaseState.OPEN,
    )
    # Whom it is about: None is the person; else their relation (`brother`, `other`), the matter
    # and the name.
    relation: Mapped[str | None] = mapped_column(
        String(20),
    )
    matter: Mapped[str | None] = mapped_column(
        String(20),
    )
    about_name: Mapped[str | None] = mapped_column(
        Encrypted("cases.about_name"),
    )
    note: Mapped[str | None] = mapped_column(
        Encrypted("cases.note"),
    )
    opened_at: Mapped[datetime]
    # When the message was written that opened it, where it reached us much later.
    written_at: Mapped[datetime | None]
    owner_id: Mapped[int | None] = mapped_column(
        ForeignKey("staff.id"),
    )
    # When an officer first opened its page or took it; None again when it waits for a new look.
    seen_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(BigId)  # an account's number
    outcome: Mapped[CaseOutcome | None] = mapped_column(
        enum_column(CaseOutcome),
    )
    # The last letter of an open conversation with an officer: the bot is silent. Else None.
    last_letter_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(BigId)  # the case that goes on in its place
    # While it is on hold nothing of its person is deleted; `held_by` is an account's number.
    held_at: Mapped[datetime | None]
    held_by: Mapped[int | None] = mapped_column(BigId)
    hold_reason: Mapped[str | None] = mapped_column(
        Encrypted("cases.hold_reason"),
    )

    # An audit note of a deleted case must never point at the next one.
    __table_args__ = (
        Index("ix_cases_open", "state", "opened_at"),
        {"sqlite_autoincrement": True},
    )


class CaseNoteKind(StrEnum):
    """What an officer wrote a note for."""

    NOTE = "note"
    CLOSED = "closed"
    REOPENED = "reopened"


class CaseNote(RowKeyed, Base):
    """What an officer wrote on a case, for colleagues: the person never sees it."""

    __tablename__ = "case_notes"

    id: Mapped[RowId]
    case_id: Mapped[int] = mapped_column(
        ForeignKey("cases.id", ondelete="CASCADE"),
        index=True,
    )
    kind: Mapped[CaseNoteKind] = mapped_column(
        enum_column(CaseNoteKind),
    )
    staff_id: Mapped[int] = mapped_column(BigId)  # an account's number
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(
        Encrypted("case_notes.words"),
    )
