"""What clauses of one message say against one another: "safe" beside danger, a cry that is over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bot.dialogue.facts import GOOD, GRAVE, Danger, Doubt, Fact, Report, Safe
from bot.dialogue.parts import ALARMS, SAFE_INTENT
from bot.messages import Heard
from nlu.language.folding import words
from nlu.language.reading.statements import Matter, Statement

WELL_NOW = 0.9  # "we are well", of a whole message
CRY_BESIDE = 0.1  # a cry for help behind that
GUESSES = 3  # of a whole message, among which a cry for help is looked for
OVERRIDDEN = 0.7  # a cry by a model alone, beside words that say "safe"


def is_over(
    heard: Heard,
    statements: Sequence[Statement],
    life_saving: Collection[str],
) -> bool:
    """Tell whether a message says that all is well now, whatever was before.

    A reader is nearly certain of it, the words say so, and nothing goes on, is wanted or denied.
    """
    if not _is_surely_well(heard, life_saving):
        return False
    if all(map(_is_name, statements)):
        return False
    if any(map(_tells_well_of_other, statements)):
        return False
    if any(map(_speaks_against, statements)):
        return False
    return any(map(_says_well, statements))


def _is_surely_well(heard: Heard, life_saving: Collection[str]) -> bool:
    """Tell whether a reader is nearly certain of "safe", and of hardly any cry for help."""
    if heard.intent != SAFE_INTENT or heard.confidence < WELL_NOW:
        return False
    cry = 0.0
    for intent, certainty in heard.ranking[:GUESSES]:
        if intent in life_saving:
            cry += certainty
    return cry <= CRY_BESIDE


def _is_of_other(statement: Statement) -> bool:
    return statement.subject.who == "other"


def _says_well(statement: Statement) -> bool:
    """Tell whether a clause says that the writer is well, or that nothing is wrong."""
    if _is_of_other(statement):
        return False
    return Matter.WELL in statement.matters or bool(statement.denied)


def _tells_well_of_other(statement: Statement) -> bool:
    return _is_of_other(statement) and Matter.WELL in statement.matters


def _is_name(statement: Statement) -> bool:
    """Tell whether a clause is but a name, or a single word that may be one: «سالمة»."""
    if statement.is_bare or statement.is_written_as_name or statement.is_like_name:
        return True
    tokens = words(statement.clause.text)
    return len(tokens) == 1


def _speaks_against(statement: Statement) -> bool:
    """Tell whether a clause takes "all is well" back, or leaves it open."""
    manner = statement.manner
    if manner.is_question or manner.is_hearsay or manner.is_correction:
        return True
    if statement.has_want or statement.has_cry:
        return True
    if Matter.WELL in statement.denied:
        return True
    if manner.goes_on and statement.matters & ALARMS:
        return True
    return _is_of_other(statement) and bool(statement.matters & GRAVE)


def has_unheard_alarm(told_facts: Sequence[Fact], statements: Sequence[Statement]) -> bool:
    """Tell whether "safe" stands beside words of danger that no reader took for any."""
    is_safe = False
    for fact in told_facts:
        if isinstance(fact, Danger | Report):
            return False
        if isinstance(fact, Safe):
            is_safe = True
    return is_safe and any(map(_alarms, statements))


def _alarms(statement: Statement) -> bool:
    """Tell whether the words of a clause say that something is wrong, or wanted."""
    return statement.has_want or bool(statement.matters & ALARMS)


def without_contradictions(told_facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out "safe" and doubt where danger is told, and doubt where a report explains it.

    Where the words say "safe", what only a model takes for a cry is none.
    """
    believed = _believed(told_facts)
    is_danger = any(isinstance(fact, Danger) for fact in believed)
    is_doubt = any(isinstance(fact, Doubt) for fact in believed)
    is_explained = is_danger or any(map(_is_bad_report, believed))
    for fact in believed:
        match fact:
            case Safe() if is_danger or is_doubt:
                continue
            case Doubt() if is_explained:
                continue
            case _:
                yield fact


def _believed(told_facts: Sequence[Fact]) -> Sequence[Fact]:
    """Leave out what only a model takes for a cry, where the words say "safe"."""
    if not any(map(_is_evident_safety, told_facts)):
        return told_facts
    believed = []
    for fact in told_facts:
        if not _is_unevident_cry(fact):
            believed.append(fact)
    return believed


def _is_evident_safety(fact: Fact) -> bool:
    return isinstance(fact, Safe) and fact.is_evident


def _is_unevident_cry(fact: Fact) -> bool:
    if not isinstance(fact, Danger | Doubt):
        return False
    return not fact.is_evident and fact.certainty < OVERRIDDEN


def _is_bad_report(fact: Fact) -> bool:
    return isinstance(fact, Report) and fact.matter not in GOOD
