"""Live pages: Server-Sent Events name what changed, and the page asks for that part again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress

from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.pages.visit import Visit
from bot.runtime.runtime import Runtime
from bot.signals import bells

PAUSE_SECONDS = 0.4  # between two events: a thousand check-ins are one change of the board
LOOK_SECONDS = 5.0  # until the page looks by itself: rows are the truth, a bell can be lost
STREAM_SECONDS = 300.0  # until the browser must come back, so that its session is checked again


def events(visit: Visit, topics: Sequence[str]) -> EventSourceResponse:
    """Stream `changed` events about these topics (`board`, `advisory:3`, `phone:7`)."""
    return EventSourceResponse(_changes(visit.runtime, topics), ping=0)


async def _changes(runtime: Runtime, topics: Sequence[str]) -> AsyncIterator[ServerSentEvent]:
    announced = asyncio.Event()
    listener = asyncio.create_task(_listen(runtime, topics, announced))
    end = runtime.clock.monotonic() + STREAM_SECONDS
    try:
        while runtime.clock.monotonic() < end:
            yield ServerSentEvent(" ".join(topics), event="changed", sep="\n")
            await asyncio.sleep(PAUSE_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(announced.wait(), LOOK_SECONDS)
            announced.clear()
    finally:
        listener.cancel()


async def _listen(
    runtime: Runtime,
    topics: Sequence[str],
    announced: asyncio.Event,
) -> None:
    announcements = bells.announcements(runtime.redis, topics)
    async with aclosing(announcements) as stream:  # type: ignore[type-var]
        async for _topic in stream:
            announced.set()
