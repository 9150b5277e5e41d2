"""Understands a text: exact words first, then Rasa, then the built-in classifier. Texts are never logged.

Places, relatives and counts come from the gazetteer that Rasa's components use too, so that they are the same whoever
understood; here it also knows the person's own country.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import aiohttp
import structlog

from bot.messages import Entity, Heard, Kind
from bot.runtime.breaker import Breaker
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.runtime import Runtime
from nlu.language import exact, fallback, gazetteer
from nlu.language.fallback import Ranking
from nlu.language.folding import words
from nlu.language.languages import detect

LONGEST = 500  # characters; more is slow to understand and says nothing new
_RASA_SECONDS = 1.0  # waiting for a place and for the answer
_AT_ONCE = 2  # Rasa parses one text after the other: more only queue
TOLERATED_FAILURES = 3  # of Rasa in a row before it is left alone for a while
_KEPT = 6  # guesses
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Rasa:
    """A Rasa server: `url` such as http://127.0.0.1:5005, and the token it wants ("" for none)."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""
    seconds: float = _RASA_SECONDS
    breaker: Breaker = field(
        default_factory=lambda: Breaker(SYSTEM_CLOCK, tolerated=TOLERATED_FAILURES)
    )
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def rank(self, text: str) -> Ranking | None:
        """The likeliest intents, or None when Rasa does not answer in time."""
        if self.breaker.rest_seconds:
            return None
        try:
            async with asyncio.timeout(self.seconds), self.places:
                ranking = await self._parse(text)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            if rest_seconds := self.breaker.fail():
                _log.warning("rasa_away", why=type(error).__name__, seconds=rest_seconds)
            return None
        if self.breaker.succeed():
            _log.info("rasa_back")
        return ranking

    async def _parse(self, text: str) -> Ranking:
        # A text that begins with "/" is an order to Rasa ("/delete_data"), taken without understanding.
        asked = self.http.post(
            f"{self.url}/model/parse",
            params={"token": self.token} if self.token else None,
            json={"text": text.lstrip("/ ")},
        )
        async with asked as answer:
            answer.raise_for_status()
            ranking = [
                (str(guess["name"]), float(guess["confidence"]))
                for guess in (await answer.json())["intent_ranking"]
            ]
        if not ranking:
            raise ValueError("Rasa has no model")
        return ranking


@dataclass(slots=True)
class Understander:
    """What understanding needs: a Rasa, if there is one, and the built-in model, once it is there."""

    rasa: Rasa | None = None
    model: fallback.Model | None = None

    @classmethod
    def of(cls, runtime: Runtime) -> Understander:
        """An understander for a process; `load` gives it the built-in model later."""
        url = runtime.settings.nlu_url
        return cls(Rasa(runtime.http, url, runtime.settings.nlu_token) if url else None)

    async def load(self, path: Path) -> None:
        """Load the built-in model, whenever it is there; texts are read by it from then on."""
        self.model = await asyncio.to_thread(fallback.Model.load, path)


async def understand(understander: Understander, text: str, home: str | None = None) -> Heard:
    """What a person wrote, understood. `home` (alpha-2) is where ambiguous places are looked for first."""
    heard = Heard(Kind.TEXT, text[:LONGEST], language=detect(text))
    heard = replace(
        heard, entities=tuple(Entity(*mention) for mention in gazetteer.find(heard.text, home))
    )
    if intent := exact.match(heard.text):
        return _ranked(heard, [(intent, 1.0)], "exact")
    if all(word.folded.isdigit() for word in words(heard.text)):
        return heard  # nothing for a classifier: emoji, punctuation, numbers
    if understander.rasa and (ranking := await understander.rasa.rank(heard.text)):
        return _ranked(heard, ranking, "rasa")
    return (
        _ranked(heard, understander.model.classify(heard.text), "fallback")
        if understander.model
        else heard
    )


def _ranked(heard: Heard, ranking: Ranking, by: Literal["exact", "rasa", "fallback"]) -> Heard:
    intent, confidence = ranking[0]
    return replace(
        heard, intent=intent, confidence=confidence, ranking=tuple(ranking[:_KEPT]), by=by
    )


def to_json(heard: Heard) -> dict[str, Any]:
    """One line of `tammen understand`, as INTERFACE gives it; what means nothing to us is out of scope."""
    return {
        "text": heard.text,
        "intent": heard.intent or "out_of_scope",
        "confidence": round(heard.confidence, 4) if heard.intent else 1.0,
        "entities": [asdict(entity) for entity in heard.entities],
        "by": "exact" if heard.by == "none" else heard.by,
        "language": heard.language or "ar",
    }
