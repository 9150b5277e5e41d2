"""What to do with what a message tells: the order of precedence, written once.

Every rule looks at the same reading; the first that applies decides where the conversation goes.
What else was told is kept beside it: nothing is dropped because something weightier came with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.dialogue import (
    answers,
    asides,
    bare_help,
    edits,
    evidence,
    guesses,
    reactions,
    requests,
    unplaced,
    waiting,
)
from bot.dialogue.facts import (
    GOOD,
    Consent,
    Correction,
    Danger,
    Doubt,
    OtherName,
    Safe,
    YesNo,
)
from bot.dialogue.flow import HELP_FLOW, REPORT_FLOW, SAFE_FLOW, Flows
from bot.dialogue.parts import ALARMS
from bot.dialogue.presses import Decline, Pick, Press
from bot.dialogue.reading import read
from bot.dialogue.situations import (
    REGISTER_FLOW,
    Answer,
    Decision,
    Plan,
    Proceed,
    Quiet,
    Retry,
    Situation,
    Skip,
    Start,
    subject_spoken_of,
    told_before_consent,
    told_slots,
)
from bot.dialogue.state import State
from bot.messages import Heard, Kind, Location

MAX_YES_WORDS = 5  # of a yes that says nothing else

DOUBT_FLOW = "pattern_doubt"
# What an inferred wish only asks about; the exact word does it.
ASKED_FIRST = {"stop": "stop_asked", "delete_data": "delete_data"}


Rule = Callable[[Situation], Decision | None]


def decide(flows: Flows, state: State, heard: Heard, press: Press | None) -> Plan:
    """Return the plan of the first rule that applies. `heard` comes from `hearing.resolve`."""
    if heard.kind is Kind.BLOCKED:
        return Plan(Quiet())
    reading = read(flows, state, heard)
    situation = Situation(
        flows,
        state,
        heard,
        press,
        reading,
    )
    if heard.kind is Kind.REACTION:
        return Plan(reactions.decide(situation), about=state.about, told=state.told)
    rules = EDITED_PRECEDENCE if heard.kind is Kind.EDITED else PRECEDENCE
    for rule in rules:
        decision = rule(situation)
        if decision is not None:
            return _plan(situation, decision)
    return _plan(situation, guesses.offer(situation))


def _plan(situation: Situation, decision: Decision) -> Plan:
    """Put a decision and what is kept beside it together."""
    if situation.heard.arrival.is_forwarded:
        return _plan_of_evidence(situation, decision)
    corrected = edits.slots_of(decision)
    told = told_before_consent(situation)
    if not situation.state.known.get("consented"):
        told = {**told, **corrected}
    return Plan(
        decision=decision,
        asides=tuple(asides.kept_beside(situation, decision)),
        about=subject_spoken_of(situation),
        told={} if _is_refused(situation, decision) else told,
        corrected=corrected,
    )


def _plan_of_evidence(situation: Situation, decision: Decision) -> Plan:
    """Keep the words of somebody else for staff, and nothing of them for the writer."""
    state = situation.state
    return Plan(decision, (asides.WORDS,), about=state.about, told=state.told)


def _is_refused(situation: Situation, decision: Decision) -> bool:
    """Tell whether somebody does not agree: what they told until then is let go."""
    step = situation.step
    is_asked = step is not None and step.collect == "consent"
    return is_asked and isinstance(decision, Answer) and decision.value is False


# --- the rules ----------------------------------------------------------------------------------


def pressed_answer(situation: Situation) -> Decision | None:
    """Take a button of a question: of the one that waits, or of an older one."""
    press, step = situation.press, situation.step
    if not isinstance(press, Pick | Decline):
        return None
    if step is None or step.collect != press.slot:
        return Start(situation.script("pattern_stale"))
    if isinstance(press, Decline):
        return Skip() if step.skip else Retry()
    answer = waiting.offered_answer(situation, step, press)
    return Retry() if answer is None else Answer(answer)


def exact_order(situation: Situation) -> Decision | None:
    """Obey the exact word for stop or erase, in any state; an inferred wish is asked about."""
    heard = situation.heard
    if heard.by != "exact" or heard.arrival.is_overtaken:
        return None
    if heard.intent not in ASKED_FIRST:
        return None
    return situation.begin(situation.flows.by_intent[heard.intent])


def own_danger(situation: Situation) -> Decision | None:
    """Record the writer's danger, in any state."""
    danger = situation.reading.first(Danger)
    if danger is None:
        return None
    is_running = situation.flow == HELP_FLOW and situation.step is not None
    if is_running and not _is_graver(situation, danger):
        if _is_story(situation):
            return Answer(situation.heard.text)
        return _heard_in_flow(situation)
    help_flow = situation.script(HELP_FLOW)
    return situation.begin(help_flow, intent=danger.intent, is_held=danger.is_held)


def _is_graver(situation: Situation, danger: Danger) -> bool:
    """Tell whether somebody in need says only now that it is another need."""
    frame = situation.state.top
    status = frame.slots.get("status") if frame else None
    is_asked = situation.slot is not None and situation.slot.type == "note"
    if is_asked and situation.heard.by == "exact":
        return False
    return danger.intent == "need_medical" and status != "medical" and danger.is_evident


def somebody_else(situation: Situation) -> Decision | None:
    """Keep what is told of somebody else, for that person."""
    report = asides.main_report(situation)
    if report is None:
        return None
    if report.matter in GOOD:
        return situation.begin(
            situation.script("relative_found"),
            relation=asides.relation(situation, report),
            matter=report.matter,
        )
    is_same = report.relation in {None, situation.state.about}
    if situation.flow == REPORT_FLOW and is_same and _is_story(situation):
        return Answer(situation.heard.text)
    if situation.flow == REPORT_FLOW and is_same and situation.step is not None:
        slots = {"matter": report.matter} if report.matter else {}
        return _heard_in_flow(situation, **slots)
    named = situation.reading.first(OtherName)
    return situation.begin(
        situation.script(REPORT_FLOW),
        relation=asides.relation(situation, report),
        matter=report.matter,
        other_name=named.name if named else None,
    )


def _is_story(situation: Situation) -> bool:
    """Tell whether the waiting question takes whatever is said."""
    return situation.slot is not None and situation.slot.type == "note"


def correction(situation: Situation) -> Decision | None:
    """Take back what was told last: a "safe" that was none raises an alarm."""
    told = situation.reading.first(Correction)
    if told is None or told_slots(situation):
        return None
    if situation.state.known.get("last_status") == "safe":
        return situation.begin(situation.script(HELP_FLOW), intent="need_help")
    if situation.state.known.get("last_status"):
        return situation.begin(situation.script(DOUBT_FLOW))
    return None


def own_safety(situation: Situation) -> Decision | None:
    """Record that the writer is safe."""
    if situation.reading.first(Safe) is None:
        return None
    return situation.begin(situation.script(SAFE_FLOW), intent="checkin_safe")


def yes_or_no(situation: Situation) -> Decision | None:
    """Take a yes or no for the answer to "are you safe?", from us or a roll call, until then."""
    reply = waiting.yes_or_no(situation)
    arrival = situation.heard.arrival
    is_open = situation.slot is None and arrival.question is None and not arrival.is_belated
    is_asked = situation.state.asked_if_safe and is_open
    if reply is None or not (situation.state.known.get("roll_call") or is_asked):
        return None
    if situation.slot is not None and situation.slot.type in {"bool", "leaving"}:
        return None
    says_more = _says_more_than_yes(situation)
    if says_more and not situation.state.known.get("roll_call"):
        return None  # it answers something else than "are you safe?"
    if not reply.is_yes:
        return situation.begin(situation.script(HELP_FLOW), intent="need_help")
    if says_more:
        return situation.begin(situation.script(DOUBT_FLOW))
    return situation.begin(situation.script(SAFE_FLOW), intent="checkin_safe")


def _says_more_than_yes(situation: Situation) -> bool:
    """Tell whether a yes goes on in a way that may take it back: "yes but they shoot"."""
    statements = situation.reading.statements
    if any(statement.matters & ALARMS or statement.has_want for statement in statements):
        return True
    return len(situation.heard.text.split()) > MAX_YES_WORDS


def doubt(situation: Situation) -> Decision | None:
    """Ask, and tell staff, where a cry for help may hide."""
    if situation.reading.first(Doubt) is None:
        return None
    if situation.flow in {DOUBT_FLOW, HELP_FLOW} or situation.state.known.get("has_own_case"):
        return None
    if situation.slot and waiting.answer_value(situation, situation.slot) is not None:
        return None
    return situation.begin(situation.script(DOUBT_FLOW))


def consent_given(situation: Situation) -> Decision | None:
    """Register somebody who agrees to what we asked, whichever question waits since."""
    consent = situation.reading.first(Consent)
    if consent is None or situation.state.known.get("consented"):
        return None
    is_asked = situation.slot is not None and situation.slot.type == "bool"
    was_asked = bool(situation.state.told)
    if is_asked or not was_asked or not consent.agrees:
        return None
    return situation.begin(situation.script(REGISTER_FLOW), consent=True)


def waiting_answer(situation: Situation) -> Decision | None:
    """Take what the waiting question asks for, and only that."""
    step, slot, heard = situation.step, situation.slot, situation.heard
    if step is None or slot is None:
        return None
    if requests.is_aside(situation, slot):
        return None
    if heard.intent == "cancel" and heard.by == "exact":
        return Start(situation.script("pattern_cancel_flow"))
    value = waiting.answer_value(situation, slot)
    if value is not None:
        return Answer(value)
    if step.skip and answers.is_skip(heard):
        return Skip()
    return None


def question(situation: Situation) -> Decision | None:
    """Answer a question asked in passing, or start what is asked for."""
    request = requests.best(situation)
    if request is None:
        return None
    if request.intent in ASKED_FIRST and not request.is_exact:
        is_sure = request.certainty >= requests.INTERRUPTS
        asked = situation.script(ASKED_FIRST[request.intent])
        return situation.begin(asked) if is_sure else None
    script = requests.script(situation, request)
    if script is None or script.flow.interrupts:
        return None
    if situation.slot is not None:
        return situation.begin(script) if requests.may_interrupt(request) else None
    topic = answers.named_place(situation.heard.entities, situation.heard.text)
    if topic and request.intent.startswith("ask_"):
        return situation.begin(script, place=topic)
    return situation.begin(script) if requests.is_enough(situation, request) else None


def told_in_passing(situation: Situation) -> Decision | None:
    """Keep what was told without being asked for."""
    slots = told_slots(situation)
    kind = situation.heard.kind
    if situation.slot is not None:
        return _heard_in_flow(situation) if slots else None
    if kind in situation.flows.by_kind:
        return situation.begin(situation.flows.by_kind[kind])
    if not slots:
        return None
    flow = _flow_of_telling(situation, slots)
    return situation.begin(situation.script(flow))


def _flow_of_telling(situation: Situation, slots: Mapping[str, Any]) -> str:
    """Name the flow that keeps what was told while nothing waits."""
    is_position = isinstance(slots.get("place"), Location)
    if is_position and not slots.keys() & {"name", "party"}:
        return "update_location"
    if not situation.state.known.get("registered") and slots.keys() & TELLING:
        return REGISTER_FLOW
    if slots.keys() == {"phone"}:
        return "add_phone"
    return "update_location" if "place" in slots else "told"


# What somebody tells who wants to be on the register, in crises or not.
TELLING = frozenset({"name", "place", "party", "phone"})


def other_kinds(situation: Situation) -> Decision | None:
    """Answer kindly what is no text: a sticker, a voice message, emoji alone."""
    heard, flows = situation.heard, situation.flows
    is_card = heard.kind in {Kind.LOCATION, Kind.CONTACT} and situation.slot is not None
    if heard.kind in flows.by_kind and not is_card:
        return situation.begin(flows.by_kind[heard.kind])
    if heard.kind is Kind.TEXT and answers.is_wordless(heard.text) and heard.intent is None:
        return Start(flows.by_kind[Kind.OTHER])
    return None


def nothing_asked(situation: Situation) -> Decision | None:
    """Answer a yes or no to nothing."""
    if situation.slot is not None or situation.reading.first(YesNo) is None:
        return None
    return situation.begin(situation.script("nothing_asked"))


def unanswered(situation: Situation) -> Decision | None:
    """Ask the waiting question again."""
    return Retry() if situation.slot is not None else None


def _heard_in_flow(situation: Situation, **slots: Any) -> Proceed:
    """Go on in the running flow with what the message told."""
    return Proceed({**told_slots(situation), **slots})


PRECEDENCE: tuple[Rule, ...] = (
    evidence.card,
    evidence.media,
    evidence.forwarded,
    pressed_answer,
    exact_order,
    bare_help.decide,
    own_danger,
    somebody_else,
    correction,
    own_safety,
    yes_or_no,
    consent_given,
    waiting_answer,
    edits.correction,
    unplaced.decide,
    doubt,
    question,
    told_in_passing,
    other_kinds,
    nothing_asked,
    unanswered,
)
# A change corrects what the message said; only what it says anew is acted on.
EDITED_PRECEDENCE: tuple[Rule, ...] = (
    edits.unchanged,
    exact_order,
    edits.danger,
    own_danger,
    somebody_else,
    edits.safety,
    waiting_answer,
    edits.correction,
    doubt,
    edits.told,
    edits.noted,
)
