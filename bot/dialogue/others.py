"""What a clause tells of somebody else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bot.dialogue.facts import GRAVE, Fact, Report, Request, YesNo
from bot.dialogue.parts import (
    ABOUT_US,
    MEDICAL_INTENT,
    NEED_INTENT,
    REPORT_INTENT,
    SAFE_INTENT,
    SURE,
    Part,
)
from bot.dialogue.state import State
from nlu.language.reading.statements import Matter

REPORTS = 0.5  # what has happened, by a model
CLEARLY = 0.7  # a report that does not say what has happened
# What a reader makes of a clause about the health of somebody else.
CARING = frozenset({REPORT_INTENT, MEDICAL_INTENT, NEED_INTENT})
REQUESTS = frozenset(
    {"check_status", "stop", "delete_data", "human_agent", "help_menu", "register"}
)
# What a clause about somebody else does not ask for the writer.
WRITERS_OWN = frozenset({"update_location", "register", "stop", "delete_data", REPORT_INTENT})


def facts(state: State, part: Part, life_saving: Collection[str]) -> Iterator[Fact]:
    """Read what a clause tells of somebody else."""
    if part.asks_about_us:
        yield Request(ABOUT_US, 1.0, is_exact=False, words=part.text)
        return
    if _is_question_about_us(part):
        yield Request(str(part.intent), part.certainty, part.guess.is_exact, part.text)
        return
    if _is_talk(state, part):
        return
    matter = _matter(state, part, life_saving)
    if matter or _is_report(part):
        yield Report(_relation(part), matter, part.certainty, part.text)
    elif part.is_yes is not None:
        yield YesNo(part.is_yes)
    elif part.intent is not None and part.intent not in WRITERS_OWN:
        yield Request(part.intent, part.certainty, part.guess.is_exact, part.text)


def _is_question_about_us(part: Part) -> bool:
    """Tell whether a reader is sure that a clause asks us for something: «أخبار بلاغي عن خوي؟»."""
    intent = part.intent or ""
    is_request = intent in REQUESTS or intent.startswith("ask_")
    return is_request and part.certainty >= SURE


def _is_talk(state: State, part: Part) -> bool:
    """Tell whether a reader is sure that a clause about nobody in particular is but talk."""
    is_of_nobody = part.statement.subject.relation is None and state.about is None
    return is_of_nobody and part.intent == "out_of_scope" and part.certainty >= SURE


def _is_report(part: Part) -> bool:
    """Tell whether a reader takes a clause about somebody for a report, whatever its words."""
    subject = part.statement.subject
    is_of_somebody = subject.who == "other" or subject.relation is not None
    return part.intent == REPORT_INTENT and part.certainty >= CLEARLY and is_of_somebody


def _relation(part: Part) -> str | None:
    """Return whose relative a clause is about, if it names one."""
    if part.statement.subject.relation:
        return part.statement.subject.relation
    for mention in part.statement.mentions:
        if mention.entity == "relative":
            return str(mention.value)
    return None


def _matter(state: State, part: Part, life_saving: Collection[str]) -> Matter | None:
    """Tell what has happened to somebody else: by the words, else by the model."""
    statement = part.statement
    if statement.manner.is_question:
        return None
    grave = _grave_matter(part)
    if grave:
        return grave
    if statement.has_want or Matter.WELL in statement.denied:
        return Matter.DANGER
    for matter in (Matter.FOUND, Matter.WELL, Matter.HOUSEHOLD):
        if matter in statement.matters and not statement.manner.is_hearsay:
            return matter
    least = REPORTS if state.about is None else SURE  # a case is open: it has a matter
    is_confirmed = part.is_only or part.whole_cry.is_first or part.certainty >= SURE
    is_likely = part.certainty >= least and is_confirmed
    return _guessed(part, life_saving) if is_likely else None


def _guessed(part: Part, life_saving: Collection[str]) -> Matter | None:
    if part.intent == MEDICAL_INTENT:
        return Matter.HURT
    if part.intent in life_saving:
        return Matter.DANGER
    return Matter.WELL if part.intent == SAFE_INTENT else None


def _grave_matter(part: Part) -> Matter | None:
    """Return the gravest matter of the words; something about health where a reader agrees."""
    matters = part.statement.matters
    for matter in Matter:
        if matter in matters and matter in GRAVE:
            return matter
    is_caring = Matter.CARE in matters and part.intent in CARING
    return Matter.HURT if is_caring else None
