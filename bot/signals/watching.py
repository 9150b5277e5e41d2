"""Open pages that wait for announcements: one connection to Redis listens for all of a process."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.runtime.redis import OUTAGES, REST_SECONDS, RedisConnection
from bot.signals.bells import LIVE_CHANNELS

WAIT_SECONDS = 2.0  # below the client's socket timeout
# Open pages of one session, and of one network address; a post behind one address has many.
MAX_PAGES_OF_SESSION = 30
MAX_PAGES_OF_ADDRESS = 6_000


class TooManyPagesError(Exception):
    """One session or one address holds as many open pages as it may."""


@dataclass(eq=False, slots=True)
class Watch:
    """The open pages of this process by topic, and the task that listens for all of them."""

    pages: dict[str, set[asyncio.Event]] = field(default_factory=dict)
    holders: Counter[str] = field(default_factory=Counter)
    open_count: int = 0
    listener: asyncio.Task[None] | None = None


@contextmanager
def watching(
    redis: RedisConnection,
    topics: Sequence[str],
    limits: dict[str, int],
) -> Iterator[asyncio.Event]:
    """Yield an event that is set whenever one of the topics is announced.

    `limits` says how many pages each holder (`session:7`, `address:…`) may have open. The event
    is set as well when listening begins again: look then. Raises TooManyPagesError.
    """
    check(redis, limits)
    watch = redis.memory(Watch)
    announced = asyncio.Event()
    for topic in topics:
        watch.pages.setdefault(topic, set()).add(announced)
    watch.holders.update(limits.keys())
    watch.open_count += 1
    if watch.listener is None or watch.listener.done():
        watch.listener = asyncio.create_task(_listen(redis, watch))
    try:
        yield announced
    finally:
        watch.open_count -= 1
        watch.holders.subtract(limits.keys())
        watch.holders += Counter()  # forget those that hold none
        _leave(watch, topics, announced)


def open_count(redis: RedisConnection) -> int:
    """Count the open pages of this process."""
    return redis.memory(Watch).open_count


def check(redis: RedisConnection, limits: dict[str, int]) -> None:
    """Refuse a page of a holder that has as many as it may. Raises TooManyPagesError."""
    watch = redis.memory(Watch)
    for holder, limit in limits.items():
        if watch.holders[holder] >= limit:
            raise TooManyPagesError(holder.partition(":")[0])


def _leave(watch: Watch, topics: Sequence[str], announced: asyncio.Event) -> None:
    """Forget a page; without any page nobody listens."""
    for topic in topics:
        watch.pages[topic].discard(announced)
        if not watch.pages[topic]:
            del watch.pages[topic]
    if not watch.pages and watch.listener is not None:
        watch.listener.cancel()
        watch.listener = None


async def _listen(redis: RedisConnection, watch: Watch) -> None:
    """Wake the pages of each topic that is announced; begin again after Redis was away."""
    while True:
        try:
            async with redis.client.pubsub(ignore_subscribe_messages=True) as subscription:
                await subscription.psubscribe(LIVE_CHANNELS)
                _wake_all(watch)
                while True:
                    message = await subscription.get_message(timeout=WAIT_SECONDS)
                    if message:
                        _wake(watch, message["data"].decode())
        except OUTAGES as error:
            redis.note_outage(error)
            await asyncio.sleep(REST_SECONDS)


def _wake(watch: Watch, topic: str) -> None:
    for page in watch.pages.get(topic, ()):
        page.set()


def _wake_all(watch: Watch) -> None:
    for topic in watch.pages:
        _wake(watch, topic)
