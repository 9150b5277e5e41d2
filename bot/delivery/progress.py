"""How far broadcasts are, told to open pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sqlalchemy import select

from bot.models import Advisory
from bot.runtime.runtime import Runtime
from bot.signals import bells

CALM = 0.5  # seconds between two announcements of progress


class Progress:
    """Tells open pages how far broadcasts are, at most twice a second."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._changed: set[int] = set()
        self._telling: asyncio.Task[None] | None = None

    def note(self, broadcast_ids: Iterable[int]) -> None:
        """Something became of recipients of these."""
        self._changed.update(broadcast_ids)
        if self._changed and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._changed:
            await asyncio.sleep(CALM)
            some, self._changed = self._changed, set()
            for topic in await self._topics(some):
                await bells.announce(self._runtime.redis, topic)

    async def _topics(self, broadcast_ids: set[int]) -> list[str]:
        """A broadcast is an advisory's, or a roll call that the board shows."""
        query = select(Advisory.broadcast_id, Advisory.id).where(
            Advisory.broadcast_id.in_(broadcast_ids)
        )
        async with self._runtime.db.read() as session:
            found = {row.broadcast_id: row.id for row in await session.execute(query)}
        own = [f"advisory:{found[one]}" if one in found else "board" for one in broadcast_ids]
        return sorted({*own, *(f"broadcast:{one}" for one in broadcast_ids)})
