"""A Rasa server, asked over HTTP for the likeliest intents of a text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

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

    async def rank(self, text: str) -> Ranking | None:
        """Return the likeliest intents, or None when Rasa does not answer in time."""
        if self.breaker.rest_seconds:
            return None
        try:
            async with asyncio.timeout(self.seconds), self.places:
                ranking = await self._parse(text)
        except FAILURES as error:
            rest_seconds = self.breaker.fail()
            if rest_seconds:
                log.warning("rasa_away", why=type(error).__name__, seconds=rest_seconds)
            return None
        if self.breaker.succeed():
            log.info("rasa_back")
        return ranking

    async def _parse(self, text: str) -> Ranking:
        # Rasa takes a text that begins with "/" as an order ("/delete_data").
        request = self.http.post(
            f"{self.url}/model/parse",
            params={"token": self.token} if self.token else None,
            json={"text": text.lstrip("/ ")},
        )
        async with request as response:
            response.raise_for_status()
            parsed = await response.json()
        ranking = []
        for guess in parsed["intent_ranking"]:
            ranking.append((str(guess["name"]), float(guess["confidence"])))
        if not ranking:
            raise ValueError("Rasa has no model")
        return ranking
