"""Rules about presses, orders, questions and answers: what is no cry for help and no "safe".

`precedence` says in which order they apply, among all rules.
"""

from __future__ import annotations

from bot.dialogue import answers, named_places, requests, waiting
from bot.dialogue.facts import Consent, Request, YesNo
from bot.dialogue.flow import Script, Step
from bot.dialogue.presses import Decline, Pick
from bot.dialogue.records import Slots
from bot.dialogue.situations import (
    REGISTER_FLOW,
    Answer,
    Decision,
    Retry,
    Situation,
    Skip,
    Start,
    told_slots,
)
from bot.messages import Kind, Location

# What an inferred wish only asks about; the exact word does it.
ASKED_FIRST = {"stop": "stop_asked", "delete_data": "delete_data"}
CONTACT_FLOW = "emergency_contact"
# What somebody tells who wants to be on the register, in crises or not.
TELLING = frozenset({"name", "place", "party", "phone", "household"})


def pressed_answer(situation: Situation) -> Decision | None:
    """Take a button of a question: of the one that waits, or of an older one."""
    press = situation.press
    step = situation.step
    if not isinstance(press, Pick | Decline):
        return None
    if step is None or step.collect != press.slot:
        return Start(situation.script("pattern_stale"))
    if isinstance(press, Decline):
        return _declined(step)
    answer = waiting.offered_answer(situation, step, press)
    if answer is None:
        return Retry()
    return Answer(answer)


def _declined(step: Step) -> Decision:
    """Leave the waiting question open, where it may be."""
    if step.skip:
        return Skip()
    return Retry()


def exact_order(situation: Situation) -> Decision | None:
    """Obey the exact word for stop or erase, in any state; an inferred wish is asked about."""
    heard = situation.heard
    if heard.by != "exact" or heard.arrival.is_overtaken:
        return None
    if heard.intent not in ASKED_FIRST:
        return None
    script = situation.flows.by_intent[heard.intent]
    return situation.begin(script)


def consent_given(situation: Situation) -> Decision | None:
    """Register somebody who agrees to what we asked, whichever question waits since."""
    consent = situation.reading.first(Consent)
    if consent is None or not consent.agrees:
        return None
    if situation.knows("consented") or situation.slot_type == "bool":
        return None
    was_asked = bool(situation.state.told)
    if not was_asked:
        return None
    return situation.begin_flow(REGISTER_FLOW, consent=True)


def waiting_answer(situation: Situation) -> Decision | None:
    """Take what the waiting question asks for, and only that."""
    step = situation.step
    slot = situation.slot
    heard = situation.heard
    if step is None or slot is None:
        return None
    if requests.is_aside(situation, slot):
        return None
    if heard.intent == "cancel" and heard.by == "exact":
        return Start(situation.script("pattern_cancel_flow"))
    answer = waiting.answer_value(situation, slot)
    if answer is not None:
        return Answer(answer)
    if step.skip and answers.is_skip(heard):
        return Skip()
    return None


def question(situation: Situation) -> Decision | None:
    """Answer a question asked in passing, or start what is asked for."""
    request = requests.best(situation)
    if request is None:
        return None
    if request.intent in ASKED_FIRST and not request.is_exact:
        return _asked_first(situation, request)
    script = requests.script(situation, request)
    if script is None or script.flow.interrupts:
        return None
    if situation.slot is None:
        return _started(situation, request, script)
    if not requests.may_interrupt(request):
        return None
    return situation.begin(script)


def _asked_first(situation: Situation, request: Request) -> Decision | None:
    """Ask whether somebody means what a model takes for their wish to stop or be forgotten."""
    if request.certainty < requests.INTERRUPTS:
        return None
    return situation.begin_flow(ASKED_FIRST[request.intent])


def _started(
    situation: Situation,
    request: Request,
    script: Script,
) -> Decision | None:
    """Start the flow of a request while no question waits; a question about a place has it."""
    heard = situation.heard
    topic = named_places.named(heard.entities, heard.text)
    if topic and request.intent.startswith("ask_"):
        return situation.begin(script, place=topic)
    if not requests.is_enough(situation, request):
        return None
    return situation.begin(script)


def told_in_passing(situation: Situation) -> Decision | None:
    """Keep what was told without being asked for."""
    slots = told_slots(situation)
    if situation.slot is not None:
        if not slots:
            return None
        return situation.proceed()
    kind = situation.heard.kind
    by_kind = situation.flows.by_kind
    if kind in by_kind:
        return situation.begin(by_kind[kind])
    if not slots:
        return None
    flow = _flow_of_telling(situation, slots)
    return situation.begin_flow(flow)


def _flow_of_telling(situation: Situation, slots: Slots) -> str:
    """Name the flow that keeps what was told while nothing waits."""
    if "contact" in slots:
        return CONTACT_FLOW
    is_position = isinstance(slots.get("place"), Location)
    if is_position and not slots.keys() & {"name", "party"}:
        return "update_location"
    if slots.keys() & TELLING and not situation.knows("registered"):
        return REGISTER_FLOW
    if slots.keys() == {"phone"}:
        return "add_phone"
    if "household" in slots:
        return "household_told"
    if "place" in slots:
        return "update_location"
    return "told"


def other_kinds(situation: Situation) -> Decision | None:
    """Answer kindly what is no text: a sticker, a voice message, emoji alone."""
    heard = situation.heard
    by_kind = situation.flows.by_kind
    is_card = heard.kind in {Kind.LOCATION, Kind.CONTACT}
    is_answer = is_card and situation.slot is not None
    if heard.kind in by_kind and not is_answer:
        return situation.begin(by_kind[heard.kind])
    if heard.kind is not Kind.TEXT or heard.intent is not None:
        return None
    if not answers.is_wordless(heard.text):
        return None
    return Start(by_kind[Kind.OTHER])


def nothing_asked(situation: Situation) -> Decision | None:
    """Answer a yes or no to nothing."""
    if situation.slot is not None:
        return None
    if situation.reading.first(YesNo) is None:
        return None
    return situation.begin_flow("nothing_asked")


def unanswered(situation: Situation) -> Decision | None:
    """Ask the waiting question again."""
    if situation.slot is None:
        return None
    return Retry()
