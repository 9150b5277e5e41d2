"""Understanding of a text: exact words first, then Rasa, then the built-in reader.

Texts are never logged. Places, relatives and counts come from the gazetteer that Rasa's components
use too, so that they are the same whoever understood; here it also knows the person's own country.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bot.conversation.rasa import ClauseRankings, Rasa
from bot.conversation.windows import windows
from bot.messages import ClauseGuess, Entity, Heard, Kind
from bot.runtime.runtime import Runtime
from nlu.language import exact, fallback, gazetteer
from nlu.language.fallback import LIFE_SAVING, Ranking
from nlu.language.folding import words
from nlu.language.languages import detect
from nlu.language.reading import clauses
from nlu.language.reading.clauses import Clause

MAX_WINDOW_CHARS = 500  # of a text that is read at once; a longer one is read in parts
MAX_GUESSES = 6

Reader = Literal["exact", "rasa", "fallback"]


@dataclass(frozen=True, slots=True)
class Windowed:
    """What a reader made of one part of a text; clauses count from the beginning of the text."""

    ranking: Ranking
    clauses: ClauseRankings
    by: Reader


@dataclass(slots=True)
class Understander:
    """The readers of a process: Rasa, if there is one, and the built-in model, once it is there."""

    rasa: Rasa | None = None
    model: fallback.Model | None = None

    @classmethod
    def of(cls, runtime: Runtime) -> Understander:
        """Make an understander for a process; `load` gives it the built-in model later."""
        settings = runtime.settings
        if settings.nlu_url is None:
            return cls()
        return cls(Rasa(runtime.http, settings.nlu_url, settings.nlu_token))

    async def load(self, path: Path) -> None:
        """Load the built-in model; it reads texts from then on."""
        self.model = await asyncio.to_thread(fallback.Model.load, path)


async def understand(
    understander: Understander,
    text: str,
    home: str | None = None,
) -> Heard:
    """Understand what a person wrote, as a whole and clause by clause.

    `home` (alpha-2) is the country in which ambiguous places are looked for first.
    """
    heard = _read(text, home)
    intent = exact.match(heard.text)
    if intent:
        return _ranked(heard, [(intent, 1.0)], "exact")
    if not _has_words(heard.text):
        return heard  # nothing for a classifier: emoji, punctuation, numbers
    parts = clauses.split(text)
    readings: list[Windowed] = []
    for window in windows(text, parts, MAX_WINDOW_CHARS):
        reading = await _window(understander, window)
        if reading:
            readings.append(reading)
    if not readings:
        return replace(heard, clauses=_clauses(parts, {}))
    rankings: ClauseRankings = {}
    for reading in readings:
        rankings.update(reading.clauses)
    gravest = max(readings, key=lambda reading: _gravity(reading.ranking))
    ranked = _ranked(heard, gravest.ranking, gravest.by)
    return replace(ranked, clauses=_clauses(parts, rankings))


async def _window(understander: Understander, window: Clause) -> Windowed | None:
    """Ask Rasa, else the built-in reader, for one part of a text; None where neither is there."""
    if understander.rasa is not None:
        parsed = await understander.rasa.parse(window.text)
        if parsed:
            return _windowed(window, parsed.ranking, parsed.clauses, "rasa")
    if understander.model is not None:
        ranking = understander.model.classify(window.text)
        rankings = _built_in_clauses(understander.model, window.text)
        return _windowed(window, ranking, rankings, "fallback")
    return None


def _windowed(
    window: Clause,
    ranking: Ranking,
    rankings: ClauseRankings,
    by: Reader,
) -> Windowed:
    """Count the clauses of a window from the beginning of the text."""
    placed: ClauseRankings = {(window.start, window.end): ranking}
    for (start, end), guesses in rankings.items():
        placed[window.start + start, window.start + end] = guesses
    return Windowed(ranking, placed, by)


def _gravity(ranking: Ranking) -> float:
    """Return the certainty of a cry for help; the worst part of a long text speaks for it."""
    intent, certainty = ranking[0]
    return certainty if intent in LIFE_SAVING else 0.0


def _built_in_clauses(model: fallback.Model, text: str) -> ClauseRankings:
    rankings: ClauseRankings = {}
    parts = clauses.split(text)
    if len(parts) > 1:
        for clause in parts:
            rankings[clause.start, clause.end] = model.classify(clause.text)
    return rankings


def _clauses(parts: Sequence[Clause], rankings: ClauseRankings) -> tuple[ClauseGuess, ...]:
    """Return the guesses for each clause; exact words need no reader. One clause is the text."""
    if len(parts) == 1:
        return ()
    guesses: list[ClauseGuess] = []
    for clause in parts:
        intent = exact.match(clause.text)
        ranking = [(intent, 1.0)] if intent else _of_clause(clause, rankings)
        guess = ClauseGuess(
            clause.start,
            clause.end,
            tuple(ranking[:MAX_GUESSES]),
            is_exact=intent is not None,
        )
        guesses.append(guess)
    return tuple(guesses)


def _of_clause(clause: Clause, rankings: ClauseRankings) -> Ranking:
    """Return the guesses for a clause: its own, or those for the worst part of a long one."""
    place = (clause.start, clause.end)
    if place in rankings:
        return rankings[place]
    parts: list[Ranking] = []
    for (start, end), ranking in rankings.items():
        if clause.start <= start and end <= clause.end:
            parts.append(ranking)
    return max(parts, key=_gravity, default=[])


def _read(text: str, home: str | None) -> Heard:
    """Find what needs no reader: the language and the things that the text names."""
    entities = [Entity(*mention) for mention in gazetteer.find(text, home)]
    return Heard(
        Kind.TEXT,
        text,
        entities=tuple(entities),
        language=detect(text),
    )


def _has_words(text: str) -> bool:
    return any(not word.folded.isdigit() for word in words(text))


def _ranked(
    heard: Heard,
    ranking: Ranking,
    by: Reader,
) -> Heard:
    intent, confidence = ranking[0]
    return replace(
        heard,
        intent=intent,
        confidence=confidence,
        ranking=tuple(ranking[:MAX_GUESSES]),
        by=by,
    )


def to_json(heard: Heard) -> dict[str, Any]:
    """Return one line of `tammen understand`; what means nothing to us is out of scope."""
    return {
        "text": heard.text,
        "intent": heard.intent or "out_of_scope",
        "confidence": round(heard.confidence, 4) if heard.intent else 1.0,
        "entities": [asdict(entity) for entity in heard.entities],
        "by": "exact" if heard.by == "none" else heard.by,
        "language": heard.language or "ar",
    }
