"""A small Rasa: understands what it was told to, hangs or fails when told to. Only `/model/parse` and `/status`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web


@dataclass
class Nlu:
    """The server. `intent` is what every text means; `asked` counts the texts, `texts` never leave the test."""

    intent: str = "checkin_safe"
    confidence: float = 0.97
    asked: int = 0
    hangs: bool = False
    fails: bool = False
    port: int = 0
    texts: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serves until the block ends, at the same port when it comes back."""
        app = web.Application()
        app.router.add_post("/model/parse", self._parse)
        app.router.add_get("/status", self._status)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        server: Any = site._server
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _parse(self, request: web.Request) -> web.Response:
        text = (await request.json())["text"]
        self.asked += 1
        self.texts.append(text)
        if self.hangs:
            await asyncio.sleep(3600)
        if self.fails:
            return web.json_response({"status": "failure"}, status=500)
        guess = {"name": self.intent, "confidence": self.confidence}
        return web.json_response({"text": text, "intent": guess, "entities": [], "intent_ranking": [guess]})

    async def _status(self, _request: web.Request) -> web.Response:
        return web.json_response({"model_file": "model.tar.gz", "num_active_training_jobs": 0})
