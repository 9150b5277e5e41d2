"""A clause of a message as its reading needs it: its words, and what a reader made of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.dialogue import organisation_questions
from bot.messages import ClauseGuess, Heard
from nlu.language.folding import Word, words
from nlu.language.reading import phrases
from nlu.language.reading.statements import Manner, Matter, Statement
from nlu.language.reading.subjects import DONE_TO_US, Subject

SAFE_INTENT = "checkin_safe"
STAY_INTENT = "checkin_staying"
REPORT_INTENT = "report_relative"
NEED_INTENT = "need_help"
MEDICAL_INTENT = "need_medical"
ABOUT_US = "ask_who"
ORGANISATIONS = "ask_organisations"
# What is wrong with whoever a clause is about.
ALARMS = frozenset({Matter.DANGER, Matter.HELD, Matter.HURT})
ANSWERS = 0.6  # a yes or no by a model
SURE = 0.9  # a cry for help whose words name nothing grave
EXCEPTION_WORDS = 2  # "apart from"
GUESSES = 3  # of a reader, among which a cry for help is looked for


@dataclass(frozen=True, slots=True)
class Cry:
    """The likeliest cry for help among the first guesses."""

    intent: str | None
    certainty: float
    is_first: bool
    total: float  # the certainty of all cries among the first guesses


@dataclass(frozen=True, slots=True)
class Part:
    """A clause: what its words say, and what a reader guesses of it and of the whole text.

    `is_only`: the message has no other clause. `is_of_another_text`: a reader is sure that the
    whole text says something else than this clause.
    """

    statement: Statement
    guess: ClauseGuess
    cry: Cry
    whole_cry: Cry
    is_only: bool
    is_of_another_text: bool

    @property
    def text(self) -> str:
        """Return the words of the clause."""
        return self.statement.clause.text

    @property
    def manner(self) -> Manner:
        """Return how the clause says what it says."""
        return self.statement.manner

    @property
    def subject(self) -> Subject:
        """Return whom the clause is about, by its words."""
        return self.statement.subject

    @property
    def matters(self) -> frozenset[Matter]:
        """Return what has happened, by the words of the clause."""
        return self.statement.matters

    @property
    def denied(self) -> frozenset[Matter]:
        """Return what has not happened, by the words of the clause."""
        return self.statement.denied

    @property
    def intent(self) -> str | None:
        """Return the likeliest intent."""
        intent, _certainty = self.guess.best
        return intent

    @property
    def certainty(self) -> float:
        """Return the certainty of the likeliest intent."""
        _intent, certainty = self.guess.best
        return certainty

    @property
    def is_open(self) -> bool:
        """Tell whether the clause is a question or hearsay: it states nothing."""
        return self.manner.is_question or self.manner.is_hearsay

    @property
    def is_exception(self) -> bool:
        """Tell whether the clause begins with "except"."""
        opening = words(self.text)[:EXCEPTION_WORDS]
        return phrases.has("exception", opening)

    @property
    def says_well(self) -> bool:
        """Tell whether the words or a reader say that somebody is well."""
        return Matter.WELL in self.matters or self.intent == SAFE_INTENT

    @property
    def asks_about_us(self) -> bool:
        """Tell whether the writer asks who we are, and tells of nothing grave."""
        return self.manner.asks_about_us and not self.is_alarming

    @property
    def asks_for_organisations(self) -> bool:
        """Tell whether the writer looks for a Libyan organisation, and tells of nothing grave."""
        if self.is_alarming or self.statement.matters:
            return False
        return organisation_questions.is_asked(self.text)

    @property
    def is_yes(self) -> bool | None:
        """Tell a yes from a no; None where a reader is sure of neither."""
        if self.intent not in {"affirm", "deny"}:
            return None
        is_sure = self.guess.is_exact or self.certainty >= ANSWERS
        if not is_sure:
            return None
        return self.intent == "affirm"

    @property
    def has_wish(self) -> bool:
        """Tell whether the words say that something is wanted, or cry for help."""
        return self.statement.has_want or self.statement.has_cry

    @property
    def is_alarming(self) -> bool:
        """Tell whether the words say that something is wrong."""
        if self.matters & ALARMS or Matter.WELL in self.denied:
            return True
        return self.has_wish

    @property
    def has_evidence(self) -> bool:
        """Tell whether the words say that something has happened, or is wanted."""
        if self.matters or self.denied:
            return True
        return self.has_wish

    @property
    def is_bare(self) -> bool:
        """Tell whether a clause is but a name or a place: no model should make more of it."""
        statement = self.statement
        if self.guess.is_exact or self.manner.is_question:
            return False
        if statement.is_company or statement.is_bare or statement.is_written_as_name:
            return True
        is_cry = self.cry.is_first and self.cry.certainty >= SURE
        if statement.is_like_name:
            return not is_cry
        tokens = words(self.text)
        if len(tokens) > 1 or self.has_evidence:
            return False
        if phrases.has("sorry", tokens):
            return True
        return not (is_cry and _is_done_to_us(tokens))


def _is_done_to_us(tokens: Sequence[Word]) -> bool:
    """Tell whether each word says what somebody does to the writer."""
    return all(DONE_TO_US.fullmatch(word.folded) for word in tokens)


def part(
    heard: Heard,
    statement: Statement,
    is_only: bool,
    life_saving: Collection[str],
) -> Part:
    """Put a clause and what a reader made of it together; of the whole text where it has but one.

    `life_saving` names the intents that are cries for help.
    """
    whole = ClauseGuess(
        0,
        len(heard.text),
        heard.ranking,
        is_exact=heard.by == "exact" and is_only,
    )
    guess = _guess(heard, statement) or whole
    return Part(
        statement,
        guess,
        cry=_cry(guess, life_saving),
        whole_cry=_cry(whole, life_saving),
        is_only=is_only,
        is_of_another_text=_is_sure_of_another(whole, guess),
    )


def _is_sure_of_another(whole: ClauseGuess, guess: ClauseGuess) -> bool:
    """Tell whether a reader is sure that a text says something else than one of its clauses."""
    intent, certainty = whole.best
    of_clause, _certainty = guess.best
    return intent != of_clause and certainty >= SURE


def _guess(heard: Heard, statement: Statement) -> ClauseGuess | None:
    """Return what a reader made of a clause, where it read the clauses one by one."""
    clause = statement.clause
    for guess in reversed(heard.clauses):
        if guess.start == clause.start and guess.end == clause.end:
            return guess
    return None


def _cry(guess: ClauseGuess, life_saving: Collection[str]) -> Cry:
    likeliest: str | None = None
    likeliest_certainty = 0.0
    total = 0.0
    for intent, certainty in guess.ranking[:GUESSES]:
        if intent not in life_saving:
            continue
        total += certainty
        if likeliest is None:
            likeliest = intent
            likeliest_certainty = certainty
    first_intent, _certainty = guess.best
    return Cry(
        likeliest,
        likeliest_certainty,
        is_first=likeliest is not None and likeliest == first_intent,
        total=total,
    )
