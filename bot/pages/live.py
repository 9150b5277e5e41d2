"""Live pages: Server-Sent Events name what changed, and the page asks for that part again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from bot.consular.staff import roles
from bot.models import Staff, StaffSession
from bot.pages.visit import Visit
from bot.runtime.redis import RedisConnection
from bot.signals import watching

PAUSE_SECONDS = 0.4  # between two events: a thousand check-ins are one change of the board
LOOK_SECONDS = 5.0  # until the page looks by itself: rows are the truth, a bell can be lost
LOOKS_A_SECOND = 20  # of all pages of a process together: many pages look more rarely
STREAM_SECONDS = 300.0  # until the browser must come back, so that its session is checked again


def events(visit: Visit, topics: Sequence[str]) -> EventSourceResponse:
    """Stream `changed` events about these topics (`board`, `advisory:3`, `phone:7`).

    The stream ends when the reader's session does; the browser then comes back and is refused.
    Raises HTTPException 429 when the reader has too many pages open.
    """
    try:
        watching.check(visit.runtime.redis, _limits(visit))
    except watching.TooManyPagesError:
        raise HTTPException(429) from None
    return EventSourceResponse(_changes(visit, topics), ping=0)


async def _changes(visit: Visit, topics: Sequence[str]) -> AsyncIterator[ServerSentEvent]:
    clock = visit.runtime.clock
    redis = visit.runtime.redis
    end = clock.monotonic() + STREAM_SECONDS
    limits = _limits(visit)
    with watching.watching(redis, _heard(visit, topics), limits) as announced:
        while clock.monotonic() < end:
            if not await is_welcome_still(visit):
                return
            yield ServerSentEvent(
                " ".join(topics),
                event="changed",
                sep="\n",
            )
            await _until(announced, look_seconds(redis))


def _heard(visit: Visit, topics: Sequence[str]) -> list[str]:
    """List what wakes the stream: the topics, and changes of the reader's own account."""
    heard = list(topics)
    if visit.me is not None:
        heard.append(roles.actor(visit.me))
    return heard


async def _until(announced: asyncio.Event, most_seconds: float) -> None:
    """Wait for the next announcement, at least for a moment and at most until the next look."""
    await asyncio.sleep(PAUSE_SECONDS)
    with suppress(TimeoutError):
        await asyncio.wait_for(announced.wait(), most_seconds)
    announced.clear()


def look_seconds(redis: RedisConnection) -> float:
    """Say how long a page waits for an announcement before it looks by itself."""
    pages = watching.open_count(redis)
    return max(LOOK_SECONDS, pages / LOOKS_A_SECOND)


def _limits(visit: Visit) -> dict[str, int]:
    """Say how many pages the reader's session and network address may have open."""
    client = visit.request.client
    limits: dict[str, int] = {}
    if client is not None:
        limits[f"address:{client.host}"] = watching.MAX_PAGES_OF_ADDRESS
    if visit.session is not None:
        limits[f"session:{visit.session.id}"] = watching.MAX_PAGES_OF_SESSION
    return limits


async def is_welcome_still(visit: Visit) -> bool:
    """Whether the reader's session is open and the account may do what it could at the start."""
    me = visit.me
    if me is None or visit.session is None:
        return True
    async with visit.runtime.db.read() as session:
        open_session = await session.get(StaffSession, visit.session.id)
        account = await session.get(Staff, me.id)
    if open_session is None or account is None:
        return False
    if account.blocked_at is not None:
        return False
    has_same_role = account.role is me.role
    return has_same_role and roles.countries(account) == roles.countries(me)
