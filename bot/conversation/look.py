"""The oldest message as a turn looks at it, and what is understood of it without a model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.conversation import poster_codes
from bot.dialogue import answers, hearing
from bot.dialogue.flow import Flows
from bot.messages import Heard, Inbound, Kind
from bot.models import InboundMessage
from bot.text.text import clean
from nlu.language import exact

MAX_TEXT_CHARS = 10_000  # of a message that we read
MAX_PAYLOAD_CHARS = 100

Understand = Callable[[str, str | None], Awaitable[Heard]]
"""Tells from a text and its writer's country what the text means."""


@dataclass(slots=True)
class Look:
    """The oldest message as it was last seen, and what was understood of it."""

    message_id: int | None = None
    inbound: Inbound | None = None
    home: str | None = None
    heard: Heard | None = None

    def at(self, flows: Flows, message: InboundMessage, home: str | None) -> Inbound:
        """Read a message; what was understood of another one is forgotten."""
        if self.inbound is None or self.message_id != message.id:
            written = hearing.as_written(flows, Inbound.from_json(message.content))
            inbound = poster_codes.as_start(written)
            self.message_id = message.id
            self.inbound = replace(
                inbound,
                text=clean(inbound.text, MAX_TEXT_CHARS),
                payload=clean(inbound.payload, MAX_PAYLOAD_CHARS),
            )
            self.home = home
            self.heard = None
        return self.inbound


async def heard_at_once(
    inbound: Inbound,
    home: str | None,
    understand: Understand,
) -> Heard | None:
    """Understand what needs no model: buttons, locations, exact words, numbers; else None."""
    if inbound.is_unreadable:
        raise ValueError("the content of the message could not be stored")
    is_written = inbound.kind in {Kind.TEXT, Kind.EDITED}
    if not is_written or not inbound.text:
        return Heard(inbound.kind)
    is_number = answers.number_of(inbound.text) is not None and not _has_letters(inbound.text)
    if exact.match(inbound.text) or is_number:
        # These come from memory: there is no network call inside the transaction.
        return await understand(inbound.text, home)
    return None


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def with_message(heard: Heard, inbound: Inbound) -> Heard:
    """Add to what was understood the parts of the message itself."""
    return replace(
        heard,
        kind=inbound.kind,
        text=inbound.text,
        payload=inbound.payload,
        location=inbound.location,
        contact=inbound.contact,
    )
