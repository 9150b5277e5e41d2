"""Questions and commands: which of a message counts, and whether it is certain enough."""

from __future__ import annotations

from bot.dialogue.facts import Request
from bot.dialogue.flow import Script, Slot
from bot.dialogue.presses import Command
from bot.dialogue.situations import REGISTER_FLOW, Situation, told_slots
from bot.messages import Kind

STARTS = 0.55  # an ordinary flow, nothing waiting
TOLD = 0.4  # an ordinary flow, when the message holds something flows ask for
INTERRUPTS = 0.75  # an ordinary flow, while a question waits
STORIES = frozenset({"note", "here", "whereabouts"})  # slots that take whatever is said
# What a model makes of «السلام عليكم أنا محمد في اسطنبول», which tells a name and a place.
CHATTER = frozenset({"greet", "thanks_bye", "out_of_scope"})
PLACING = frozenset({"update_location", "register"})
SMALL_TALK = frozenset({"affirm", "deny", "cancel", "register", "update_location", "out_of_scope"})


def script(situation: Situation, request: Request) -> Script | None:
    """Return the flow of a request; somebody new who tells a place wants to be registered."""
    is_new = not situation.state.known.get("registered")
    if request.intent in PLACING and is_new and not request.is_exact:
        return situation.script(REGISTER_FLOW)
    return situation.flows.by_intent.get(request.intent)


def is_enough(situation: Situation, request: Request) -> bool:
    """Tell whether a request is certain enough while nothing waits."""
    has_told = bool(told_slots(situation))
    if request.intent in CHATTER and has_told:
        return False
    threshold = TOLD if has_told else STARTS
    return request.is_exact or request.certainty >= threshold


def may_interrupt(request: Request) -> bool:
    """Tell whether a request is answered while a question waits."""
    is_sure = request.is_exact or request.certainty >= INTERRUPTS
    return is_sure and request.intent not in SMALL_TALK


def best(situation: Situation) -> Request | None:
    """Choose the request that counts: the surest, and small talk last."""
    requests = situation.reading.every(Request)
    useful = [request for request in requests if request.intent not in CHATTER]
    return max(useful or requests, key=lambda request: request.certainty, default=None)


def is_aside(situation: Situation, slot: Slot) -> bool:
    """Tell whether somebody asks for something else instead of answering."""
    heard = situation.heard
    if heard.intent not in situation.flows.by_intent or heard.kind is Kind.EDITED:
        return False
    is_command = isinstance(situation.press, Command)
    if is_command or heard.kind is Kind.COMMAND:
        return True
    request = best(situation)
    if request is None or request.intent in SMALL_TALK | CHATTER:
        return False
    is_sure = request.is_exact or request.certainty >= INTERRUPTS
    is_question = any(statement.manner.is_question for statement in situation.reading.statements)
    if slot.type in STORIES:
        return is_sure and (is_question or request.is_exact) and slot.type != "note"
    return is_sure and len(heard.text.split()) > 1
