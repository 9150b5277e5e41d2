"""Reactions: an emoji on a question of ours may answer it; on anything else it says nothing."""

from __future__ import annotations

from bot.dialogue.flow import HELP_FLOW, SAFE_FLOW
from bot.dialogue.situations import Answer, Decision, Quiet, Situation
from bot.messages import Question

ASK_SAFE_FLOW = "ask_if_safe"
# What nobody puts on "are you safe?" who is not. Whatever may mean fear or grief is asked about.
YES = frozenset("👍👌💯✅☑✔🆗🤝❤♥💚💙💜🧡💛🤍🤎💕💖💗")
NO = frozenset("👎❌✖🚫⛔🆘")
NEEDS = frozenset({"help", "medical", "evacuate"})
# The colours of a skin or a sign, which say nothing.
_TONES = frozenset("\ufe0e\ufe0f🏻🏼🏽🏾🏿")


def meaning(emoji: str) -> bool | None:
    """Tell a yes from a no; None for what may mean anything, such as tears or folded hands."""
    signs = set(emoji) - _TONES
    if signs and signs <= YES:
        return True
    return False if signs and signs <= NO else None


def decide(situation: Situation) -> Decision:
    """Take a reaction for the answer of the question that it is put on, if it is one."""
    question = situation.heard.arrival.question
    if question is None:
        return Quiet()
    reply = meaning(situation.heard.text)
    if question.is_if_safe:
        return _to_roll_call(situation, question, reply)
    if situation.slot is None or reply is None:
        return Quiet()
    match situation.slot.type:
        case "bool":
            return Answer(reply)
        case "here":
            return Answer("yes" if reply else "no")
        case _:
            return Quiet()


def _to_roll_call(situation: Situation, question: Question, reply: bool | None) -> Decision:
    """Record a clear answer to "are you safe?"; ask where it is not clear, or takes back a need."""
    known = situation.state.known
    last_status = known.get("last_status")
    is_in_need = question.is_answered and last_status in NEEDS
    if reply is False:
        help_flow = situation.script(HELP_FLOW)
        return situation.begin(help_flow, intent="need_help")
    if reply is None or is_in_need or known.get("has_own_case"):
        return situation.begin(situation.script(ASK_SAFE_FLOW))
    if question.is_answered:
        return Quiet()  # they are safe, and said so
    return situation.begin(situation.script(SAFE_FLOW), intent="checkin_safe")
