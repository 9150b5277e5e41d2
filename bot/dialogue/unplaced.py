"""What to do with a position that cannot be read."""

from __future__ import annotations

from bot.dialogue import asides
from bot.dialogue.facts import Unplaced
from bot.dialogue.reading import PLACING_TYPES
from bot.dialogue.situations import Decision, Retry, Situation
from bot.messages import Kind


def decide(situation: Situation) -> Decision | None:
    """Say why it cannot be read, and ask for the name of the place."""
    position = situation.reading.first(Unplaced)
    if position is None or situation.heard.kind is Kind.EDITED:
        return None
    if situation.slot_type in PLACING_TYPES:
        return Retry(f"utter_{position.why}")
    if situation.reading.statements:
        return None
    return situation.begin_flow(asides.UNPLACED_FLOW, unread=position.why)
