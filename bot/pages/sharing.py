"""One answer for all who ask the same at the same time: five hundred boards cost as much as two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Answers that are made for everybody who asked before the making began, and for nobody later.

    Whoever asks while an answer is being made gets the next one, so nobody sees what was so before
    they asked.
    """

    def __init__(self) -> None:
        self._next: dict[Hashable, asyncio.Task[T]] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}

    async def of(self, question: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return an answer that is made from now on; `make` makes it unless somebody's does."""
        answer = self._next.get(question)
        if answer is None:
            answer = asyncio.create_task(self._made(question, make))
            self._next[question] = answer
        return await asyncio.shield(answer)

    async def _made(self, question: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        lock = self._locks.setdefault(question, asyncio.Lock())
        async with lock:
            del self._next[question]
            return await make()
