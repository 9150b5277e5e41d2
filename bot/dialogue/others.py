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
    {
        "check_status",
        "stop",
        "delete_data",
        "human_agent",
        "help_menu",
        "register",
    }
)
# What a clause about somebody else does not ask for the writer.
WRITERS_OWN = frozenset(
    {
        "update_location",
        "register",
        "stop",
        "delete_data",
        REPORT_INTENT,
    }
)


def facts(
    state: State,
    part: Part,
    life_saving: Collection[str],
    is_excepted: bool,
) -> Iterator[Fact]:
    """Read what a clause tells of somebody else. `is_excepted`: the others are well."""
    if part.asks_about_us:
        yield Request(ABOUT_US, 1.0, is_exact=False, text=part.text)
        return
    if _is_question_about_us(part):
        yield _request(part)
        return
    if _is_talk(state, part):
        return
    matter = _matter(state, part, life_saving)
    if matter is None and is_excepted:
        matter = Matter.DANGER
    if matter or _is_report(part):
        yield Report(
            _relation(part),
            matter,
            part.certainty,
            part.text,
        )
    elif part.is_yes is not None:
        yield YesNo(part.is_yes)
    elif part.intent is not None and part.intent not in WRITERS_OWN:
        yield _request(part)


def _request(part: Part) -> Request:
    """Take a clause for the request that it most likely is."""
    return Request(
        str(part.intent),
        part.certainty,
        part.guess.is_exact,
        part.text,
    )


def _is_question_about_us(part: Part) -> bool:
    """Tell whether a reader is sure that a clause asks us for something: «أخبار بلاغي عن خوي؟»."""
    if part.certainty < SURE:
        return False
    intent = part.intent or ""
    return intent in REQUESTS or intent.startswith("ask_")


def _is_talk(state: State, part: Part) -> bool:
    """Tell whether a reader is sure that a clause about nobody in particular is but talk."""
    if part.subject.relation is not None or state.about is not None:
        return False
    return part.intent == "out_of_scope" and part.certainty >= SURE


def _is_report(part: Part) -> bool:
    """Tell whether a reader takes a clause about somebody for a report, whatever its words."""
    if part.intent != REPORT_INTENT or part.certainty < CLEARLY:
        return False
    return part.subject.who == "other" or part.subject.relation is not None


def _relation(part: Part) -> str | None:
    """Return whose relative a clause is about, if it names one."""
    if part.subject.relation:
        return part.subject.relation
    for mention in part.statement.mentions:
        if mention.entity == "relative":
            return str(mention.value)
    return None


def _matter(
    state: State,
    part: Part,
    life_saving: Collection[str],
) -> Matter | None:
    """Tell what has happened to somebody else: by the words, else by the model."""
    if part.manner.is_question:
        return None
    grave = _grave_matter(part)
    if grave:
        return grave
    if part.statement.has_want or Matter.WELL in part.denied:
        return Matter.DANGER
    calm = _calm_matter(part)
    if calm:
        return calm
    if not _is_believed(state, part):
        return None
    return _guessed(part, life_saving)


def _calm_matter(part: Part) -> Matter | None:
    """Return what the words say that is no danger, unless somebody has only heard it."""
    if part.manner.is_hearsay:
        return None
    for matter in (Matter.FOUND, Matter.WELL, Matter.HOUSEHOLD):
        if matter in part.matters:
            return matter
    return None


def _is_believed(state: State, part: Part) -> bool:
    """Tell whether a model alone is certain enough of what has happened."""
    if part.certainty >= SURE:
        return True
    if state.about is not None:
        return False  # a case is open: it has a matter
    if part.certainty < REPORTS:
        return False
    return part.is_only or part.whole_cry.is_first


def _guessed(part: Part, life_saving: Collection[str]) -> Matter | None:
    if part.intent == MEDICAL_INTENT:
        return Matter.HURT
    if part.intent in life_saving:
        return Matter.DANGER
    if part.intent == SAFE_INTENT:
        return Matter.WELL
    return None


def _grave_matter(part: Part) -> Matter | None:
    """Return the gravest matter of the words; something about health where a reader agrees."""
    for matter in Matter:
        if matter in part.matters and matter in GRAVE:
            return matter
    if Matter.CARE in part.matters and part.intent in CARING:
        return Matter.HURT
    return None
