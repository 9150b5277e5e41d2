"""Live pages: Server-Sent Events carry the names of what changed; the page then asks for that part again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress

from starlette.responses import StreamingResponse

from bot.pages.visit import Visit
from bot.runtime.runtime import Runtime
from bot.signals import bells

CALM = 0.4  # seconds at least between two events: a thousand check-ins are one change of the board
LOOK = 5.0  # seconds after which the page looks by itself: rows are the truth, a bell can be lost
LIFE = 300.0  # seconds a stream lives; the browser comes back, and its session is checked again


def events(visit: Visit, topics: Sequence[str]) -> StreamingResponse:
    """A stream of `changed` events about these topics (`board`, `advisory:3`, `phone:7`)."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _changes(visit.runtime, topics), media_type="text/event-stream", headers=headers
    )


async def _changes(runtime: Runtime, topics: Sequence[str]) -> AsyncIterator[str]:
    rung = asyncio.Event()
    ear = asyncio.create_task(_listen(runtime, topics, rung))
    end = time.monotonic() + LIFE
    try:
        while time.monotonic() < end:
            yield f"event: changed\ndata: {' '.join(topics)}\n\n"
            await asyncio.sleep(CALM)
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), LOOK)
            rung.clear()
    finally:
        ear.cancel()


async def _listen(runtime: Runtime, topics: Sequence[str], rung: asyncio.Event) -> None:
    async with aclosing(bells.announcements(runtime.redis, topics)) as heard:  # type: ignore[type-var]
        async for _topic in heard:
            rung.set()
