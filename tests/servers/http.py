"""What every HTTP server of the tests is: on a loopback port, for as long as a block lasts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web


@dataclass
class Server:
    """A server; `port` is 0 until it runs for the first time."""

    port: int = field(default=0, kw_only=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serves until the block ends, at the same port when it comes back."""
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        server: Any = site._server
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            await runner.cleanup()

    def app(self) -> web.Application:
        """The routes."""
        raise NotImplementedError
