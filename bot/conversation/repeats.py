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

from bot.consular.crises import cases
from bot.consular.people import exactness
from bot.dialogue import answers, ward_reports
from bot.messages import Content, Form, Inbound, Kind
from bot.models import CaseKind, InboundMessage, InboundState, OutboundMessage, Person
from bot.text.catalogues import say
from bot.text.text import LANGUAGES
from nlu.language import exact
from nlu.language.folding import fold, words

SAME_WITHIN = timedelta(seconds=10)  # a copy, or a second press
ANSWERED_WITHIN = timedelta(minutes=30)
MAX_ANSWERED = 2  # of the same words
MAX_ANSWERED_CHOICES = 5  # of the same number or yes, to questions that wait
MAX_ANSWERED_LISTS = 20  # of a warden who asks who is still silent
MACHINE_WITHIN = timedelta(seconds=20)  # no person reads and types so fast, again and again
MEMORY = timedelta(days=1)
MAX_EARLIER = 20
MIN_QUICK_ANSWERS = 2
MACHINE_COUNTS = (3, 4)  # same messages at which staff hear of a machine

CRIES = frozenset({"need_help", "need_medical", "need_evacuation"})
CHOICES = frozenset({"affirm", "deny"})

_COPIED_KINDS = frozenset(
    {Kind.TEXT, Kind.BUTTON, Kind.COMMAND, Kind.LOCATION, Kind.CONTACT},
)
_COUNTED_KINDS = frozenset({Kind.TEXT, Kind.OTHER})


@dataclass(frozen=True, slots=True)
class Repeats:
    """What is known of earlier messages from the same address with the same content.

    A copy is the last message once more, within seconds; a number or yes to a question that waits
    is one only where its writer cannot have seen the question.
    """

    count: int = 1  # this one among them
    is_copy: bool = False
    is_answered_enough: bool = False
    quick_answers: int = 0

    @property
    def is_machine(self) -> bool:
        """Tell whether staff should hear now that a machine answers us."""
        return self.count in MACHINE_COUNTS and self.quick_answers >= MIN_QUICK_ANSWERS


@dataclass(frozen=True, slots=True)
class _Earlier:
    """An earlier message from the address."""

    id: int
    received_at: datetime
    state: InboundState
    content: tuple[Any, ...]


async def look(
    session: AsyncSession,
    person: Person,
    message: InboundMessage,
    inbound: Inbound,
) -> Repeats:
    """Look at what came from the same address in the last day."""
    if inbound.kind not in _COPIED_KINDS | _COUNTED_KINDS:
        return Repeats()
    earlier = await _earlier(session, message)
    content = _content(inbound)
    same = [candidate for candidate in earlier if candidate.content == content]
    if not same:
        return Repeats()
    is_choice = await _is_choice(session, person, inbound)
    limit = MAX_ANSWERED_CHOICES if is_choice else MAX_ANSWERED
    if ward_reports.asks_for_list(inbound.text):
        limit = MAX_ANSWERED_LISTS
    is_copy = inbound.kind in _COPIED_KINDS and _is_copy(message, earlier[0], content)
    if is_copy and is_choice:
        is_copy = not await _is_reply_seen(session, message, earlier[0])
    return Repeats(
        count=len(same) + 1,
        is_copy=is_copy,
        is_answered_enough=await _answered(session, message, inbound, same) >= limit,
        quick_answers=await _quick_answers(session, message, inbound, same),
    )


def _is_copy(message: InboundMessage, last: _Earlier, content: tuple[Any, ...]) -> bool:
    """Tell whether a message is the last one once more, within seconds."""
    is_done = last.state is InboundState.DONE
    is_soon = message.received_at - last.received_at <= SAME_WITHIN
    return is_done and is_soon and last.content == content


async def _is_choice(session: AsyncSession, person: Person, inbound: Inbound) -> bool:
    """Tell whether a text may choose among answers that wait: a number, yes or no."""
    is_number = answers.number_of(inbound.text) is not None
    is_answer = is_number or exact.match(inbound.text) in CHOICES
    if inbound.kind is not Kind.TEXT or not is_answer:
        return False
    dialogue = person.dialogue or {}
    is_asked = bool(dialogue.get("stack") or dialogue.get("offered"))
    return is_asked or await _asked_last(session, person)


async def _asked_last(session: AsyncSession, person: Person) -> bool:
    """Tell whether what we said last to a person had answers to choose from, or was to many."""
    contents = select(OutboundMessage.content).where(OutboundMessage.person_id == person.id)
    last = await session.execute(contents.order_by(OutboundMessage.id.desc()).limit(1))
    message = last.first()
    if message is None:
        return False
    return message.content is None or bool(Content.from_json(message.content).buttons)


async def note_machine(
    session: AsyncSession,
    person: Person,
    repeated: Repeats,
    now: datetime,
) -> None:
    """Tell staff that something answers us within seconds, again and again, by itself."""
    if repeated.is_machine:
        notes = [say("note_machine", language, Form.TEXT) for language in LANGUAGES]
        await cases.open_case(session, person, CaseKind.FAULT, "\n".join(notes), now)


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
    folded = tuple(word.folded for word in words(inbound.text)) or (fold(inbound.text),)
    # Of an earlier message the position may be left to about a kilometre alone.
    position = exactness.coarse(inbound.location) if inbound.location else None
    return inbound.kind, folded, inbound.payload, position, inbound.contact


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


async def _quick_answers(
    session: AsyncSession,
    message: InboundMessage,
    inbound: Inbound,
    same: Sequence[_Earlier],
) -> int:
    """Count the same texts, none of them a cry, that came within seconds of something we sent."""
    if inbound.kind is not Kind.TEXT or exact.match(inbound.text) in CRIES:
        return 0
    sent_times = await _sent_times(session, message)
    moments = [message.received_at, *(candidate.received_at for candidate in same)]
    count = 0
    for moment in moments:
        if any(moment - MACHINE_WITHIN <= sent_at <= moment for sent_at in sent_times):
            count += 1
    return count
