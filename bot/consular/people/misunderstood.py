"""Texts that the bot did not understand.

Staff read them to teach it, without learning who wrote them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.staff import roles
from bot.messages import Inbound, Kind
from bot.models import InboundMessage, InboundState, Person, Staff, is_counted
from bot.text import text
from nlu.language.skeleton import skeleton

MIN_CONFIDENCE = 0.6  # below it a reader's answer is a guess
MAX_TEXTS = 500
HIDDEN = "[…]"
_EXACT = "exact"
_STRANGE_INTENT = "out_of_scope"
_NUMBER = re.compile(r"\+?\d[\d\s().\-/]{3,}\d")
_WORD = re.compile(r"\S+")
_SEPARATORS = re.compile(r"[\s,،.\-_/]+")


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the reader's guess; names and numbers are hidden."""

    at: datetime
    text: str
    intent: str | None
    confidence: float | None
    understood_by: str | None  # exact, rasa or fallback


async def recent(
    session: AsyncSession,
    staff: Staff,
    days: int,
    now: datetime,
) -> list[Text]:
    """Return the latest texts that were not understood, newest first, at most 500.

    The audit trail notes the look. Raises ConsularError.
    """
    roles.require(staff, "misunderstood")
    texts: list[Text] = []
    since = now - timedelta(days=days)
    for message, name in await session.execute(_messages(since)):
        hidden_text = _hidden_text(message, name)
        if hidden_text:
            texts.append(_text(message, hidden_text))
    actor = roles.actor(staff)
    await trail.note(session, actor, "texts.read", "texts", now, texts=len(texts), days=days)
    return texts


def _messages(since: datetime) -> Select[InboundMessage, str | None]:
    return (
        select(InboundMessage, Person.name)
        .join(Person, Person.id == InboundMessage.person_id)
        .where(
            InboundMessage.state == InboundState.DONE,
            InboundMessage.received_at >= since,
            is_misunderstood(),
            is_counted(drill=False),
        )
        .order_by(InboundMessage.id.desc())
        .limit(MAX_TEXTS)
    )


def is_misunderstood() -> ColumnElement[bool]:
    """Say in SQL whether a reader was unsure of a message, or found it out of scope."""
    is_unsure = InboundMessage.confidence < MIN_CONFIDENCE
    is_guess = InboundMessage.understood_by != _EXACT
    return or_(
        is_unsure & is_guess,
        InboundMessage.intent == _STRANGE_INTENT,
    )


def _hidden_text(message: InboundMessage, name: str | None) -> str:
    """Return the words of a typed text with names and numbers hidden; empty for anything else."""
    inbound = Inbound.from_json(message.content)
    if inbound.kind is not Kind.TEXT:
        return ""
    without_numbers = _NUMBER.sub(HIDDEN, text.ascii_digits(inbound.text))
    return _without_name(without_numbers, name or "")


def _without_name(written: str, name: str) -> str:
    """Hide the words of the writer's name, in any spelling."""
    names = _skeletons(name)
    if not names:
        return written

    def hide(word: re.Match[str]) -> str:
        is_name = bool(names & _skeletons(word[0]))
        return HIDDEN if is_name else word[0]

    return _WORD.sub(hide, written)


def _skeletons(name: str) -> set[str]:
    """Return the consonants of a name's words: محمد and Mohamed are one."""
    skeletons = {skeleton(word) for word in _SEPARATORS.split(name)}
    return skeletons - {""}


def _text(message: InboundMessage, hidden_text: str) -> Text:
    return Text(
        at=message.received_at,
        text=hidden_text,
        intent=message.intent,
        confidence=message.confidence,
        understood_by=message.understood_by,
    )
