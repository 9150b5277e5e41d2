"""Understanding of a text: exact words first, then Rasa, then the built-in reader.

Texts are never logged. Places, relatives and counts come from the gazetteer that Rasa's components
use too, so that they are the same whoever understood; here it also knows the person's own country.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from bot.conversation.rasa import ClauseRankings, Rasa
from bot.messages import ClauseGuess, Entity, Heard, Kind
from bot.runtime.runtime import Runtime
from nlu.language import exact, fallback, gazetteer
from nlu.language.fallback import Ranking
from nlu.language.folding import words
from nlu.language.languages import detect
from nlu.language.reading import clauses

MAX_TEXT_CHARS = 500  # more is slow to understand and says nothing new
MAX_GUESSES = 6

Reader = Literal["exact", "rasa", "fallback"]


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
    heard = _read(text[:MAX_TEXT_CHARS], home)
    intent = exact.match(heard.text)
    if intent:
        return _ranked(heard, [(intent, 1.0)], "exact")
    if not _has_words(heard.text):
        return heard  # nothing for a classifier: emoji, punctuation, numbers
    if understander.rasa is not None:
        parsed = await understander.rasa.parse(heard.text)
        if parsed:
            ranked = _ranked(heard, parsed.ranking, "rasa")
            return replace(ranked, clauses=_clauses(heard.text, parsed.clauses))
    if understander.model is not None:
        ranking = understander.model.classify(heard.text)
        ranked = _ranked(heard, ranking, "fallback")
        rankings = _built_in_clauses(understander.model, heard.text)
        return replace(ranked, clauses=_clauses(heard.text, rankings))
    return replace(heard, clauses=_clauses(heard.text, {}))


def _built_in_clauses(model: fallback.Model, text: str) -> ClauseRankings:
    rankings: ClauseRankings = {}
    parts = clauses.split(text)
    if len(parts) > 1:
        for clause in parts:
            rankings[clause.start, clause.end] = model.classify(clause.text)
    return rankings


def _clauses(text: str, rankings: ClauseRankings) -> tuple[ClauseGuess, ...]:
    """Return the guesses for each clause; exact words need no reader. One clause is the text."""
    parts = clauses.split(text)
    if len(parts) == 1:
        return ()
    guesses: list[ClauseGuess] = []
    for clause in parts:
        intent = exact.match(clause.text)
        ranking = [(intent, 1.0)] if intent else rankings.get((clause.start, clause.end), [])
        guess = ClauseGuess(
            clause.start,
            clause.end,
            tuple(ranking[:MAX_GUESSES]),
            is_exact=intent is not None,
        )
        guesses.append(guess)
    return tuple(guesses)


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
