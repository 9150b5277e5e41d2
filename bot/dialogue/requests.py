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
DAYS = frozenset({"day", "destination"})  # what a reader alone takes for another matter: "8 days"
# What a model makes of «السلام عليكم أنا محمد في اسطنبول», which tells a name and a place.
CHATTER = frozenset({"greet", "thanks_bye", "out_of_scope"})
PLACING = frozenset({"update_location", "register"})
SMALL_TALK = frozenset(
    {
        "affirm",
        "deny",
        "cancel",
        "register",
        "update_location",
        "out_of_scope",
    }
)


def script(situation: Situation, request: Request) -> Script | None:
    """Return the flow of a request; somebody new who tells a place wants to be registered."""
    is_placing = request.intent in PLACING and not request.is_exact
    if is_placing and not situation.knows("registered"):
        return situation.script(REGISTER_FLOW)
    by_intent = situation.flows.by_intent
    return by_intent.get(request.intent)


def is_enough(situation: Situation, request: Request) -> bool:
    """Tell whether a request is certain enough while nothing waits."""
    threshold = STARTS
    if told_slots(situation):
        threshold = TOLD
        if request.intent in CHATTER:
            return False
    return request.is_exact or request.certainty >= threshold


def is_sure(request: Request) -> bool:
    """Tell whether a request is certain enough while a question waits."""
    return request.is_exact or request.certainty >= INTERRUPTS


def may_interrupt(request: Request) -> bool:
    """Tell whether a request is answered while a question waits."""
    return is_sure(request) and request.intent not in SMALL_TALK


def best(situation: Situation) -> Request | None:
    """Choose the request that counts: the surest, and small talk last."""
    best_request: Request | None = None
    for request in situation.reading.every(Request):
        if best_request is None or _rank(request) > _rank(best_request):
            best_request = request
    return best_request


def _rank(request: Request) -> tuple[bool, float]:
    """Return what orders requests: small talk is the least, then certainty counts."""
    is_useful = request.intent not in CHATTER
    return is_useful, request.certainty


def is_aside(situation: Situation, slot: Slot) -> bool:
    """Tell whether somebody asks for something else instead of answering."""
    heard = situation.heard
    if heard.kind is Kind.EDITED:
        return False
    if heard.intent not in situation.flows.by_intent:
        return False
    if heard.kind is Kind.COMMAND or isinstance(situation.press, Command):
        return True
    request = best(situation)
    if request is None or not is_sure(request):
        return False
    if request.intent in SMALL_TALK | CHATTER:
        return False
    if slot.type == "note":
        return False
    if slot.type in STORIES | DAYS:
        return _is_asking(situation, request)
    typed_words = heard.text.split()
    return len(typed_words) > 1


def _is_asking(situation: Situation, request: Request) -> bool:
    """Tell whether a message asks, or is the exact word for a request."""
    if request.is_exact:
        return True
    statements = situation.reading.statements
    return any(statement.manner.is_question for statement in statements)
