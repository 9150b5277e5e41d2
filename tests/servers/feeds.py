"""Somebody else's web server with warnings: pages by path, versions by ETag, and all its ways to go
wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.servers.http import Server

Answer = Callable[[web.Request], Any]


@dataclass
class FeedServer(Server):
    """`pages` are texts by path, `answers` whatever else; `asked` is all it was asked for."""

    pages: dict[str, str | bytes] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def app(self) -> web.Application:
        """Any path."""
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path in self.answers:
            answer: web.StreamResponse = await self.answers[request.path](request)
            return answer
        if request.path not in self.pages:
            return web.Response(status=404)
        page = self.pages[request.path]
        body = page.encode() if isinstance(page, str) else page
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        return web.Response(body=body, headers={"ETag": etag})
