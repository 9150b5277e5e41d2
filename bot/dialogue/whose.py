"""Whom a clause is about: the writer, or somebody else.

A clause that names no subject goes on about that of the clause, or the message, before.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    if state.flow == REPORT_FLOW:
        return True
    if state.about is None or not state.knows("has_case"):
        return False
    is_in_need = state.flow == HELP_FLOW or state.knows("has_own_case")
    return not is_in_need


def goes_on(
    state: State,
    part: Part,
    is_first: bool,
    was_other: bool,
    is_elsewhere: bool = False,
) -> bool:
    """Tell whether a clause is about somebody else. `was_other`: the one before was.

    `is_elsewhere`: the message says of somebody else where they are.
    """
    if not was_other and not is_elsewhere and _is_kin_here(part):
        return False
    if _is_of_other(state, part, is_first, was_other):
        return True
    return _is_report(part) or _tells_a_fate(state, part.statement)


def is_elsewhere(statements: Iterable[Statement]) -> bool:
    """Tell whether a clause says where somebody else is: «هو في مستشفى أم درمان»."""
    of_others = [statement for statement in statements if statement.subject.who == "other"]
    return any(statement.places for statement in of_others)


def _is_of_other(
    state: State,
    part: Part,
    is_first: bool,
    was_other: bool,
) -> bool:
    """Decide by the subject of the clause."""
    if part.statement.is_company:
        return False
    match part.subject.who:
        case "other":
            return True
        case "i" | "we":
            return False
        case "unsaid":
            starts_anew = not is_first and part.text.startswith(("لكن", "but"))
            if not was_other or starts_anew:
                return False
            is_answer = state.flow in REGISTERING
            return part.has_evidence or not is_answer


def _is_report(part: Part) -> bool:
    """Tell whether a reader takes a clause for a report, and no word makes it the writer's."""
    if part.intent != REPORT_INTENT or part.certainty < REPORTS:
        return False
    statement = part.statement
    if part.manner.is_question or statement.is_company or part.is_bare:
        return False
    if part.matters & GRAVE:
        return True
    if statement.company is not None:
        return False
    if Matter.HOUSEHOLD in part.matters:
        return True
    return not _is_with_writer(part)


def _is_with_writer(part: Part) -> bool:
    """Tell whether "I" or "we" is the subject, and no reader is nearly sure of a relative."""
    if part.subject.who not in {"i", "we"}:
        return False
    is_named = part.subject.relation is not None and part.certainty >= NAMED
    return not is_named


def _is_kin_here(part: Part) -> bool:
    """Tell whether somebody of the writer's household needs help where the writer is.

    «زوجتي تنزف» is: no other place is named, and nobody tells it from afar.
    """
    if part.subject.relation not in HOUSEHOLD_KIN or part.is_open:
        return False
    if part.manner.is_afar or part.statement.places:
        return False
    if part.matters & FATES:
        return False
    if not part.is_alarming and Matter.CARE not in part.matters:
        return False
    return part.intent in {MEDICAL_INTENT, NEED_INTENT} and part.certainty >= KIN


def _tells_a_fate(state: State, statement: Statement) -> bool:
    """Tell whether a clause goes on about whoever is missing, held or dead: «رد علينا»."""
    if state.about is None or statement.subject.relation is not None:
        return False
    fates = statement.matters & FATES
    if fates == {Matter.FOUND}:
        return not statement.matters & ALARMS
    return bool(fates) and not state.knows("has_own_case")
