"""Live pages: Server-Sent Events name what changed, and the page asks for that part again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, suppress

from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.consular.staff import roles
from bot.models import Staff, StaffSession
from bot.pages.visit import Visit
from bot.runtime.runtime import Runtime
from bot.signals import bells

PAUSE_SECONDS = 0.4  # between two events: a thousand check-ins are one change of the board
LOOK_SECONDS = 5.0  # until the page looks by itself: rows are the truth, a bell can be lost
STREAM_SECONDS = 300.0  # until the browser must come back, so that its session is checked again


def events(visit: Visit, topics: Sequence[str]) -> EventSourceResponse:
    """Stream `changed` events about these topics (`board`, `advisory:3`, `phone:7`).

    The stream ends when the reader's session does; the browser then comes back and is refused.
    """
    return EventSourceResponse(_changes(visit, topics), ping=0)


async def _changes(visit: Visit, topics: Sequence[str]) -> AsyncIterator[ServerSentEvent]:
    runtime = visit.runtime
    announced = asyncio.Event()
    heard = [*topics, roles.actor(visit.me)] if visit.me else topics
    listener = asyncio.create_task(_listen(runtime, heard, announced))
    end = runtime.clock.monotonic() + STREAM_SECONDS
    try:
        while runtime.clock.monotonic() < end and await is_welcome_still(visit):
            yield ServerSentEvent(" ".join(topics), event="changed", sep="\n")
            await asyncio.sleep(PAUSE_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(announced.wait(), LOOK_SECONDS)
            announced.clear()
    finally:
        listener.cancel()


async def is_welcome_still(visit: Visit) -> bool:
    """Whether the reader's session is open and the account may do what it could at the start."""
    if visit.me is None or visit.session is None:
        return True
    async with visit.runtime.db.read() as session:
        open_session = await session.get(StaffSession, visit.session.id)
        account = await session.get(Staff, visit.me.id)
    if open_session is None or account is None or account.blocked_at is not None:
        return False
    rights = (account.role, account.post_country)
    return rights == (visit.me.role, visit.me.post_country)


async def _listen(
    runtime: Runtime,
    topics: Sequence[str],
    announced: asyncio.Event,
) -> None:
    announcements = bells.announcements(runtime.redis, topics)
    async with aclosing(announcements) as stream:  # type: ignore[type-var]
        async for _topic in stream:
            announced.set()
