"""The answer in words to an invitation: a seat waits, and we asked "are you coming?"."""

from __future__ import annotations

from bot.dialogue import waiting
from bot.dialogue.situations import Decision, Situation

COMES_FLOW = "seat_yes"
STAYS_FLOW = "seat_no"
MAX_WORDS = 5  # of an answer: a longer text says something else as well


def yes_or_no(situation: Situation) -> Decision | None:
    """Take a yes or no for the answer to the invitation that waits."""
    if not situation.knows("invited"):
        return None
    reply = waiting.yes_or_no(situation)
    typed_words = situation.heard.text.split()
    if reply is None or len(typed_words) > MAX_WORDS:
        return None
    flow = COMES_FLOW if reply.is_yes else STAYS_FLOW
    return situation.begin_flow(flow)
