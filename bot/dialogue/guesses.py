"""What nobody understood: the best guesses, to choose from."""

from __future__ import annotations

from bot.dialogue import presses
from bot.dialogue.flow import Flows
from bot.dialogue.presses import Command
from bot.dialogue.situations import Decision, Situation, Start
from bot.messages import Option, TextKey

OFFERS = 0.15  # worth showing as a button
MAX_GUESSES = 3


def offer(situation: Situation) -> Decision:
    """Offer the best guesses, one for each flow: its likeliest intent stands for it."""
    options = _options(situation)
    if not options or situation.knows("has_case"):
        return Start(situation.script("pattern_cannot_handle"))
    clarification = situation.script("pattern_clarification")
    return Start(clarification, {"options": options})


def _options(situation: Situation) -> tuple[Option, ...]:
    options: dict[str, Option] = {}
    for intent, certainty in situation.heard.ranking[:MAX_GUESSES]:
        label = _label(situation.flows, intent)
        if label is None or label in options:
            continue
        if certainty >= OFFERS:
            payload = presses.write(Command(intent))
            options[label] = Option(TextKey(label), payload)
    return tuple(options.values())


def _label(flows: Flows, intent: str) -> str | None:
    """Return the label of the flow that an intent starts, if it has one."""
    script = flows.by_intent.get(intent)
    if script is None:
        return None
    return script.flow.label
