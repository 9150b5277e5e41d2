"""What to do with a position that cannot be read."""

from __future__ import annotations

from bot.dialogue import asides
from bot.dialogue.facts import Unplaced
from bot.dialogue.reading import PLACING_TYPES
from bot.dialogue.situations import Decision, Retry, Situation
from bot.messages import Kind


def decide(situation: Situation) -> Decision | None:
    """Say why it cannot be read, and ask for the name of the place."""
    told = situation.reading.first(Unplaced)
    if told is None or situation.heard.kind is Kind.EDITED:
        return None
    if situation.slot is not None and situation.slot.type in PLACING_TYPES:
        return Retry(f"utter_{told.why}")
    if situation.reading.statements:
        return None
    script = situation.script(asides.UNPLACED_FLOW)
    return situation.begin(script, unread=told.why)
