"""What people sent (inbox), what we send (outbox), and broadcasts: texts frozen for many."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.messages import Channel, Form
from bot.models.base import Base
from bot.models.binding import RowKeyed
from bot.models.types import BigId, BlindIndex, Encrypted, EncryptedJSON, RowId, enum_column


class InboundState(StrEnum):
    """A message waits, is done, or was given up after three failures."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class InboundMessage(RowKeyed, Base):
    """One message from a person, as `messages.Inbound`, before it is anything else."""

    __tablename__ = "inbound_messages"

    id: Mapped[RowId]
    channel: Mapped[Channel] = mapped_column(
        enum_column(Channel),
    )
    provider_id: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    address_id: Mapped[int] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"),
        index=True,
    )
    content: Mapped[Any] = mapped_column(EncryptedJSON("inbound.content"))
    state: Mapped[InboundState] = mapped_column(
        enum_column(InboundState),
        default=InboundState.PENDING,
    )
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    intent: Mapped[str | None] = mapped_column(String(40))
    confidence: Mapped[float | None]
    understood_by: Mapped[str | None] = mapped_column(String(10))

    __table_args__ = (
        UniqueConstraint("channel", "provider_id"),
        Index(
            "ix_inbound_messages_waiting",
            "person_id",
            "id",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_inbound_messages_state", "state", "received_at"),
    )


class Group(RowKeyed, Base):
    """A group on Telegram that was told, once, to write to us alone. Nothing said there is kept."""

    __tablename__ = "groups"

    id: Mapped[RowId]
    index: Mapped[str] = mapped_column(
        "group_index",
        BlindIndex("group"),
        unique=True,
    )
    # Its id, from which a new key makes the index anew.
    chat: Mapped[str | None] = mapped_column(
        Encrypted("groups.chat"),
    )


class BroadcastKind(StrEnum):
    """What a broadcast is for."""

    ADVISORY = "advisory"
    ROLL_CALL = "roll_call"


class Broadcast(Base):
    """A text frozen for many: made when an advisory is approved or a crisis opens, never edited.

    `contents` is `{language: {form: messages.Content as JSON}}`, with variants of the SMS beside it
    (`SmsWay`); `sms_ways` says which countries get one. `audience` is frozen too: as a
    rule, looked up when it goes out. The fan-out walks people by id; `cursor` is the last id done,
    `fanned_out_at` says it is whole. Who registers or moves into the audience later, until it
    expires, still gets it: `looked_at` is how far they were looked for.
    """

    __tablename__ = "broadcasts"

    id: Mapped[RowId]
    kind: Mapped[BroadcastKind] = mapped_column(
        enum_column(BroadcastKind),
    )
    lane: Mapped[int] = mapped_column(SmallInteger)
    contents: Mapped[dict[str, Any]]
    sms_ways: Mapped[dict[str, str] | None]  # how people answer an SMS, by country; others can
    audience: Mapped[dict[str, Any]]
    drill: Mapped[bool] = mapped_column(default=False)
    # Whether it goes to real people too: a roll call of a drill does where an approver says so.
    real_people: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    starts_at: Mapped[datetime] = mapped_column(
        default=lambda context: context.get_current_parameters()["created_at"],
    )
    # the wrong broadcast, whose messages are edited as well
    corrects_id: Mapped[int | None] = mapped_column(
        ForeignKey("broadcasts.id"),
    )
    # seconds after which SMS takes over from Telegram; None: never
    fallback_after: Mapped[int | None]
    cursor: Mapped[int] = mapped_column(BigId, default=0)
    fanned_out_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_broadcasts_open", "fanned_out_at", "cancelled_at"),)


class Lane(IntEnum):
    """Order of sending: a lower number goes first."""

    REPLY = 0
    CRISIS = 1
    ADVISORY = 2
    ROUTINE = 3


class OutboundState(StrEnum):
    """The life of a message; `bot.outbox` holds the transition table."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    EXPIRED = "expired"
    DROPPED = "dropped"
    NO_CHANNEL = "no_channel"


def _partial_index(name: str, *columns: str, state: str) -> Index:
    """Index the outbound rows in one state, on both databases."""
    is_in_state = text(f"state = '{state}'")
    return Index(
        f"ix_outbound_messages_{name}",
        *columns,
        postgresql_where=is_in_state,
        sqlite_where=is_in_state,
    )


class OutboundMessage(RowKeyed, Base):
    """One message to one person. `content` is its own text, or None when the broadcast's is sent.

    `address_id` is None for `no_channel`: a recipient who cannot be reached is still counted.
    `person_id` is None for the recipient of a broadcast who was erased since: counted, and nobody
    any more.
    """

    __tablename__ = "outbound_messages"

    id: Mapped[RowId]
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"),
        index=True,
    )
    address_id: Mapped[int | None] = mapped_column(
        ForeignKey("addresses.id", ondelete="CASCADE"),
        index=True,
    )
    channel: Mapped[Channel | None] = mapped_column(
        enum_column(Channel),
    )
    form: Mapped[Form | None] = mapped_column(
        enum_column(Form),
    )
    language: Mapped[str] = mapped_column(String(2))
    lane: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[OutboundState] = mapped_column(
        enum_column(OutboundState),
        default=OutboundState.QUEUED,
    )
    content: Mapped[Any | None] = mapped_column(EncryptedJSON("outbound.content"))
    broadcast_id: Mapped[int | None] = mapped_column(
        ForeignKey("broadcasts.id"),
    )
    inbound_id: Mapped[int | None] = mapped_column(
        ForeignKey("inbound_messages.id", ondelete="SET NULL"),
        index=True,
    )
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]  # not before
    claimed_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]  # delivered, read, failed, expired or dropped
    preferred_sender: Mapped[str | None] = mapped_column(String(20))  # the person wrote to it
    provider_id: Mapped[str | None] = mapped_column(String(80))
    parts: Mapped[int | None] = mapped_column(SmallInteger)
    sender: Mapped[str | None] = mapped_column(String(20))  # that the provider took it from
    # the channel that was given up for this one
    moved_from: Mapped[Channel | None] = mapped_column(
        enum_column(Channel, "moved_from"),
    )
    reason: Mapped[str | None] = mapped_column(String(40))
    # Nothing of it stays once it has left: the answer to "is this from you?", somebody's own data.
    is_passing: Mapped[bool] = mapped_column(default=False, server_default=false())

    __table_args__ = (
        UniqueConstraint("broadcast_id", "person_id"),
        _partial_index("queue", "channel", "lane", "id", state="queued"),
        _partial_index("open", "broadcast_id", "channel", state="queued"),
        _partial_index("claimed", "claimed_at", state="sending"),
        Index("ix_outbound_messages_provider", "provider_id"),
        Index(
            "ix_outbound_messages_passing",
            "id",
            postgresql_where=text("is_passing"),
            sqlite_where=text("is_passing"),
        ),
    )
