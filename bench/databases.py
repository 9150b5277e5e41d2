"""A PostgreSQL that waits for the disk as in production, and databases with people in them."""

from __future__ import annotations

import asyncio
import os
import time
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
    """Hold the server, its folder and the keyring that encrypts its columns."""

    server: str
    place: Path
    keys: str

    async def seeded(self, name: str, people: int) -> str:
        """Make a database with so many registered nationals on Telegram; return its address."""
        url = await self.migrated(name)
        await self.seed(url, people, "--channel", "telegram", "--country", "TR")
        return url

    async def migrated(self, name: str) -> str:
        """Make an empty database with all tables; return its address."""
        await postgres.execute(self.server, f"CREATE DATABASE {name}")
        url = f"{self.server}/{name}"
        await self._tammen(url, "migrate")
        return url

    async def seed(self, url: str, people: int, *options: str) -> float:
        """Add so many people by `tammen seed`; return the seconds that the command took."""
        began = time.monotonic()
        await self._tammen(url, "seed", "--people", str(people), *options)
        seconds = time.monotonic() - began
        await _vacuum(url)
        return seconds

    async def crowded(self, name: str, crowd: Crowd) -> str:
        """Make a database with such people in seconds; return its address."""
        url = await self.migrated(name)
        await gather(url, crowd, self.keys)
        await _vacuum(url)
        return url

    async def _tammen(self, url: str, *arguments: str) -> None:
        """Run a command to its end. Raises RuntimeError when it fails."""
        env = {
            **os.environ,
            "DATABASE_URL": url,
            "TAMMEN_KEYS": self.keys,
            "PYTHONPATH": str(ROOT),
            "TELEGRAM_API_URL": "http://127.0.0.1:9",
        }
        process = await asyncio.create_subprocess_exec(TAMMEN, *arguments, env=env, cwd=ROOT)
        if await process.wait():
            command = " ".join(arguments)
            raise RuntimeError(f"tammen {command} failed")

    @property
    def postmaster(self) -> int:
        """Return the server's process, parent of those that serve a connection each."""
        file = self.place / "data" / "postmaster.pid"
        lines = file.read_text(encoding="ascii").splitlines()
        return int(lines[0])

    def pin(self, core: int) -> None:
        """Serve the connections from now on by this core alone, or by all when it is negative."""
        cores = {core}
        if core < 0:
            cores = set(range(os.cpu_count() or 1))
        os.sched_setaffinity(self.postmaster, cores)


async def _vacuum(url: str) -> None:
    """Count the made-up people as real, and update the statistics of the database."""
    connection = await asyncpg.connect(url)
    # Made-up people count in drills only; the benchmarks measure real broadcasts.
    await connection.execute("UPDATE people SET synthetic = false WHERE synthetic")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def served() -> Databases:
    """Start the server, which lives until `session.end()`."""
    place = session.folder() / "bench"
    place.mkdir()
    postgres.make(place)
    server = postgres.serve(place, "bench", free_port(), SETTINGS)
    return Databases(server, place, Keyring.generate())
