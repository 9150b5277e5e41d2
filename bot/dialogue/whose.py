"""Whom a clause is about: the writer, or somebody else.

A clause that names no subject goes on about that of the clause, or the message, before.
"""

from __future__ import annotations

from bot.dialogue.facts import GRAVE
from bot.dialogue.flow import HELP_FLOW, REPORT_FLOW
from bot.dialogue.parts import ALARMS, MEDICAL_INTENT, NEED_INTENT, REPORT_INTENT, Part
from bot.dialogue.state import State
from nlu.language.reading.statements import Matter, Statement

KIN = 0.6  # a need of somebody in the writer's household
REPORTS = 0.5  # a report, by a model
NAMED = 0.8  # a report that names a relative: "I can't get hold of my mum"
HOUSEHOLD_KIN = frozenset({"wife", "husband", "son", "daughter", "family", "mother", "father"})
# What happens to somebody who is not here to write.
FATES = frozenset({Matter.MISSING, Matter.HELD, Matter.DEAD, Matter.FOUND})
REGISTERING = frozenset({"register", "tell_place", "update_location"})


def is_about_other(state: State) -> bool:
    """Tell whether the conversation is about somebody else just now."""
    flow = state.top.flow if state.top else None
    if flow == REPORT_FLOW:
        return True
    is_in_need = bool(state.known.get("has_own_case")) or flow == HELP_FLOW
    return state.about is not None and bool(state.known.get("has_case")) and not is_in_need


def goes_on(state: State, part: Part, is_first: bool, was_other: bool) -> bool:
    """Tell whether a clause is about somebody else. `was_other`: the one before was."""
    if not was_other and _is_kin_here(part):
        return False
    if _is_of_other(state, part, is_first, was_other):
        return True
    return _is_report(part) or _tells_a_fate(state, part.statement)


def _is_of_other(state: State, part: Part, is_first: bool, was_other: bool) -> bool:
    """Decide by the subject of the clause."""
    statement = part.statement
    if statement.is_company:
        return False
    match statement.subject.who:
        case "other":
            return True
        case "i" | "we":
            return False
        case "unsaid":
            is_answer = state.top is not None and state.top.flow in REGISTERING
            starts_anew = not is_first and part.text.startswith(("لكن", "but"))
            is_kept = was_other and not starts_anew
            return is_kept and (part.has_evidence or not is_answer)


def _is_report(part: Part) -> bool:
    """Tell whether a reader takes a clause for a report, and no word makes it the writer's."""
    statement = part.statement
    is_likely = part.intent == REPORT_INTENT and part.certainty >= REPORTS
    if not is_likely or statement.manner.is_question or statement.is_company or part.is_bare:
        return False
    if statement.company is not None and not statement.matters & GRAVE:
        return False
    is_named = statement.subject.relation is not None and part.certainty >= NAMED
    is_with_writer = statement.subject.who in {"i", "we"} and not is_named
    is_household = Matter.HOUSEHOLD in statement.matters
    return not is_with_writer or is_household or bool(statement.matters & GRAVE)


def _is_kin_here(part: Part) -> bool:
    """Tell whether somebody of the writer's household needs help where the writer is.

    «زوجتي تنزف» is: no other place is named, and nobody tells it from afar.
    """
    statement = part.statement
    if statement.subject.relation not in HOUSEHOLD_KIN or statement.manner.is_hearsay:
        return False
    is_afar = statement.manner.is_afar or bool(statement.places)
    if is_afar or statement.matters & FATES or statement.manner.is_question:
        return False
    if not part.is_alarming and Matter.CARE not in statement.matters:
        return False
    return part.intent in {MEDICAL_INTENT, NEED_INTENT} and part.certainty >= KIN


def _tells_a_fate(state: State, statement: Statement) -> bool:
    """Tell whether a clause goes on about whoever is missing, held or dead: «رد علينا»."""
    if state.about is None or statement.subject.relation is not None:
        return False
    fates = statement.matters & FATES
    if fates == {Matter.FOUND}:
        return not statement.matters & ALARMS
    return bool(fates) and not state.known.get("has_own_case")
