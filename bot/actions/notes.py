"""Lines for staff about what is no plain text: files, cards, marks. In every language of staff."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.messages import Attachment, Form, Inbound, Kind
from bot.text.catalogues import say
from bot.text.text import LANGUAGES

LATE_AFTER = timedelta(minutes=1)  # what took longer to reach us is marked with both its times
_TIME = "%Y-%m-%d %H:%M"


def words(inbound: Inbound, written_at: datetime, received_at: datetime) -> str:
    """Word a message for a case: its marks, what came with it, and the words themselves."""
    lines = [*_marks(inbound, written_at, received_at), *map(media, inbound.attachments)]
    if inbound.location:
        lines.append(f"📍 {inbound.location.latitude:.5f}, {inbound.location.longitude:.5f}")
    elif inbound.contact:
        lines.append(card(inbound))
    elif inbound.kind in {Kind.TEXT, Kind.EDITED}:
        lines.append(inbound.text)
    elif inbound.text:
        lines.append(f"[{inbound.text}]")
    return "\n".join(lines)


def _marks(inbound: Inbound, written_at: datetime, received_at: datetime) -> Iterator[str]:
    """Word what staff must know before they read: late, somebody else's words, changed words."""
    if received_at - written_at >= LATE_AFTER:
        times = {"written": written_at, "arrived": received_at}
        yield _bracketed("note_late", **{name: f"{at:{_TIME}}" for name, at in times.items()})
    if inbound.is_forwarded and inbound.origin:
        yield _bracketed("note_forwarded_from", origin=inbound.origin)
    elif inbound.is_forwarded:
        yield _bracketed("note_forwarded")
    if inbound.kind is Kind.EDITED:
        yield _bracketed("note_edited")


def media(attachment: Attachment) -> str:
    """Word a file: "voice message, 12 s"."""
    worded: list[str] = []
    for language in LANGUAGES:
        kind = say(f"media_{attachment.kind}", language, Form.TEXT)
        timed = say("media_timed", language, Form.TEXT, media=kind, seconds=attachment.seconds)
        worded.append(timed if attachment.seconds else kind)
    return f"[{' / '.join(worded)}]"


def card(inbound: Inbound) -> str:
    """Word a shared card: the name on it and its number."""
    contact = inbound.contact
    parts = [contact.name, contact.phone] if contact else []
    return f"👤 {' '.join(filter(None, parts))}"


def _bracketed(key: str, **details: Any) -> str:
    """Word a mark in every language of staff."""
    worded = [say(key, language, Form.TEXT, **details) for language in LANGUAGES]
    return f"[{' / '.join(worded)}]"
