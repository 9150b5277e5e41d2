"""Jobs of the worker: a function and how often it runs, declared beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.worker.worker import Worker

Loop = Callable[[], Awaitable[None]]
Work = Callable[["Worker"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of work that the worker does again and again.

    `seconds` pass between two runs; None for work that runs as a loop of its own.
    """

    name: str
    work: Work
    seconds: float | None = None

    def loop(self, worker: Worker) -> Loop:
        """Return the job as a loop of this worker."""
        work = partial(self.work, worker)
        if self.seconds is None:
            return work
        return partial(_repeat, self.seconds, work)


def every(*, seconds: float) -> Callable[[Work], Job]:
    """Declare that a function runs again so many seconds after it ended."""

    def declare(work: Work) -> Job:
        return Job(_name(work), work, seconds)

    return declare


def always(work: Work) -> Job:
    """Declare that a function is a loop of its own."""
    return Job(_name(work), work)


def _name(work: Work) -> str:
    name: str = getattr(work, "__name__", "job")
    return name.replace("_", " ")


async def _repeat(seconds: float, work: Loop) -> None:
    while True:
        await work()
        await asyncio.sleep(seconds)
