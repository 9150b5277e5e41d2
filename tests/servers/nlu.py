"""A small Rasa: understands what it was told to, hangs or fails when told to.

Only `/model/parse` and `/status`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from tests.servers.http import Server


@dataclass
class Nlu(Server):
    """The server. `intent` is what every text means; `asked` counts the texts, `texts` never leave
    the test.
    """

    intent: str = "checkin_safe"
    confidence: float = 0.97
    asked: int = 0
    hangs: bool = False
    fails: bool = False
    texts: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        """The two routes of Rasa's that we use."""
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        app.router.add_get("/status", self._status)
        return app

    async def _parse(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        self.asked += 1
        self.texts.append(text)
        if self.hangs:
            await asyncio.sleep(3600)
        if self.fails:
            return web.json_response({"status": "failure"}, status=500)
        guess = {"name": self.intent, "confidence": self.confidence}
        return web.json_response(
            {"text": text, "intent": guess, "entities": [], "intent_ranking": [guess]}
        )

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response({"model_file": "model.tar.gz", "num_active_training_jobs": 0})
