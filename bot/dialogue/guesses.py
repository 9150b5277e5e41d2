"""What nobody understood: the best guesses, to choose from."""

from __future__ import annotations

from bot.dialogue import presses
from bot.dialogue.presses import Command
from bot.dialogue.situations import Decision, Situation, Start
from bot.messages import Option, TextKey

OFFERS = 0.15  # worth showing as a button


def offer(situation: Situation) -> Decision:
    """Offer the best guesses, one for each flow: its likeliest intent stands for it."""
    options: dict[str, Option] = {}
    flows = situation.flows
    for intent, certainty in situation.heard.ranking[:3]:
        script = flows.by_intent.get(intent)
        label = script.flow.label if script else None
        if label and certainty >= OFFERS and label not in options:
            payload = presses.write(Command(intent))
            options[label] = Option(TextKey(label), payload)
    if not options or situation.state.known.get("has_case"):
        return Start(flows.scripts["pattern_cannot_handle"])
    return Start(flows.scripts["pattern_clarification"], {"options": tuple(options.values())})
