"""Figures shared by all who watch an advisory: ten pages cost as much as one."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException

from bot.consular.advisories import scope
from bot.consular.advisories.results import Results
from bot.consular.errors import ConsularError
from bot.models import Advisory
from bot.pages.visit import Visit

MAX_ADVISORIES = 200  # whose figures the process keeps
LIFETIME_FACTOR = 10  # figures serve ten times as long as they took to count


@dataclass(slots=True)
class _Entry:
    """The figures of an advisory, until they expire."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    results: Results | None = None
    expires_at: float = 0.0


async def find(visit: Visit) -> Advisory:
    """Return the advisory of the path. Raises HTTPException 404 when it is another post's."""
    async with visit.runtime.db.read() as session:
        try:
            return await scope.get(session, visit.staff, visit.number("id"))
        except ConsularError:
            raise HTTPException(404) from None


class SharedFigures:
    """Figures that were counted a moment ago, for a limited number of advisories."""

    def __init__(
        self,
        clock: Callable[[], float],
        limit: int = MAX_ADVISORIES,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._entries: OrderedDict[int, _Entry] = OrderedDict()

    def __len__(self) -> int:
        """Count the advisories whose figures are kept."""
        return len(self._entries)

    async def of(self, advisory_id: int, count: Callable[[], Awaitable[Results]]) -> Results:
        """Return the figures of an advisory, counted now unless they were a moment ago."""
        entry = self._entry(advisory_id)
        async with entry.lock:
            began = self._clock()
            if entry.results is None or began >= entry.expires_at:
                entry.results = await count()
                ended = self._clock()
                entry.expires_at = ended + LIFETIME_FACTOR * (ended - began)
            return entry.results

    def _entry(self, advisory_id: int) -> _Entry:
        self._forget_expired()
        entry = self._entries.setdefault(advisory_id, _Entry())
        self._entries.move_to_end(advisory_id)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)
        return entry

    def _forget_expired(self) -> None:
        """Forget expired figures, except those that somebody is counting."""
        now = self._clock()
        for advisory_id, entry in list(self._entries.items()):
            if entry.expires_at <= now and not entry.lock.locked():
                del self._entries[advisory_id]
