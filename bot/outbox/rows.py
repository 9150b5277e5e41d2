"""The states of an outbound row, what may follow what, and what the parts of the outbox share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, or_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel, Content, Form
from bot.models import Broadcast, OutboundMessage, OutboundState, closures

QUEUED = OutboundState.QUEUED
SENDING = OutboundState.SENDING
SENT = OutboundState.SENT
DELIVERED = OutboundState.DELIVERED
READ = OutboundState.READ
FAILED = OutboundState.FAILED
EXPIRED = OutboundState.EXPIRED
DROPPED = OutboundState.DROPPED
NO_CHANNEL = OutboundState.NO_CHANNEL

FINAL_STATES = frozenset(OutboundState) - {QUEUED, SENDING, SENT}
ENDED_STATES = frozenset({EXPIRED, DROPPED})

# A receipt may come for a row that is queued again because the provider's answer was lost: it
# spares the second copy.
LEFT_STATES = frozenset({SENT, DELIVERED, READ, FAILED})
TRANSITIONS: dict[OutboundState, frozenset[OutboundState]] = {
    QUEUED: LEFT_STATES | ENDED_STATES | {SENDING},
    SENDING: LEFT_STATES | ENDED_STATES | {QUEUED},
    SENT: LEFT_STATES - {SENT},
    DELIVERED: frozenset({READ}),
    READ: frozenset(),
    FAILED: frozenset(),
    EXPIRED: frozenset(),
    DROPPED: frozenset(),
    NO_CHANNEL: frozenset(),
}

# The way back: a receipt says that the provider's own queue was full, so the message never left.
RETURN_STATES = frozenset({SENDING, SENT})

# A row of a severe broadcast that Telegram did not take begins anew at another address
# (`fallback`), from these states alone.
FALLBACK_STATES = frozenset({QUEUED, FAILED})

MAX_ATTEMPTS = 14  # with the waits of `delivery`, about four hours
MAX_HOLDING_ATTEMPTS = 5  # a reply tried more often no longer holds back the person's next one
DOUBT_REASONS = ("unclear", "lost")  # of a row whose message may have gone out all the same

MESSAGES: Any = OutboundMessage.__table__


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send.

    `content` is None when the broadcast's is sent; `attempts` counts this one. `reason` is why an
    earlier try did not do, if there was one. `preferred_sender` is the sender that the person wrote
    to. `region` is the country of the number. `is_answer`: it answers a message of theirs.
    `replaces` are the provider's ids of the wrong messages that this one corrects, where they
    can be edited.
    """

    id: int
    person_id: int
    address_id: int
    address: str
    channel: Channel
    form: Form
    language: str
    lane: int
    content: Content | None
    broadcast_id: int | None
    preferred_sender: str | None
    attempts: int
    created_at: datetime
    reason: str | None = None
    replaces: tuple[str, ...] = ()
    region: str | None = None
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claimed row: sent or delivered, failed, or queued again until `due_at`.

    `stop` says that nothing more may be sent to the address. `spared` takes the attempt back: it
    was not the message's fault (the channel is paused).
    """

    id: int
    address_id: int
    state: OutboundState
    provider_id: str | None = None
    parts: int | None = None
    sender: str | None = None
    reason: str | None = None
    due_at: datetime | None = None
    stop: bool = False
    spared: bool = False


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows that are queued and due in one lane of a channel."""

    channel: Channel
    lane: int
    count: int
    oldest: datetime


def sources(state: OutboundState) -> list[OutboundState]:
    """List the states from which `state` may be reached."""
    return [source for source, targets in TRANSITIONS.items() if state in targets]


def holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for a broadcast that was not cancelled, and whose time is not over."""
    is_current = or_(Broadcast.expires_at.is_(None), Broadcast.expires_at > now)
    return Broadcast.cancelled_at.is_(None), is_current


@dataclass(frozen=True, slots=True)
class Dead:
    """An address that its provider calls dead, why, and the row that it refused."""

    address_id: int
    reason: str | None
    message_id: int


async def close(session: AsyncSession, dead: Iterable[Dead], now: datetime) -> None:
    """Close addresses, unless somebody wrote from there after the refused row was claimed."""
    by_address = {refused.address_id: refused for refused in dead}
    for address_id, refused in sorted(by_address.items()):
        closing = closures.closing(address_id, refused.reason, now, refused.message_id)
        await session.execute(closing)


async def count(session: AsyncSession, changing: Update) -> int:
    """Run an UPDATE of rows; return how many it changed."""
    changing = changing.execution_options(synchronize_session=False)
    changed_ids = await session.scalars(changing.returning(OutboundMessage.id))
    return len(changed_ids.all())
