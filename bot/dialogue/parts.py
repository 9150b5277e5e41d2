"""A clause of a message as its reading needs it: its words, and what a reader made of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.messages import ClauseGuess, Heard
from nlu.language.folding import words
from nlu.language.reading import phrases
from nlu.language.reading.statements import Matter, Statement
from nlu.language.reading.subjects import DONE_TO_US

SAFE_INTENT = "checkin_safe"
REPORT_INTENT = "report_relative"
NEED_INTENT = "need_help"
MEDICAL_INTENT = "need_medical"
ABOUT_US = "ask_who"
# What is wrong with whoever a clause is about.
ALARMS = frozenset({Matter.DANGER, Matter.HELD, Matter.HURT})
ANSWERS = 0.6  # a yes or no by a model
SURE = 0.9  # a cry for help whose words name nothing grave
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

    `is_only`: the message has no other clause.
    """

    statement: Statement
    guess: ClauseGuess
    cry: Cry
    whole_cry: Cry
    is_only: bool

    @property
    def text(self) -> str:
        """Return the words of the clause."""
        return self.statement.clause.text

    @property
    def intent(self) -> str | None:
        """Return the likeliest intent."""
        return self.guess.best[0]

    @property
    def certainty(self) -> float:
        """Return the certainty of the likeliest intent."""
        return self.guess.best[1]

    @property
    def asks_about_us(self) -> bool:
        """Tell whether the writer asks who we are, and tells of nothing grave."""
        return self.statement.manner.asks_about_us and not self.is_alarming

    @property
    def is_yes(self) -> bool | None:
        """Tell a yes from a no; None where a reader is sure of neither."""
        is_sure = self.guess.is_exact or self.certainty >= ANSWERS
        if self.intent not in {"affirm", "deny"} or not is_sure:
            return None
        return self.intent == "affirm"

    @property
    def is_alarming(self) -> bool:
        """Tell whether the words say that something is wrong."""
        statement = self.statement
        has_alarm = bool(statement.matters & ALARMS) or Matter.WELL in statement.denied
        return has_alarm or statement.has_want or statement.has_cry

    @property
    def has_evidence(self) -> bool:
        """Tell whether the words say that something has happened, or is wanted."""
        has_matter = bool(self.statement.matters or self.statement.denied)
        return has_matter or self.statement.has_want or self.statement.has_cry

    @property
    def is_bare(self) -> bool:
        """Tell whether a clause is but a name or a place: no model should make more of it."""
        statement = self.statement
        if self.guess.is_exact or statement.manner.is_question:
            return False
        if statement.is_company or statement.is_bare or statement.is_written_as_name:
            return True
        is_cry = self.cry.is_first and self.cry.certainty >= SURE
        if statement.is_like_name:
            return not is_cry
        tokens = words(self.text)
        if len(tokens) > 1 or self.has_evidence:
            return False
        is_done_to_us = all(DONE_TO_US.fullmatch(word.folded) for word in tokens)
        is_sorry = phrases.has("sorry", tokens)
        return not (is_cry and is_done_to_us) or is_sorry


def part(
    heard: Heard,
    statement: Statement,
    is_only: bool,
    life_saving: Collection[str],
) -> Part:
    """Put a clause and what a reader made of it together; of the whole text where it has but one.

    `life_saving` names the intents that are cries for help.
    """
    whole = ClauseGuess(0, len(heard.text), heard.ranking, heard.by == "exact" and is_only)
    guess = whole
    for candidate in heard.clauses:
        if (candidate.start, candidate.end) == (statement.clause.start, statement.clause.end):
            guess = candidate
    return Part(
        statement,
        guess,
        cry=_cry(guess, life_saving),
        whole_cry=_cry(whole, life_saving),
        is_only=is_only,
    )


def _cry(guess: ClauseGuess, life_saving: Collection[str]) -> Cry:
    ranking = guess.ranking[:GUESSES]
    total = sum(certainty for intent, certainty in ranking if intent in life_saving)
    for number, (intent, certainty) in enumerate(ranking):
        if intent in life_saving:
            return Cry(intent, certainty, number == 0, total)
    return Cry(None, 0.0, is_first=False, total=0.0)
