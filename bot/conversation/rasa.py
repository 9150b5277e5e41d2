"""A Rasa server, asked over HTTP for the likeliest intents of a text."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import structlog

from bot.runtime.breaker import Breaker
from bot.runtime.clock import SYSTEM_CLOCK
from nlu.language.fallback import Ranking

ANSWER_SECONDS = 1.0  # waiting for a place and for the answer
MAX_REQUESTS = 2  # at once: Rasa parses one text after the other, more only queue
TOLERATED_FAILURES = 3  # of Rasa in a row before it is left alone for a while
# What a server that is away, slow or wrong looks like.
FAILURES = (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError)

log = structlog.get_logger(__name__)


ClauseRankings = dict[tuple[int, int], Ranking]  # by where in the text the clause stands


@dataclass(frozen=True, slots=True)
class Parsed:
    """What Rasa made of a text: its likeliest intents, and those of each clause."""

    ranking: Ranking
    clauses: ClauseRankings


def _breaker() -> Breaker:
    return Breaker(SYSTEM_CLOCK, tolerated=TOLERATED_FAILURES)


def _places() -> asyncio.Semaphore:
    return asyncio.Semaphore(MAX_REQUESTS)


@dataclass(slots=True)
class Rasa:
    """A Rasa server: `url` such as http://127.0.0.1:5005, and its token ("" for none)."""

    http: aiohttp.ClientSession
    url: str
    token: str = ""
    seconds: float = ANSWER_SECONDS
    breaker: Breaker = field(default_factory=_breaker)
    places: asyncio.Semaphore = field(default_factory=_places)

    async def parse(self, text: str) -> Parsed | None:
        """Return the likeliest intents, or None when Rasa does not answer in time."""
        if self.breaker.rest_seconds:
            return None
        try:
            async with asyncio.timeout(self.seconds), self.places:
                parsed = await self._parse(text)
        except FAILURES as error:
            rest_seconds = self.breaker.fail()
            if rest_seconds:
                log.warning("rasa_away", why=type(error).__name__, seconds=rest_seconds)
            return None
        if self.breaker.succeed():
            log.info("rasa_back")
        return parsed

    async def _parse(self, text: str) -> Parsed:
        # Rasa takes a text that begins with "/" as an order ("/delete_data").
        request = self.http.post(
            f"{self.url}/model/parse",
            params={"token": self.token} if self.token else None,
            json={"text": text.lstrip("/ ")},
        )
        async with request as response:
            response.raise_for_status()
            parsed = await response.json()
        ranking = _ranking(parsed["intent_ranking"])
        if not ranking:
            raise ValueError("Rasa has no model")
        # A "/" at the beginning was left out: positions count from there.
        left_out = len(text) - len(text.lstrip("/ "))
        rankings: ClauseRankings = {}
        for clause in parsed.get("clauses", ()):
            place = int(clause["start"]) + left_out, int(clause["end"]) + left_out
            rankings[place] = _ranking(clause["intent_ranking"])
        return Parsed(ranking, rankings)


def _ranking(guesses: Iterable[Mapping[str, Any]]) -> Ranking:
    ranking: Ranking = []
    for guess in guesses:
        ranking.append((str(guess["name"]), float(guess["confidence"])))
    return ranking
