"""How far broadcasts are, told to open pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sqlalchemy import select

from bot.models import Advisory
from bot.runtime.runtime import Runtime
from bot.signals import bells

PAUSE_SECONDS = 0.5  # between two announcements of progress


class Progress:
    """Tells open pages how far broadcasts are, at most twice a second."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._changed_ids: set[int] = set()
        self._telling: asyncio.Task[None] | None = None

    def note(self, broadcast_ids: Iterable[int]) -> None:
        """Note that recipients of these broadcasts have a new state."""
        self._changed_ids.update(broadcast_ids)
        if self._changed_ids and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._changed_ids:
            await asyncio.sleep(PAUSE_SECONDS)
            broadcast_ids, self._changed_ids = self._changed_ids, set()
            for topic in await self._topics(broadcast_ids):
                await bells.announce(self._runtime.redis, topic)

    async def _topics(self, broadcast_ids: set[int]) -> list[str]:
        """Name the topics of broadcasts: an advisory's, or the board, which shows roll calls."""
        query = select(Advisory.broadcast_id, Advisory.id).where(
            Advisory.broadcast_id.in_(broadcast_ids)
        )
        async with self._runtime.db.read() as session:
            advisories = {
                advisory.broadcast_id: advisory.id for advisory in await session.execute(query)
            }
        topics = set()
        for broadcast_id in broadcast_ids:
            topics.add(f"broadcast:{broadcast_id}")
            if broadcast_id in advisories:
                topics.add(f"advisory:{advisories[broadcast_id]}")
            else:
                topics.add("board")
        return sorted(topics)
