"""No second of a provider holds more than was agreed, for all workers together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.runtime.redis import RedisConnection
from bot.signals import limits

KEY = "telegram:1"


def busiest(times: Sequence[float]) -> int:
    """The most that came in any one second."""
    ordered = sorted(times)
    most = 0
    for place, began in enumerate(ordered):
        within = [at for at in ordered[place:] if at < began + 1]
        most = max(most, len(within))
    return most


async def test_what_is_late_and_what_is_due_share_a_second(redis: RedisConnection) -> None:
    arrivals: list[float] = []

    async def send() -> None:
        place = await limits.enter(redis, KEY, 30, 1, within=30)
        assert place is not None
        arrivals.append(redis.clock.monotonic())
        await limits.leave(redis, KEY, place)

    await asyncio.gather(*(send() for _ in range(75)))
    assert busiest(arrivals) <= 30
    assert max(arrivals) - min(arrivals) < 10


async def test_a_message_without_an_answer_yet_keeps_its_place(redis: RedisConnection) -> None:
    for _ in range(3):
        assert await limits.enter(redis, KEY, 3, 1, within=0)
    assert await limits.enter(redis, KEY, 3, 1, within=0.5) is None


async def test_units_count_and_a_message_larger_than_a_second_goes_alone(
    redis: RedisConnection,
) -> None:
    assert await limits.enter(redis, KEY, 10, 7, within=0)
    assert await limits.enter(redis, KEY, 10, 4, within=0) is None
    assert await limits.enter(redis, "another", 10, 25, within=0)
    assert await limits.enter(redis, "another", 10, 1, within=0) is None


async def test_a_very_fast_provider_and_a_redis_that_is_away_hold_nobody_up(
    redis: RedisConnection, away: RedisConnection
) -> None:
    for _ in range(5):
        assert await limits.enter(redis, KEY, 100_000, 1, within=0) == ""
        assert await limits.enter(away, KEY, 1, 1, within=0) is not None
