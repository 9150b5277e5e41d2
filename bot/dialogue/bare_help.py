"""The bare word "help": a cry, or a wish for the menu."""

from __future__ import annotations

from bot.dialogue.flow import HELP_FLOW
from bot.dialogue.situations import Decision, Situation
from bot.messages import Heard, Kind
from nlu.language.folding import fold

HELP_WORDS = frozenset(
    {
        "help",
        "help plz",
        "help pls",
        "help please",
        fold("مساعدة"),
    }
)
# What is known of somebody for whom the word is a cry.
IN_CRISIS = ("in_crisis", "roll_call", "has_own_case")


def decide(situation: Situation) -> Decision | None:
    """Hear the bare word "help" as a cry where there is a crisis; elsewhere staff are told, too."""
    if not _is_help_word(situation.heard):
        return None
    for name in IN_CRISIS:
        if situation.knows(name):
            return situation.begin_flow(HELP_FLOW, intent="need_help")
    return situation.begin_flow("help_word")


def _is_help_word(heard: Heard) -> bool:
    if heard.kind is not Kind.TEXT:
        return False
    typed = fold(heard.text)
    return typed.strip(" .!؟?،") in HELP_WORDS
