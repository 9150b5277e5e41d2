"""One answer for all who ask the same at the same time: five hundred boards cost as much as two."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")
Making = Callable[[], Awaitable[T]]
Answers = dict[Hashable, asyncio.Task[T]]


class Shared(Generic[T]):
    """Answers that are made for everybody who asked before the making began, and for nobody later.

    Whoever asks while an answer is being made gets the next one, so nobody sees what was so before
    they asked.
    """

    def __init__(self) -> None:
        self._next: Answers[T] = {}
        self._locks: dict[Hashable, asyncio.Lock] = {}

    async def of(
        self,
        question: Hashable,
        make: Making[T],
    ) -> T:
        """Return an answer that is made from now on; `make` makes it unless somebody's does."""
        answer = self._next.get(question)
        if answer is None:
            making = self._made(question, make)
            answer = asyncio.create_task(making)
            self._next[question] = answer
        return await asyncio.shield(answer)

    async def _made(
        self,
        question: Hashable,
        make: Making[T],
    ) -> T:
        own_lock = asyncio.Lock()
        lock = self._locks.setdefault(question, own_lock)
        async with lock:
            del self._next[question]
            return await make()
