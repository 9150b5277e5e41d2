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
    Consent,
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
CARED = 0.7  # a cry for help about health that may be calm
SURE = 0.9  # a cry for help whose words name nothing grave
MIN_WORDS = 3  # of a text that a model alone may take for a cry
SUPPORTED = 0.3  # a cry for help whose words say so, too
OVERRIDDEN = 0.7  # a cry by a model alone, beside words that say "safe"
KIN = 0.6  # a need of somebody in the writer's household
CERTAIN = 0.6  # "I am safe"
SHADOW = 0.1  # a cry for help among the first three behind "I am safe"
ASIDE = 0.2  # a cry for help among the first three behind anything else
REPORTS = 0.5  # a report that says what has happened, by a model
CLEARLY = 0.8  # a report that does not say what has happened
HOUSEHOLD_KIN = frozenset({"wife", "husband", "son", "daughter", "family", "mother", "father"})
# What happens to somebody who is not here to write.
FATES = frozenset({Matter.MISSING, Matter.HELD, Matter.DEAD, Matter.FOUND})
WRITTEN = frozenset({Kind.TEXT, Kind.EDITED})
# What a reader makes of a clause about the health of somebody else.
CARING = frozenset({REPORT_INTENT, MEDICAL_INTENT, NEED_INTENT})
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
    about_other = _is_about_other(state)
    name = telling.writers_name(heard, told, about_other, _is_name_awaited(state))
    facts.extend(_of_clauses(flows, state, heard, told, name))
    facts.extend(telling.whole_facts(heard, name))
    facts.extend(telling.bare_number(state, heard))
    if _has_unheard_alarm(facts, told):
        facts.append(Doubt(LIKELY, heard.text))
    return Reading(tuple(_without_contradictions(facts)), told)


def _of_clauses(
    flows: Flows,
    state: State,
    heard: Heard,
    told: Sequence[Statement],
    name: str | None,
) -> Iterator[Fact]:
    """Read clause after clause: one without a subject is about that of the clause before."""
    about_other = _is_about_other(state)
    for number, statement in enumerate(told):
        guess = _guess(heard, statement, len(told))
        is_with_writer = not about_other and _is_kin_here(statement, guess)
        about_other = _follow(statement, about_other, is_first=number == 0)
        about_other = about_other or _is_report(statement, guess)
        about_other = about_other or _goes_on_about_other(state, statement)
        about_other = about_other and not is_with_writer
        yield from _clause_facts(flows, heard, statement, guess, about_other, name)


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


def _is_name_awaited(state: State) -> bool:
    return bool(state.told) and not state.told.get("name") and not state.known.get("name")


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
    if _is_bare(statement, guess):
        return False
    if statement.is_company:
        return False
    is_with_writer = statement.subject.who in {"i", "we"}
    is_household = Matter.HOUSEHOLD in statement.matters
    return not is_with_writer or is_household or bool(statement.matters & GRAVE)


def _is_kin_here(statement: Statement, guess: ClauseGuess) -> bool:
    """Tell whether somebody of the writer's household needs help where the writer is.

    «زوجتي تنزف» is: no other place is named, and nobody tells it from afar.
    """
    intent, certainty = guess.best
    if statement.subject.relation not in HOUSEHOLD_KIN or statement.is_hearsay:
        return False
    is_afar = statement.is_afar or bool(statement.places)
    is_gone = bool(statement.matters & {Matter.MISSING, Matter.HELD, Matter.DEAD, Matter.FOUND})
    if is_afar or is_gone or statement.is_question:
        return False
    return intent in {MEDICAL_INTENT, NEED_INTENT} and certainty >= KIN


def _goes_on_about_other(state: State, statement: Statement) -> bool:
    """Tell whether a clause goes on about whoever is missing, held or dead: «رد علينا»."""
    if state.about is None or statement.subject.relation is not None:
        return False
    is_own_need = bool(state.known.get("has_own_case"))
    matters = statement.matters & FATES
    if matters == {Matter.FOUND}:
        return not statement.matters & ALARMS
    return bool(matters) and not is_own_need


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
    name: str | None,
) -> Iterator[Fact]:
    """Read one clause. `name` is the writer's, where the message gives it."""
    if statement.wants_no_call:
        yield NoCall(statement.clause.text)
    if statement.is_correction:
        yield Correction(statement.clause.text)
    is_answer = statement.agrees is not None and not _has_evidence(statement)
    if statement.agrees is not None:
        yield Consent(statement.agrees)
    if about_other:
        yield from _of_other(flows, statement, guess)
        return
    if not is_answer and not _is_bare(statement, guess):
        yield from _of_writer(flows, statement, guess)
    if not _is_request_for_information(guess):
        yield from telling.places(heard, statement, name)
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


def _is_alarming(statement: Statement) -> bool:
    """Tell whether the words say that something is wrong."""
    has_alarm = bool(statement.matters & ALARMS) or Matter.WELL in statement.denied
    return has_alarm or statement.has_want or statement.has_cry


def _of_writer(flows: Flows, statement: Statement, guess: ClauseGuess) -> Iterator[Fact]:
    """Read the state of the writer, and what they ask for."""
    text = statement.clause.text
    cry = _cry(flows, guess)
    intent, certainty = guess.best
    is_alarming = _is_alarming(statement)
    if guess.is_exact and intent in flows.life_saving:
        yield Danger(intent, 1.0, text)
    elif _is_danger(statement, guess, cry, is_alarming):
        certainty = max(cry.certainty, SAVES)
        is_held = Matter.HELD in statement.matters
        yield Danger(_need(statement, cry), certainty, text, is_alarming, is_held)
    elif intent == SAFE_INTENT:
        yield from _safe_or_doubt(statement, guess, cry, is_alarming)
    elif intent in {"affirm", "deny"} and (guess.is_exact or certainty >= CERTAIN):
        yield YesNo(intent == "affirm")
    else:
        if _may_be_cry(statement, cry, is_alarming):
            yield Doubt(cry.certainty, text, is_alarming)
        yield from _requests(statement, guess)


def _requests(statement: Statement, guess: ClauseGuess) -> Iterator[Fact]:
    """Read what the writer asks for: the likeliest intent that is none about somebody else."""
    text = statement.clause.text
    for intent, certainty in guess.ranking[:2]:
        if intent != REPORT_INTENT or guess.is_exact:
            yield Request(intent, certainty, guess.is_exact, text)
            return


def _need(statement: Statement, cry: Cry) -> str:
    """Name the need: that of the reader, but a doctor only where the words do not speak of danger."""
    is_in_danger = bool(statement.matters & {Matter.DANGER, Matter.HELD})
    is_unwell = bool(statement.matters & {Matter.HURT, Matter.CARE})
    if cry.intent == MEDICAL_INTENT and is_in_danger and not is_unwell:
        return NEED_INTENT
    return cry.intent or NEED_INTENT


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
    if guess.is_exact or (statement.is_question and not is_alarming):
        return False
    if cry.is_first and cry.certainty >= _least_certainty(statement, is_alarming):
        return not _is_denied_danger(statement)
    is_about_writer = statement.subject.who in {"i", "we"}
    is_unwell = is_about_writer and Matter.WELL in statement.denied
    supported = cry.certainty >= (SHADOW if statement.has_want else SUPPORTED) or is_unwell
    is_plain = not statement.is_question and not statement.is_hearsay
    return is_alarming and supported and is_plain


def _least_certainty(statement: Statement, is_alarming: bool) -> float:
    """Tell how certain a model must be of a cry: the less the words say so, the more."""
    if is_alarming:
        return SAVES
    return CARED if Matter.CARE in statement.matters else SURE


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
        yield Safe(certainty, text, Matter.WELL in statement.matters)
    else:
        yield Doubt(certainty, text)


def _of_other(flows: Flows, statement: Statement, guess: ClauseGuess) -> Iterator[Fact]:
    """Read what a clause tells of somebody else."""
    text = statement.clause.text
    intent, certainty = guess.best
    matter = _matter(flows, statement, guess)
    is_of_somebody = statement.subject.who == "other" or statement.subject.relation is not None
    is_report = intent == REPORT_INTENT and certainty >= CLEARLY and is_of_somebody
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
    grave = _grave_matter(statement, guess)
    if grave:
        return grave
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


def _grave_matter(statement: Statement, guess: ClauseGuess) -> Matter | None:
    """Return the gravest matter of the words; something about health where a reader agrees."""
    for matter in Matter:
        if matter in statement.matters and matter in GRAVE:
            return matter
    is_caring = Matter.CARE in statement.matters and guess.best[0] in CARING
    return Matter.HURT if is_caring else None


def _without_contradictions(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Leave out "safe" and doubt where danger is told, and doubt where a report explains it.

    Where the words say "safe", what only a model takes for a cry is none.
    """
    if any(isinstance(fact, Safe) and fact.is_evident for fact in facts):
        facts = [fact for fact in facts if not _is_unevident_cry(fact)]
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


def _is_unevident_cry(fact: Fact) -> bool:
    if not isinstance(fact, Danger | Doubt):
        return False
    return not fact.is_evident and fact.certainty < OVERRIDDEN
