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
# What a question holds that is answered by yes, by no, or by a place.
YES_OR_NO = {True: "yes", False: "no"}
# The colours of a skin or a sign, which say nothing.
_TONES = frozenset("\ufe0e\ufe0f🏻🏼🏽🏾🏿")


def meaning(emoji: str) -> bool | None:
    """Tell a yes from a no; None for what may mean anything, such as tears or folded hands."""
    signs = set(emoji) - _TONES
    if not signs:
        return None
    if signs <= YES:
        return True
    if signs <= NO:
        return False
    return None


def decide(situation: Situation) -> Decision:
    """Take a reaction for the answer of the question that it is put on, if it is one."""
    question = situation.heard.arrival.question
    if question is None:
        return Quiet()
    reply = meaning(situation.heard.text)
    if question.is_if_safe:
        return _to_roll_call(situation, question, reply)
    if reply is None:
        return Quiet()
    match situation.slot_type:
        case "bool":
            return Answer(reply)
        case "here":
            return Answer(YES_OR_NO[reply])
        case _:
            return Quiet()


def _to_roll_call(
    situation: Situation,
    question: Question,
    reply: bool | None,
) -> Decision:
    """Record a clear answer to "are you safe?"; ask where it is not clear, or takes back a need."""
    if reply is False:
        return situation.begin_flow(HELP_FLOW, intent="need_help")
    if reply is None or _is_in_need(situation, question):
        return situation.begin_flow(ASK_SAFE_FLOW)
    if question.is_answered:
        return Quiet()  # they are safe, and said so
    return situation.begin_flow(SAFE_FLOW, intent="checkin_safe")


def _is_in_need(situation: Situation, question: Question) -> bool:
    """Tell whether somebody told of a need, in answer to a question or not."""
    if situation.knows("has_own_case"):
        return True
    last_status = situation.state.known.get("last_status")
    return question.is_answered and last_status in NEEDS
