"""The bare word "help": a cry, or a wish for the menu."""

from __future__ import annotations

from bot.dialogue.flow import HELP_FLOW
from bot.dialogue.situations import Decision, Situation
from bot.messages import Kind
from nlu.language.folding import fold

HELP_WORDS = frozenset({"help", "help plz", "help pls", "help please", fold("مساعدة")})


def decide(situation: Situation) -> Decision | None:
    """Hear the bare word "help" as a cry where there is a crisis; elsewhere staff are told, too."""
    heard = situation.heard
    if heard.kind is not Kind.TEXT or fold(heard.text).strip(" .!؟?،") not in HELP_WORDS:
        return None
    known = situation.state.known
    if known.get("in_crisis") or known.get("roll_call") or known.get("has_own_case"):
        return situation.begin(situation.script(HELP_FLOW), intent="need_help")
    return situation.begin(situation.script("help_word"))
