"""What officers do to reach a person of a crisis, and what came of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.padding import EncryptedBlocks
from bot.models.types import BigId, Encrypted, RowId, enum_column


class OutreachKind(StrEnum):
    """What came of an attempt."""

    TOLD = "told"  # somebody told how the person is: a check-in was recorded
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    ASKED_AGAIN = "asked_again"  # the roll call was sent once more


class OutreachSource(StrEnum):
    """Who told how the person is."""

    PERSON = "person"
    RELATIVE = "relative"
    NEIGHBOUR = "neighbour"
    EMPLOYER = "employer"
    HOSPITAL = "hospital"
    AUTHORITY = "authority"


class OutreachMeans(StrEnum):
    """How they know, or how it was told."""

    PHONE = "phone"
    IN_PERSON = "in_person"
    MESSAGE = "message"
    OFFICIAL_LIST = "official_list"


class Outreach(RowKeyed, Base):
    """One attempt of an officer to reach a person of a crisis.

    What was told stays here when it is undone; the check-in does not.
    """

    __tablename__ = "outreach"

    id: Mapped[RowId]
    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
    )
    crisis_id: Mapped[int] = mapped_column(
        ForeignKey("crises.id"),
    )
    kind: Mapped[OutreachKind] = mapped_column(
        enum_column(OutreachKind),
    )
    staff_id: Mapped[int] = mapped_column(BigId)  # an account's number
    # When it was told, or called.
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    check_in_id: Mapped[int | None] = mapped_column(
        ForeignKey("check_ins.id", ondelete="SET NULL"),
        index=True,
    )
    # The question that was sent once more.
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbound_messages.id", ondelete="SET NULL"),
        index=True,
    )
    # A `CheckInStatus`.
    answer: Mapped[str | None] = mapped_column(
        EncryptedBlocks("outreach.answer"),
    )
    source: Mapped[OutreachSource | None] = mapped_column(
        enum_column(OutreachSource),
    )
    # Of a relative who told it: `brother`, `other`.
    relation: Mapped[str | None] = mapped_column(
        String(20),
    )
    means: Mapped[OutreachMeans | None] = mapped_column(
        enum_column(OutreachMeans),
    )
    words: Mapped[str | None] = mapped_column(
        Encrypted("outreach.words"),
    )
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(BigId)  # an account's number

    # An audit note of a deleted outreach must never point at the next one.
    __table_args__ = (
        Index("ix_outreach_person", "person_id", "crisis_id"),
        Index("ix_outreach_crisis", "crisis_id", "kind"),
        {"sqlite_autoincrement": True},
    )
