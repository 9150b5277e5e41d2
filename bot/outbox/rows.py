"""The states of a row, what may follow what, and the words the parts of the outbox share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel, Content, Form
from bot.models import Address, Broadcast, OutboundMessage, OutboundState

Q, S = OutboundState.QUEUED, OutboundState.SENDING
FINAL = frozenset(OutboundState) - {Q, S, OutboundState.SENT}

# A receipt may come for a row that is queued again because the provider's answer was lost: it spares the second copy.
LEFT = frozenset(
    {OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ, OutboundState.FAILED}
)
TRANSITIONS: dict[OutboundState, frozenset[OutboundState]] = {
    OutboundState.QUEUED: LEFT | {S, OutboundState.EXPIRED, OutboundState.DROPPED},
    OutboundState.SENDING: LEFT | {Q, OutboundState.EXPIRED, OutboundState.DROPPED},
    OutboundState.SENT: LEFT - {OutboundState.SENT},
    OutboundState.DELIVERED: frozenset({OutboundState.READ}),
    OutboundState.READ: frozenset(),
    OutboundState.FAILED: frozenset(),
    OutboundState.EXPIRED: frozenset(),
    OutboundState.DROPPED: frozenset(),
    OutboundState.NO_CHANNEL: frozenset(),
}

# The way back: a receipt says that the provider's own queue was full, so the message never left.
RETURNS = frozenset({S, OutboundState.SENT})

# A row of a severe broadcast that Telegram did not take begins anew at another address (`fallback`), from these alone.
MOVES = frozenset({Q, OutboundState.FAILED})

ATTEMPTS = 14  # with the waits of `delivery`, about four hours
PERHAPS = ("unclear", "lost")  # reasons of a row whose message may have gone out all the same
HOLDS_BACK = 5  # a reply tried more often than this no longer holds back the person's next one

MESSAGES: Any = OutboundMessage.__table__
ADDRESSES: Any = Address.__table__


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours to send. `content` is None when the broadcast's is sent; `attempts` counts this one.

    `reason` is why an earlier try did not do, if there was one. `replaces` are the provider's ids of the wrong messages
    that this one corrects, where they can be edited.
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
    inbound_id: int | None
    attempts: int
    created_at: datetime
    reason: str | None = None
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a claimed row: sent or delivered, failed, or queued again until `due_at`.

    `stop` says that nothing more may be sent to the address. `spared` takes the attempt back: it was not the message's
    fault (the channel is paused).
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
    """The states from which `state` may be reached."""
    return [source for source, targets in TRANSITIONS.items() if state in targets]


def holds(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of a `Broadcast`: it was not cancelled, and its time is not over."""
    return Broadcast.cancelled_at.is_(None), or_(
        Broadcast.expires_at.is_(None), Broadcast.expires_at > now
    )


async def stop(session: AsyncSession, reasons: dict[int, str | None], now: datetime) -> None:
    """Nothing more is sent to these addresses."""
    for address_id, reason in sorted(reasons.items()):
        await session.execute(
            update(ADDRESSES)
            .where(ADDRESSES.c.id == address_id, ADDRESSES.c.stopped_at.is_(None))
            .values(stopped_at=now, stop_reason=reason)
        )


async def count(session: AsyncSession, changing: Update) -> int:
    """Runs an UPDATE of rows; how many it changed."""
    returning = changing.returning(OutboundMessage.id).execution_options(synchronize_session=False)
    return len((await session.scalars(returning)).all())
