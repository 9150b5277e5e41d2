"""A Valkey on a loopback port that keeps nothing: to be killed, and started again empty."""

from __future__ import annotations

import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.embedded import child, valkey
from bot.embedded.rasa import free_port
from tests.waiting import until


@dataclass
class Valkey:
    """The server; the address stays the same from one start to the next."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: Process | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Runs until the block ends."""
        await self.start()
        try:
            yield self
        finally:
            await self.kill()

    async def start(self) -> None:
        """Starts it, empty, and waits until it answers."""
        self.folder.mkdir(exist_ok=True)
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        env = child.plain_environment()
        self._process = await child.start(
            [valkey.server(), *options],
            env=env,
            cwd=self.folder,
            output=DEVNULL,
            end_with=signal.SIGKILL,
        )
        await until(self._answers)

    async def kill(self) -> None:
        """`kill -9`: everything it knew is gone."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _answers(self) -> bool:
        async with Redis.from_url(self.url) as client:
            try:
                return bool(await client.ping())
            except (RedisError, OSError):
                return False
