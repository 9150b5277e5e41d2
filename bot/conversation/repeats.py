"""The same message again: handed in twice, pressed twice, or sent by a machine that answers us.

One message is recorded and answered once, however often it is handed in. The same words, sent anew
within half an hour, are recorded each time and answered twice. Staff hear of whoever answers within
seconds, again and again, with the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Inbound, Kind
from bot.models import InboundMessage, InboundState, OutboundMessage
from nlu.language.folding import fold, words

SAME_WITHIN = timedelta(seconds=10)  # a copy, or a second press
ANSWERED_WITHIN = timedelta(minutes=30)
MAX_ANSWERED = 2  # of the same words
MAX_ANSWERED_CHOICES = 5  # of the same number or yes, to questions that wait
MACHINE_WITHIN = timedelta(seconds=20)  # no person reads and types so fast, again and again
MEMORY = timedelta(days=1)
MAX_EARLIER = 20
MIN_QUICK_ANSWERS = 2
MACHINE_COUNTS = (3, 4)  # same messages at which staff hear of a machine

_COPIED_KINDS = frozenset(
    {Kind.TEXT, Kind.BUTTON, Kind.COMMAND, Kind.LOCATION, Kind.CONTACT},
)
_COUNTED_KINDS = frozenset({Kind.TEXT, Kind.OTHER})


@dataclass(frozen=True, slots=True)
class Repeats:
    """What is known of earlier messages from the same address with the same content.

    `is_copy_if_asked`: it came again before its writer could see what we answered, so that it is a
    copy even of an answer to a question. `is_copy_otherwise`: it came again within seconds.
    """

    count: int = 1  # this one among them
    answered: int = 0
    is_copy_if_asked: bool = False
    is_copy_otherwise: bool = False
    quick_answers: int = 0

    def is_copy(self, *, is_choice: bool) -> bool:
        """Tell whether this is an earlier message once more. A choice answers what waits."""
        return self.is_copy_if_asked if is_choice else self.is_copy_otherwise

    def is_answered_enough(self, *, is_choice: bool) -> bool:
        """Tell whether the same words have had their answers."""
        return self.answered >= (MAX_ANSWERED_CHOICES if is_choice else MAX_ANSWERED)

    @property
    def is_machine(self) -> bool:
        """Whether staff should hear now that a machine answers us."""
        return self.count in MACHINE_COUNTS and self.quick_answers >= MIN_QUICK_ANSWERS


@dataclass(frozen=True, slots=True)
class _Earlier:
    """An earlier message from the address."""

    id: int
    received_at: datetime
    state: InboundState
    content: tuple[Any, ...]


async def look(session: AsyncSession, message: InboundMessage, inbound: Inbound) -> Repeats:
    """Look at what came from the same address in the last day."""
    if inbound.kind not in _COPIED_KINDS | _COUNTED_KINDS:
        return Repeats()
    earlier = await _earlier(session, message)
    content = _content(inbound)
    same = [candidate for candidate in earlier if candidate.content == content]
    if not same:
        return Repeats()
    sent_times = await _sent_times(session, message)
    last = earlier[0]
    is_again = (
        inbound.kind in _COPIED_KINDS
        and last.content == content
        and last.state is InboundState.DONE
        and message.received_at - last.received_at <= SAME_WITHIN
    )
    return Repeats(
        count=len(same) + 1,
        answered=await _answered(session, message, inbound, same),
        is_copy_if_asked=is_again and not await _is_reply_seen(session, message, last),
        is_copy_otherwise=is_again,
        quick_answers=_quick_answers(message, same, sent_times, inbound),
    )


async def _earlier(session: AsyncSession, message: InboundMessage) -> list[_Earlier]:
    """Return the last messages from the address, the newest first."""
    query = (
        select(InboundMessage)
        .where(
            InboundMessage.address_id == message.address_id,
            InboundMessage.id < message.id,
            InboundMessage.received_at > message.received_at - MEMORY,
        )
        .order_by(InboundMessage.id.desc())
        .limit(MAX_EARLIER)
    )
    columns = (
        InboundMessage.id,
        InboundMessage.received_at,
        InboundMessage.state,
        InboundMessage.content,
    )
    earlier = []
    for row_id, received_at, state, content in await session.execute(
        query.with_only_columns(*columns)
    ):
        inbound = Inbound.from_json(content)
        earlier.append(_Earlier(row_id, received_at, state, _content(inbound)))
    return earlier


def _content(inbound: Inbound) -> tuple[Any, ...]:
    """Return what makes two messages the same, however they are typed."""
    said = tuple(word.folded for word in words(inbound.text)) or (fold(inbound.text),)
    return inbound.kind, said, inbound.payload, inbound.location, inbound.contact


async def _answered(
    session: AsyncSession,
    message: InboundMessage,
    inbound: Inbound,
    same: Sequence[_Earlier],
) -> int:
    """Count how many of the same messages had an answer lately; a press is a person's."""
    if inbound.kind not in _COUNTED_KINDS:
        return 0
    since = message.received_at - ANSWERED_WITHIN
    recent_ids = [candidate.id for candidate in same if candidate.received_at > since]
    query = select(func.count(OutboundMessage.inbound_id.distinct()))
    query = query.where(OutboundMessage.inbound_id.in_(recent_ids))
    return await session.scalar(query) or 0


async def _sent_times(session: AsyncSession, message: InboundMessage) -> list[datetime]:
    """Return when something was last sent to the address."""
    query = (
        select(OutboundMessage.sent_at)
        .where(
            OutboundMessage.address_id == message.address_id,
            OutboundMessage.sent_at > message.received_at - MEMORY,
        )
        .order_by(OutboundMessage.id.desc())
        .limit(MAX_EARLIER)
    )
    return [sent_at for sent_at in await session.scalars(query) if sent_at is not None]


async def _is_reply_seen(session: AsyncSession, message: InboundMessage, last: _Earlier) -> bool:
    """Tell whether the answer to an earlier message left before this one came."""
    seen = select(OutboundMessage.id).where(
        OutboundMessage.inbound_id == last.id,
        OutboundMessage.sent_at <= message.received_at,
    )
    return await session.scalar(seen.limit(1)) is not None


def _quick_answers(
    message: InboundMessage,
    same: Sequence[_Earlier],
    sent_times: Sequence[datetime],
    inbound: Inbound,
) -> int:
    """Count the same texts that came within seconds after something we sent."""
    if inbound.kind is not Kind.TEXT:
        return 0
    moments = [message.received_at, *(candidate.received_at for candidate in same)]
    count = 0
    for moment in moments:
        if any(moment - MACHINE_WITHIN <= sent_at <= moment for sent_at in sent_times):
            count += 1
    return count
