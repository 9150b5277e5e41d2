"""What is no word of the writer's own: forwarded texts, cards of others, files we cannot read.

It is kept for staff, and the writer is asked whom it is about. It never changes the writer's state.
"""

from __future__ import annotations

from bot.dialogue.facts import Danger, Doubt, Report
from bot.dialogue.flow import REPORT_FLOW
from bot.dialogue.situations import Answer, Decision, Situation, Start
from bot.messages import Kind

FORWARDED_FLOW = "forwarded"
CARD_FLOW = "card_of_other"
CARD_NOTED_FLOW = "card_noted"
MEDIA_NOTED_FLOW = "media_noted"


def forwarded(situation: Situation) -> Decision | None:
    """Keep what somebody passes on, show staff a cry in it, and ask whom it is about."""
    if not situation.heard.arrival.is_forwarded:
        return None
    reading = situation.reading
    is_cry = any(map(reading.every, (Danger, Doubt))) or _is_grave(situation)
    return Start(situation.script(FORWARDED_FLOW), {"is_cry": is_cry})


def _is_grave(situation: Situation) -> bool:
    return any(report.matter for report in situation.reading.every(Report))


def card(situation: Situation) -> Decision | None:
    """Keep the card of somebody else: in the report that is being made, or in the open case."""
    contact = situation.heard.contact
    if contact is None or contact.own:
        return None
    slot = situation.slot
    if situation.flow == REPORT_FLOW and slot is not None and slot.type == "note":
        return Answer(f"{contact.name} {contact.phone}".strip())
    if situation.state.known.get("has_case"):
        return situation.begin(situation.script(CARD_NOTED_FLOW))
    return situation.begin(situation.script(CARD_FLOW))


def media(situation: Situation) -> Decision | None:
    """Say that a file arrived in an open case, and that words are needed."""
    if situation.heard.kind is not Kind.OTHER or not situation.state.known.get("has_case"):
        return None
    return situation.begin(situation.script(MEDIA_NOTED_FLOW))
