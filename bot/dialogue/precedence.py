"""What to do with what a message tells: the order of precedence, written once.

Every rule looks at the same reading; the first that applies decides where the conversation goes.
What else was told is kept beside it: nothing is dropped because something weightier came with it.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.dialogue import (
    asides,
    asked_place,
    bare_help,
    edits,
    evidence,
    guesses,
    invited,
    own_corrections,
    reactions,
    rules,
    travelling,
    unplaced,
    wellbeing,
)
from bot.dialogue.flow import Flows
from bot.dialogue.presses import Press
from bot.dialogue.reading import read
from bot.dialogue.records import Slots
from bot.dialogue.situations import (
    Answer,
    Decision,
    Plan,
    Quiet,
    Situation,
    subject_spoken_of,
    told_before_consent,
)
from bot.dialogue.state import State
from bot.messages import Heard, Kind

Rule = Callable[[Situation], Decision | None]


def decide(
    flows: Flows,
    state: State,
    heard: Heard,
    press: Press | None,
) -> Plan:
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
        decision = reactions.decide(situation)
        return Plan(decision, about=state.about, told=state.told)
    decision = _first_decision(situation)
    return _plan(situation, decision)


def _first_decision(situation: Situation) -> Decision:
    """Decide by the first rule that applies; where none does, offer the best guesses."""
    order = PRECEDENCE
    if situation.heard.kind is Kind.EDITED:
        order = EDITED_PRECEDENCE
    for rule in order:
        decision = rule(situation)
        if decision is not None:
            return decision
    return guesses.offer(situation)


def _plan(situation: Situation, decision: Decision) -> Plan:
    """Put a decision and what is kept beside it together."""
    if situation.heard.arrival.is_forwarded:
        return _plan_of_evidence(situation, decision)
    corrected = edits.slots_of(decision)
    kept_asides = asides.kept_beside(situation, decision)
    return Plan(
        decision=decision,
        asides=tuple(kept_asides),
        about=subject_spoken_of(situation),
        told=_waiting_for_consent(situation, decision, corrected),
        corrected=corrected,
    )


def _plan_of_evidence(situation: Situation, decision: Decision) -> Plan:
    """Keep the words of somebody else for staff, and nothing of them for the writer."""
    state = situation.state
    return Plan(
        decision,
        asides=(asides.WORDS,),
        about=state.about,
        told=state.told,
    )


def _waiting_for_consent(
    situation: Situation,
    decision: Decision,
    corrected: Slots,
) -> Slots:
    """Return what was told of the writer and waits until they agree that we keep it."""
    if _is_refused(situation, decision):
        return {}
    slots = told_before_consent(situation)
    if situation.knows("consented"):
        return slots
    return {**slots, **corrected}


def _is_refused(situation: Situation, decision: Decision) -> bool:
    """Tell whether somebody does not agree: what they told until then is let go."""
    step = situation.step
    if step is None or step.collect != "consent":
        return False
    return isinstance(decision, Answer) and decision.content is False


PRECEDENCE: tuple[Rule, ...] = (
    evidence.card,
    evidence.media,
    evidence.forwarded,
    rules.pressed_answer,
    rules.exact_order,
    bare_help.decide,
    wellbeing.own_danger,
    wellbeing.somebody_else,
    wellbeing.correction,
    wellbeing.own_safety,
    invited.yes_or_no,
    asked_place.still_or_moved,
    wellbeing.yes_or_no,
    own_corrections.decide,
    rules.consent_given,
    rules.waiting_answer,
    travelling.decide,
    edits.correction,
    unplaced.decide,
    wellbeing.doubt,
    rules.question,
    rules.told_in_passing,
    rules.other_kinds,
    rules.nothing_asked,
    rules.unanswered,
)
# A change corrects what the message said; only what it says anew is acted on.
EDITED_PRECEDENCE: tuple[Rule, ...] = (
    edits.unchanged,
    rules.exact_order,
    edits.danger,
    wellbeing.own_danger,
    wellbeing.somebody_else,
    edits.safety,
    rules.waiting_answer,
    edits.correction,
    wellbeing.doubt,
    edits.told,
    edits.noted,
)
