"""A TCP proxy that can be told to misbehave: delay, drop, cut, black hole, refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self

PIECE = 65536


@dataclass
class Proxy:
    """Passes bytes on to `host:port`. Change the fields while it runs; `cut` ends what is open.

    `delay`: seconds each piece waits. `is_hole`: connections open and nothing passes, either way.
    `refuses`: new connections are closed at once. `cut_after`: bytes of an answer after which its
    connection is cut.
    """

    port_behind: int
    host: str = "127.0.0.1"
    port: int = 0
    delay: float = 0.0
    is_hole: bool = False
    refuses: bool = False
    cut_after: int | None = None
    connections: int = 0  # that came so far
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Listens on a loopback port until the block ends."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        """Ends every open connection without a word."""
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refuses:
            writer.transport.abort()
            return
        behind = None
        try:
            inner, behind = await asyncio.open_connection(self.host, self.port_behind)
            self._open |= {writer, behind}
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, behind, None))
                both.create_task(self._pass(inner, writer, self.cut_after))
        except* (OSError, asyncio.IncompleteReadError):
            pass  # one side is gone: so is the other
        finally:
            self._forget(writer, behind)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int | None
    ) -> None:
        passed = 0
        while piece := await reader.read(PIECE):
            await asyncio.sleep(self.delay)
            if self.is_hole:
                continue
            writer.write(piece)
            await writer.drain()
            passed += len(piece)
            if most is not None and passed >= most:
                raise ConnectionAbortedError("cut on purpose")
        with suppress(OSError, RuntimeError):
            writer.write_eof()

    def _forget(self, *writers: asyncio.StreamWriter | None) -> None:
        for writer in filter(None, writers):
            self._open.discard(writer)
            writer.transport.abort()
