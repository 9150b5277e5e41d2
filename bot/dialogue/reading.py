"""Reads a message as facts and requests: what it tells of whom, whatever was asked.

The readers rank intents for each clause; the words of the clause say whom it is about, and veto
what a model may have misunderstood. A clause that names no subject goes on about the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.dialogue import answers, telling
from bot.dialogue.facts import (
    GOOD,
    GRAVE,
    Correction,
    Danger,
    Doubt,
    Fact,
    Here,
    NoCall,
    Phone,
    Report,
    Request,
    Safe,
    YesNo,
)
from bot.dialogue.flow import Flows
from bot.dialogue.state import State
from bot.messages import ClauseGuess, Heard, Kind
from nlu.language.folding import words
from nlu.language.reading import statements
from nlu.language.reading.statements import Matter, Statement

F = TypeVar("F")

SAFE_INTENT = "checkin_safe"
REPORT_INTENT = "report_relative"
NEED_INTENT = "need_help"
MEDICAL_INTENT = "need_medical"
TOPIC = 0.4  # a question about a place
SAVES = 0.5  # a cry for help by a model alone
LIKELY = 0.3  # a cry for help that is worth asking about
SURE = 0.9  # a cry for help whose words name nothing grave
MIN_WORDS = 3  # of a text that a model alone may take for a cry
SUPPORTED = 0.3  # a cry for help whose words say so, too
CERTAIN = 0.6  # "I am safe"
SHADOW = 0.1  # a cry for help among the first three behind "I am safe"
ASIDE = 0.2  # a cry for help among the first three behind anything else
REPORTS = 0.5  # a report that says what has happened, by a model
CLEARLY = 0.8  # a report that does not say what has happened
WRITTEN = frozenset({Kind.TEXT, Kind.EDITED})
ALARMS = frozenset({Matter.DANGER, Matter.HELD, Matter.HURT})


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message tells, in the order of its clauses."""

    facts: tuple[Fact, ...]
    statements: tuple[Statement, ...] = ()

    def every(self, kind: type[F]) -> list[F]:
        """Return the facts of a kind."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def first(self, kind: type[F]) -> F | None:
        """Return the first fact of a kind."""
        for fact in self.facts:
            if isinstance(fact, kind):
                return fact
        return None


def read(flows: Flows, state: State, heard: Heard) -> Reading:
    """Read a message. `heard` comes from `hearing.resolve`: a press is no text."""
    facts = list(_of_card(heard))
    if heard.kind not in WRITTEN or heard.text.startswith("/") or not heard.text:
        facts.extend(_pressed(flows, heard))
        return Reading(tuple(facts))
    told = tuple(statements.read(heard.text, state.known.get("country")))
    facts.extend(_of_clauses(flows, state, heard, told))
    facts.extend(telling.whole_facts(heard, told))
    facts.extend(telling.bare_number(state, heard))
    if _has_unheard_alarm(facts, told):
        facts.append(Doubt(LIKELY, heard.text))
    return Reading(tuple(_without_contradictions(facts)), told)


def _of_clauses(
    flows: Flows,
    state: State,
    heard: Heard,
    told: Sequence[Statement],
) -> Iterator[Fact]:
    """Read clause after clause: one without a subject is about that of the clause before."""
    about_other = _is_about_other(state)
    for number, statement in enumerate(told):
        guess = _guess(heard, statement, len(told))
        about_other = _follow(statement, about_other, is_first=number == 0)
        about_other = about_other or _is_report(statement, guess) or _is_found(state, statement)
        yield from _clause_facts(flows, heard, statement, guess, about_other)


def _has_unheard_alarm(facts: Sequence[Fact], told: Sequence[Statement]) -> bool:
    """Tell whether "safe" stands beside words of danger that no reader took for any."""
    if not any(isinstance(fact, Safe) for fact in facts):
        return False
    if any(isinstance(fact, Danger | Report) for fact in facts):
        return False
    return any(statement.matters & ALARMS or statement.has_want for statement in told)


def _of_card(heard: Heard) -> Iterator[Fact]:
    """Read a shared location or contact."""
    if heard.location:
        position = answers.position(heard.location)
        if position:
            yield Here(position, "")
    if heard.contact and heard.contact.own:
        yield Phone(heard.contact.phone)


def _pressed(flows: Flows, heard: Heard) -> Iterator[Fact]:
    """Read a button or a command by its intent."""
    intent = heard.intent
    if intent is None:
        return
    if intent in flows.life_saving:
        yield Danger(intent, 1.0, heard.text)
    elif intent == SAFE_INTENT:
        yield Safe(1.0, heard.text)
    elif intent in {"affirm", "deny"}:
        yield YesNo(intent == "affirm")
    else:
        yield Request(intent, 1.0, is_exact=True, words=heard.text)


def _guess(heard: Heard, statement: Statement, count: int) -> ClauseGuess:
    """Find what a reader made of a clause; of the whole text where it has but one."""
    clause = statement.clause
    for guess in heard.clauses:
        if (guess.start, guess.end) == (clause.start, clause.end):
            return guess
    is_exact = heard.by == "exact" and count == 1
    return ClauseGuess(clause.start, clause.end, heard.ranking, is_exact)


# --- who ------------------------------------------------------------------------------------------


def _is_about_other(state: State) -> bool:
    """Tell whether the conversation is about somebody else just now."""
    if state.top is not None and state.top.flow == REPORT_INTENT:
        return True
    is_in_need = state.known.get("has_own_case") or state.top is not None
    return state.about is not None and bool(state.known.get("has_case")) and not is_in_need


def _is_report(statement: Statement, guess: ClauseGuess) -> bool:
    """Tell whether a reader takes a clause for a report, and no word makes it the writer's."""
    intent, certainty = guess.best
    if intent != REPORT_INTENT or certainty < REPORTS or statement.is_question:
        return False
    if statement.is_company:
        return False
    is_with_writer = statement.subject.who in {"i", "we"}
    is_household = Matter.HOUSEHOLD in statement.matters
    return not is_with_writer or is_household or bool(statement.matters & GRAVE)


def _is_found(state: State, statement: Statement) -> bool:
    """Tell whether a clause says that whoever was missing is found: «رد علينا»."""
    is_good = Matter.FOUND in statement.matters and not statement.matters & ALARMS
    return is_good and state.about is not None


def _follow(statement: Statement, about_other: bool, is_first: bool) -> bool:
    """Tell whether a clause is about somebody else; one without a subject goes on."""
    if statement.is_company:
        return False
    match statement.subject.who:
        case "other":
            return True
        case "i" | "we":
            return False
        case "unsaid":
            starts_anew = not is_first and statement.clause.text.startswith(("لكن", "but"))
            return about_other and not starts_anew


# --- what -----------------------------------------------------------------------------------------


def _clause_facts(
    flows: Flows,
    heard: Heard,
    statement: Statement,
    guess: ClauseGuess,
    about_other: bool,
) -> Iterator[Fact]:
    """Read one clause."""
    if statement.wants_no_call:
        yield NoCall(statement.clause.text)
    if statement.is_correction:
        yield Correction(statement.clause.text)
    if about_other:
        yield from _of_other(flows, statement, guess)
        return
    if not _is_bare(statement, guess):
        yield from _of_writer(flows, statement, guess)
    if not _is_request_for_information(guess):
        yield from telling.places(heard, statement)
    yield from telling.party(statement)


def _is_request_for_information(guess: ClauseGuess) -> bool:
    """Tell whether a clause asks about a place, and does not say that the writer is there."""
    intent, certainty = guess.best
    return intent is not None and intent.startswith("ask_") and certainty >= TOPIC


def _is_bare(statement: Statement, guess: ClauseGuess) -> bool:
    """Tell whether a clause is but a name or a place: no model should make more of it."""
    if guess.is_exact or statement.is_question:
        return False
    if statement.is_company:
        return True
    if statement.is_bare or statement.is_written_as_name:
        return True
    if statement.is_like_name:
        intent, certainty = guess.best
        return intent == SAFE_INTENT or certainty < SURE
    return _has_one_word(statement) and not _has_evidence(statement)


def _has_one_word(statement: Statement) -> bool:
    return len(words(statement.clause.text)) == 1


def _has_evidence(statement: Statement) -> bool:
    """Tell whether the words say that something has happened, or is wanted."""
    has_matter = bool(statement.matters or statement.denied)
    return has_matter or statement.has_want or statement.has_cry


def _of_writer(flows: Flows, statement: Statement, guess: ClauseGuess) -> Iterator[Fact]:
    """Read the state of the writer, and what they ask for."""
    text = statement.clause.text
    cry = _cry(flows, guess)
    intent, certainty = guess.best
    is_alarming = bool(statement.matters & ALARMS) or statement.has_want or statement.has_cry
    is_alarming = is_alarming or Matter.WELL in statement.denied
    if guess.is_exact and intent in flows.life_saving:
        yield Danger(intent, 1.0, text)
    elif _is_danger(statement, guess, cry, is_alarming):
        yield Danger(cry.intent or NEED_INTENT, max(cry.certainty, SAVES), text)
    elif intent == SAFE_INTENT:
        yield from _safe_or_doubt(statement, guess, cry, is_alarming)
    elif intent in {"affirm", "deny"} and (guess.is_exact or certainty >= CERTAIN):
        yield YesNo(intent == "affirm")
    else:
        if _may_be_cry(statement, cry, is_alarming):
            yield Doubt(cry.certainty, text)
        if intent is not None:
            yield Request(intent, certainty, guess.is_exact, text)


@dataclass(frozen=True, slots=True)
class Cry:
    """The likeliest cry for help among the first guesses."""

    intent: str | None
    certainty: float
    is_first: bool


def _cry(flows: Flows, guess: ClauseGuess) -> Cry:
    for number, (intent, certainty) in enumerate(guess.ranking[:3]):
        if intent in flows.life_saving:
            return Cry(intent, certainty, is_first=number == 0)
    return Cry(None, 0.0, is_first=False)


def _may_be_cry(statement: Statement, cry: Cry, is_alarming: bool) -> bool:
    """Tell whether a clause that is no clear cry for help is worth asking about."""
    if statement.is_question:
        return False
    is_likely = cry.is_first and cry.certainty >= LIKELY and _says_enough(statement)
    return is_likely or (is_alarming and cry.certainty >= ASIDE)


def _is_danger(
    statement: Statement,
    guess: ClauseGuess,
    cry: Cry,
    is_alarming: bool,
) -> bool:
    if guess.is_exact:
        return False
    if cry.is_first and cry.certainty >= (SAVES if _has_evidence(statement) else SURE):
        return not _is_denied_danger(statement)
    is_about_writer = statement.subject.who in {"i", "we"}
    is_unwell = is_about_writer and Matter.WELL in statement.denied
    supported = cry.certainty >= (SHADOW if statement.has_want else SUPPORTED) or is_unwell
    is_plain = not statement.is_question and not statement.is_hearsay
    return is_alarming and supported and is_plain


def _says_enough(statement: Statement) -> bool:
    """Tell whether a clause is more than two words, and more than a place or a number."""
    tells_facts = bool(statement.mentions)
    return not tells_facts and len(words(statement.clause.text)) >= MIN_WORDS


def _is_denied_danger(statement: Statement) -> bool:
    """Tell whether a text says that nobody is hurt or in danger any more, and nothing else."""
    return bool(statement.denied & ALARMS) and not statement.matters & ALARMS


def _safe_or_doubt(
    statement: Statement,
    guess: ClauseGuess,
    cry: Cry,
    is_alarming: bool,
) -> Iterator[Fact]:
    """Believe "I am safe", or not: a question, hearsay, a want or a denial is no "safe"."""
    text = statement.clause.text
    certainty = guess.best[1]
    if statement.is_question or statement.is_hearsay:
        yield Request("out_of_scope", certainty, is_exact=False, words=text)
    elif is_alarming or Matter.WELL in statement.denied:
        yield Doubt(certainty, text)
    elif guess.is_exact or (certainty >= CERTAIN and cry.certainty < SHADOW):
        yield Safe(certainty, text)
    else:
        yield Doubt(certainty, text)


def _of_other(flows: Flows, statement: Statement, guess: ClauseGuess) -> Iterator[Fact]:
    """Read what a clause tells of somebody else."""
    text = statement.clause.text
    intent, certainty = guess.best
    matter = _matter(flows, statement, guess)
    is_report = intent == REPORT_INTENT and certainty >= CLEARLY
    if matter or is_report:
        yield Report(_relation(statement), matter, certainty, text)
    elif intent in {"affirm", "deny"} and certainty >= CERTAIN:
        yield YesNo(intent == "affirm")
    elif intent is not None:
        yield Request(intent, certainty, guess.is_exact, text)


def _relation(statement: Statement) -> str | None:
    """Return whose relative a clause is about, if it names one."""
    if statement.subject.relation:
        return statement.subject.relation
    for mention in statement.mentions:
        if mention.entity == "relative":
            return str(mention.value)
    return None


def _matter(flows: Flows, statement: Statement, guess: ClauseGuess) -> Matter | None:
    """Tell what has happened to somebody else: by the words, else by the model."""
    if statement.is_question:
        return None
    for matter in Matter:
        if matter in statement.matters and matter in GRAVE:
            return matter
    if statement.has_want or Matter.WELL in statement.denied:
        return Matter.DANGER
    for matter in (Matter.FOUND, Matter.WELL, Matter.HOUSEHOLD):
        if matter in statement.matters and not statement.is_hearsay:
            return matter
    intent, certainty = guess.best
    if certainty < REPORTS:
        return None
    if intent == MEDICAL_INTENT:
        return Matter.HURT
    if intent in flows.life_saving:
        return Matter.DANGER
    return Matter.WELL if intent == SAFE_INTENT else None


def _without_contradictions(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out "safe" and doubt where danger is told, and doubt where a report explains it."""
    is_danger = any(isinstance(fact, Danger | Doubt) for fact in facts)
    is_report = any(isinstance(fact, Report) and fact.matter not in GOOD for fact in facts)
    for fact in facts:
        if isinstance(fact, Safe) and is_danger:
            continue
        if isinstance(fact, Doubt) and any(isinstance(other, Danger) for other in facts):
            continue
        if isinstance(fact, Doubt) and is_report:
            continue
        yield fact
