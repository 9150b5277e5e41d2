"""Watching costs nothing: all open pages of a process share one connection to Redis."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from bot.runtime.redis import RedisConnection
from bot.signals import bells
from bot.signals.watching import TooManyPagesError, Watch, watching
from tests.waiting import until

PAGES = 2_000


async def listeners(redis: RedisConnection) -> int:
    """How many connections listen at the server."""
    clients = await redis.client.client_list(_type="pubsub")
    return len(clients)


async def test_thousands_of_pages_share_one_connection(redis: RedisConnection) -> None:
    with ExitStack() as pages:
        events = [
            pages.enter_context(watching(redis, ["board", f"phone:{number}"], {}))
            for number in range(PAGES)
        ]
        await until(lambda: all(event.is_set() for event in events))  # listening has begun
        assert await listeners(redis) == 1
        for event in events:
            event.clear()
        await bells.announce(redis, "phone:7")
        await until(events[7].is_set)
        assert sum(event.is_set() for event in events) == 1
        await bells.announce(redis, "board")
        await until(lambda: all(event.is_set() for event in events))
    assert redis.memory(Watch).pages == {}


async def test_one_holder_has_so_many_pages_and_others_are_not_in_the_way(
    redis: RedisConnection,
) -> None:
    mine, theirs = {"session:1": 2}, {"session:2": 2}
    with ExitStack() as pages:
        for _ in range(2):
            pages.enter_context(watching(redis, ["board"], mine))
        with pytest.raises(TooManyPagesError):
            pages.enter_context(watching(redis, ["board"], mine))
        pages.enter_context(watching(redis, ["board"], theirs))
    with watching(redis, ["board"], mine):
        pass


async def test_without_redis_pages_stay_open_and_nothing_is_raised(away: RedisConnection) -> None:
    with watching(away, ["board"], {}) as announced:
        await until(lambda: away.breaker.rest_seconds > 0)
        assert not announced.is_set()
