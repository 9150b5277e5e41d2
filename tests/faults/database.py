"""A PostgreSQL that a test may stop."""

from __future__ import annotations

import asyncio
from secrets import token_hex

from bot.embedded.rasa import free_port
from tests.servers import postgres, session


class Postgres:
    """A PostgreSQL of this test's own, to be stopped."""

    def __init__(self) -> None:
        self.name = f"postgres-{token_hex(4)}"
        self.place = session.folder() / self.name
        self.place.mkdir()
        self.port = free_port()

    async def make(self) -> None:
        await asyncio.to_thread(postgres.make, self.place)

    async def start(self) -> str:
        """Its address."""
        return await asyncio.to_thread(
            postgres.serve, self.place, self.name, self.port, postgres.FAST
        )

    async def stop(self) -> None:
        await asyncio.to_thread(session.stop, self.name)
