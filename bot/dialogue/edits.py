"""Edited messages: a change corrects what the message said, and answers nothing asked since."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.dialogue import answers
from bot.dialogue.facts import Danger, Safe
from bot.dialogue.flow import SAFE_FLOW
from bot.dialogue.reactions import ASK_SAFE_FLOW
from bot.dialogue.records import Slots
from bot.dialogue.situations import Decision, Quiet, Situation, Start, told_slots
from bot.messages import Heard, Kind

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


def corrected(situation: Situation) -> Slots:
    """Return what a message says anew of a slot that was asked for before.

    It is an edit of an answer, or an answer that points at a question which waits no more.
    """
    asked = situation.asked or ""
    slot = CORRECTABLE.get(asked)
    if slot is None or _waits(situation, asked):
        return {}
    answer = told_slots(situation).get(slot)
    if answer is None:
        answer = _answer(situation, slot)
    if answer is None:
        return {}
    return {slot: answer}


def _waits(situation: Situation, asked: str) -> bool:
    """Tell whether the question for a slot waits still."""
    step = situation.waiting
    return step is not None and step.collect == asked


def _answer(situation: Situation, slot: str) -> Any | None:
    """Read an edited text as an answer, as if it had been written so."""
    heard = replace(situation.heard, kind=Kind.TEXT)
    return answers.read(situation.flows.slots[slot], heard)


def slots_of(decision: Decision) -> Slots:
    """Return what a decision puts right that was told before."""
    if not isinstance(decision, Start) or decision.script.name != TOLD_FLOW:
        return {}
    correctable = set(CORRECTABLE.values())
    corrections = {}
    for slot, content in decision.slots.items():
        if slot in correctable:
            corrections[slot] = content
    return corrections


def unchanged(situation: Situation) -> Decision | None:
    """Say nothing where the words are the same: a picture was exchanged, or a link."""
    heard = situation.heard
    original = heard.arrival.original
    if original is None or original.text != heard.text:
        return None
    return Quiet()


def danger(situation: Situation) -> Decision | None:
    """Note more words of a cry that is filed already; a new one goes on to `own_danger`."""
    cry = situation.reading.first(Danger)
    original = situation.heard.arrival.original
    if cry is None or original is None:
        return None
    if original.intent != cry.intent or not situation.knows("has_own_case"):
        return None
    return noted(situation)


def safety(situation: Situation) -> Decision | None:
    """Record "safe" where the message said something else before; ask where we do not know."""
    if situation.reading.first(Safe) is None:
        return None
    original = situation.heard.arrival.original
    if original is None:
        return situation.begin_flow(ASK_SAFE_FLOW)
    if original.intent == "checkin_safe":
        return None
    return situation.begin_flow(SAFE_FLOW, intent="checkin_safe")


def correction(situation: Situation) -> Decision | None:
    """Put right what was answered before, and say it back."""
    slots = corrected(situation)
    if not slots:
        return None
    return situation.begin_flow(TOLD_FLOW, **slots)


def told(situation: Situation) -> Decision | None:
    """Put right what was told of the writer."""
    if not told_slots(situation):
        return None
    return situation.begin_flow(TOLD_FLOW)


def noted(situation: Situation) -> Decision:
    """Say that the change was seen; ask how they are where it may have been an answer to that."""
    original = situation.heard.arrival.original
    was_status = original is not None and original.intent in STATUS_INTENTS
    if was_status and _is_short(situation.heard):
        return situation.begin_flow(ASK_SAFE_FLOW)
    return situation.begin_flow("pattern_edited")


def _is_short(heard: Heard) -> bool:
    """Tell whether a message is but a yes, a no or the number of a line."""
    if heard.intent in {"affirm", "deny"}:
        return True
    return answers.number_of(heard.text) is not None
