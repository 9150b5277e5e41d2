"""Edited messages: a change corrects what the message said, and answers nothing asked since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue import answers
from bot.dialogue.facts import Danger, Safe
from bot.dialogue.flow import SAFE_FLOW
from bot.dialogue.reactions import ASK_SAFE_FLOW
from bot.dialogue.situations import Decision, Quiet, Situation, Start, told_slots
from bot.messages import Kind

TOLD_FLOW = "told"
# The slots that an answer fills which can be put right later, by the slot that was asked for.
CORRECTABLE = {
    "name": "name",
    "place": "place",
    "whereabouts": "place",
    "still_there": "place",
    "party": "party",
    "phone": "phone",
}
# What a yes, a no or the number of a line may have meant.
STATUS_INTENTS = frozenset(
    {"checkin_safe", "need_help", "need_medical", "need_evacuation", "affirm", "deny"}
)


def corrected(situation: Situation) -> Mapping[str, Any]:
    """Return what a message says anew of a slot that was asked for before.

    It is an edit of an answer, or an answer that points at a question which waits no more.
    """
    asked = situation.asked
    step = situation.waiting
    slot = CORRECTABLE.get(asked or "")
    if slot is None or (step is not None and step.collect == asked):
        return {}
    heard = replace(situation.heard, kind=Kind.TEXT)
    answer = told_slots(situation).get(slot)
    if answer is None:
        answer = answers.read(situation.flows.slots[slot], heard)
    return {} if answer is None else {slot: answer}


def slots_of(decision: Decision) -> Mapping[str, Any]:
    """Return what a decision puts right that was told before."""
    if not isinstance(decision, Start) or decision.script.name != TOLD_FLOW:
        return {}
    correctable = set(CORRECTABLE.values())
    return {slot: content for slot, content in decision.slots.items() if slot in correctable}


def unchanged(situation: Situation) -> Decision | None:
    """Say nothing where the words are the same: a picture was exchanged, or a link."""
    original = situation.heard.arrival.original
    is_same = original is not None and original.text == situation.heard.text
    return Quiet() if is_same else None


def danger(situation: Situation) -> Decision | None:
    """Note more words of a cry that is filed already; a new one goes on to `own_danger`."""
    told = situation.reading.first(Danger)
    original = situation.heard.arrival.original
    if told is None or original is None:
        return None
    is_filed = original.intent == told.intent and situation.state.known.get("has_own_case")
    return noted(situation) if is_filed else None


def safety(situation: Situation) -> Decision | None:
    """Record "safe" where the message said something else before; ask where we do not know."""
    if situation.reading.first(Safe) is None:
        return None
    original = situation.heard.arrival.original
    if original is None:
        return situation.begin(situation.script(ASK_SAFE_FLOW))
    if original.intent == "checkin_safe":
        return None
    return situation.begin(situation.script(SAFE_FLOW), intent="checkin_safe")


def correction(situation: Situation) -> Decision | None:
    """Put right what was answered before, and say it back."""
    slots = corrected(situation)
    if not slots:
        return None
    return situation.begin(situation.script(TOLD_FLOW), **slots)


def told(situation: Situation) -> Decision | None:
    """Put right what was told of the writer."""
    if not told_slots(situation):
        return None
    return situation.begin(situation.script(TOLD_FLOW))


def noted(situation: Situation) -> Decision:
    """Say that the change was seen; ask how they are where it may have been an answer to that."""
    original = situation.heard.arrival.original
    is_short = answers.number_of(situation.heard.text) is not None
    is_short = is_short or situation.heard.intent in {"affirm", "deny"}
    was_status = original is not None and original.intent in STATUS_INTENTS
    if is_short and was_status:
        return situation.begin(situation.script(ASK_SAFE_FLOW))
    return situation.begin(situation.script("pattern_edited"))
