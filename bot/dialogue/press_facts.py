"""What a button, a command, the number of a line or a shared card tells."""

from __future__ import annotations

from collections.abc import Iterator

from bot.dialogue import answers, requests_in_words
from bot.dialogue.facts import Danger, Fact, Here, Phone, Request, Safe, YesNo
from bot.dialogue.flow import Flows
from bot.dialogue.parts import SAFE_INTENT, STAY_INTENT
from bot.messages import Heard

ABOUT_SEATS = frozenset({"ask_seat", "seat_yes", "seat_no"})


def is_press(heard: Heard) -> bool:
    """Tell whether a text is a command, or the number of an option."""
    text = heard.text
    if text.startswith("/") and not text.startswith("//"):
        return True
    if heard.by != "exact":
        return False
    if heard.intent in ABOUT_SEATS | requests_in_words.ABOUT_ONESELF:
        return True
    return answers.number_of(text) is not None


def of_card(heard: Heard) -> Iterator[Fact]:
    """Read a shared location or contact."""
    if heard.location:
        position = answers.position(heard.location)
        if position:
            yield Here(position, "")
    if heard.contact and heard.contact.own:
        yield Phone(heard.contact.phone)


def of_press(flows: Flows, heard: Heard) -> Iterator[Fact]:
    """Read a button or a command by its intent."""
    intent = heard.intent
    if intent is None:
        return
    if intent in flows.life_saving:
        yield Danger(intent, 1.0, heard.text)
    elif intent == SAFE_INTENT:
        yield Safe(1.0, heard.text)
    elif intent == STAY_INTENT:
        yield Safe(1.0, heard.text, stays=True)
    elif intent in {"affirm", "deny"}:
        yield YesNo(intent == "affirm")
    else:
        yield Request(intent, 1.0, is_exact=True, text=heard.text)
