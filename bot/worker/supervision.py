"""What keeps the worker going: a loop that fails is begun again, with growing pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

import structlog

from bot.runtime import traces
from bot.worker.jobs import Loop

FIRST_PAUSE_SECONDS = 0.1
MAX_PAUSE_SECONDS = 5.0

log = structlog.get_logger(__name__)


def start(loops: Mapping[str, Loop]) -> list[asyncio.Task[None]]:
    """Start loops by name, each in a task that keeps it going."""
    return [asyncio.create_task(keep(name, loop)) for name, loop in loops.items()]


async def keep(name: str, loop: Loop) -> None:
    """Run a loop, again and again while it fails; return when it is done."""
    pause = FIRST_PAUSE_SECONDS
    clock = asyncio.get_running_loop().time
    while True:
        began = clock()
        try:
            await loop()
        except Exception as error:  # noqa: BLE001  # the other loops and the next try must go on
            origin = traces.origin(error)
            log.warning(
                "loop_failed",
                loop=name,
                why=type(error).__name__,
                at=origin,
            )
        else:
            return
        if clock() - began > MAX_PAUSE_SECONDS:
            pause = FIRST_PAUSE_SECONDS
        else:
            pause = min(MAX_PAUSE_SECONDS, pause * 2)
        await asyncio.sleep(pause)


async def cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait for their end."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
