"""A PostgreSQL that waits for the disk as in production, and databases with people in them."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from bench.crowd import Crowd, gather
from bot.embedded.rasa import free_port
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT
from tests.servers import postgres, session

# Defaults but for the size: fsync, synchronous_commit and full_page_writes are on.
SETTINGS = ("shared_buffers=256MB", "max_connections=120", "max_wal_size=2GB")
TAMMEN = ROOT / ".venv" / "bin" / "tammen"


@dataclass(frozen=True)
class Databases:
    """The server, its folder and the keyring its columns are encrypted with."""

    server: str
    place: Path
    keys: str

    async def seeded(self, name: str, people: int) -> str:
        """A new database with `people` registered nationals on Telegram; its address."""
        await postgres.execute(self.server, f"CREATE DATABASE {name}")
        url = f"{self.server}/{name}"
        await self._tammen(url, "migrate")
        await self._tammen(
            url, "seed", "--people", str(people), "--channel", "telegram", "--country", "TR"
        )
        await _vacuum(url)
        return url

    async def crowded(self, name: str, crowd: Crowd) -> str:
        """A new database with such people, made in seconds; its address."""
        await postgres.execute(self.server, f"CREATE DATABASE {name}")
        url = f"{self.server}/{name}"
        await self._tammen(url, "migrate")
        await gather(url, crowd, self.keys)
        await _vacuum(url)
        return url

    async def _tammen(self, url: str, *words: str) -> None:
        env = {
            **os.environ,
            "DATABASE_URL": url,
            "TAMMEN_KEYS": self.keys,
            "TELEGRAM_API_URL": "http://127.0.0.1:9",
        }
        process = await asyncio.create_subprocess_exec(TAMMEN, *words, env=env, cwd=ROOT)
        if await process.wait():
            raise RuntimeError(f"tammen {' '.join(words)} failed")

    @property
    def postmaster(self) -> int:
        """The process that serves it, parent of those that serve a connection each."""
        return int(
            (self.place / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0]
        )

    def pin(self, core: int) -> None:
        """Connections opened from now on are served on this core alone."""
        os.sched_setaffinity(
            self.postmaster, {core} if core >= 0 else set(range(os.cpu_count() or 1))
        )


async def _vacuum(url: str) -> None:
    connection = await asyncpg.connect(url)
    # Made-up people count in drills only; the benchmarks measure real broadcasts.
    await connection.execute("UPDATE people SET synthetic = false WHERE synthetic")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def served() -> Databases:
    """Starts the server; it lives until `session.end()`."""
    place = session.folder() / "bench"
    place.mkdir()
    postgres.make(place)
    return Databases(
        postgres.serve(place, "bench", free_port(), SETTINGS), place, Keyring.generate()
    )
