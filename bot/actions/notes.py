"""Lines for staff about what is no plain text: files, cards, marks. In every language of staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.messages import Attachment, Form, Inbound, Kind, Language
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

LATE_AFTER = timedelta(minutes=1)  # what took longer to reach us is marked with both its times
_TIME = "%Y-%m-%d %H:%M"


def words(
    inbound: Inbound,
    written_at: datetime,
    received_at: datetime,
) -> str:
    """Word a message for a case: its marks, what came with it, and the words themselves."""
    lines = list(_marks(inbound, written_at, received_at))
    lines.extend(map(media, inbound.attachments))
    lines.extend(_content(inbound))
    return "\n".join(lines)


def _content(inbound: Inbound) -> Iterator[str]:
    """Word what a message holds: a place, a card, or its words."""
    if inbound.location:
        latitude = inbound.location.latitude
        longitude = inbound.location.longitude
        yield f"📍 {latitude:.5f}, {longitude:.5f}"
    elif inbound.contact:
        yield card(inbound)
    elif inbound.kind in {Kind.TEXT, Kind.EDITED}:
        yield inbound.text
    elif inbound.text:
        yield f"[{inbound.text}]"


def _marks(
    inbound: Inbound,
    written_at: datetime,
    received_at: datetime,
) -> Iterator[str]:
    """Word what staff must know before they read: late, somebody else's words, changed words."""
    delay = received_at - written_at
    if delay >= LATE_AFTER:
        yield _bracketed(
            "note_late",
            written=_time(written_at),
            arrived=_time(received_at),
        )
    if inbound.is_forwarded:
        yield _forwarded(inbound.origin)
    if inbound.kind is Kind.EDITED:
        yield _bracketed("note_edited")


def _forwarded(origin: str) -> str:
    """Word that a message is somebody else's, and whose, where the channel tells."""
    if not origin:
        return _bracketed("note_forwarded")
    return _bracketed("note_forwarded_from", origin=origin)


def _time(at: datetime) -> str:
    return f"{at:{_TIME}}"


def media(attachment: Attachment) -> str:
    """Word a file: "voice message, 12 s"."""
    phrases = []
    for language in LANGUAGES:
        phrases.append(_media(attachment, language))
    return _in_brackets(phrases)


def _media(attachment: Attachment, language: Language) -> str:
    """Word a file in one language, with the length of a recording."""
    kind = say(f"media_{attachment.kind}", language, Form.TEXT)
    if not attachment.seconds:
        return kind
    return say(
        "media_timed",
        language,
        Form.TEXT,
        media=kind,
        seconds=attachment.seconds,
    )


def card(inbound: Inbound) -> str:
    """Word a shared card: the name on it and its number."""
    parts = []
    contact = inbound.contact
    if contact:
        parts = [contact.name, contact.phone]
    return f"👤 {' '.join(filter(None, parts))}"


def _bracketed(key: str, **details: Any) -> str:
    """Word a mark in every language of staff."""
    phrases = []
    for language in LANGUAGES:
        phrases.append(say(key, language, Form.TEXT, **details))
    return _in_brackets(phrases)


def _in_brackets(phrases: list[str]) -> str:
    line = " / ".join(phrases)
    return f"[{line}]"
