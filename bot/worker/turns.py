"""Turns of conversations: many at once, never two with one person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from bot.worker import supervision

MAX_TURNS = 32  # at once

log = structlog.get_logger(__name__)


class Turns:
    """Conversations under way in this process: at most 32, never two with one person."""

    def __init__(self, handle: Callable[[int], Awaitable[int]]) -> None:
        """`handle` takes a person's id and answers what the person wrote."""
        self._handle = handle
        self._room = asyncio.Semaphore(MAX_TURNS)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._wrote_again: set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now must wait."""
        return self._room.locked()

    async def begin(self, person_ids: Iterable[int]) -> None:
        """Begin a turn with each person, once there is room."""
        for person_id in person_ids:
            if person_id not in self._tasks:
                await self._room.acquire()
                self._start(person_id)
            else:  # the message may have come after the turn looked for more
                self._wrote_again.add(person_id)

    def _start(self, person_id: int) -> None:
        if person_id in self._tasks:  # another loop began while this one waited for room
            self._wrote_again.add(person_id)
            self._room.release()
            return
        self._tasks[person_id] = asyncio.create_task(self._take(person_id))

    async def drain(self, seconds: float) -> None:
        """Wait for the turns under way; a turn that takes longer is cut and rolled back."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks.values(), timeout=seconds)
        await supervision.cancel(late)

    async def _take(self, person_id: int) -> None:
        try:
            await self._handle(person_id)
            while person_id in self._wrote_again:
                self._wrote_again.discard(person_id)
                await self._handle(person_id)
        except Exception as error:  # noqa: BLE001  # the message still waits: the sweep finds it
            log.warning("turn_put_off", person=person_id, why=type(error).__name__)
        finally:
            del self._tasks[person_id]
            self._wrote_again.discard(person_id)
            self._room.release()
