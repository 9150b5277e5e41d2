"""Paces hold from the first second on, for all processes together, and go on alone without Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot import limits
from bot.runtime import open_redis


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = open_redis(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def away(tmp_path: Path) -> AsyncIterator[Redis]:
    """A client of a Redis that is not there."""
    client = open_redis(f"unix://{tmp_path}/nobody")
    limits._free.clear()
    yield client
    limits._free.clear()
    await client.aclose()


async def test_units_are_spread_evenly_from_the_first_on(redis: Redis) -> None:
    began = time.monotonic()
    waits = [await limits.take(redis, "telegram:1", 30, 1) for _ in range(31)]
    passed = time.monotonic() - began
    assert waits[0] == 0
    assert waits[-1] is not None
    assert 1.0 - passed - 0.01 <= waits[-1] <= 1.0


async def test_thirty_a_second_are_held_within_two_percent(redis: Redis) -> None:
    sent: list[float] = []

    async def sender() -> None:
        while len(sent) < 61:
            wait = await limits.take(redis, "telegram:1", 30, 1, within=0.25)
            if wait is None:
                await asyncio.sleep(0.01)
                continue
            sent.append(time.monotonic() + wait)
            await asyncio.sleep(wait)

    await asyncio.gather(sender(), sender(), sender())
    span = sorted(sent)[60] - min(sent)
    assert span == pytest.approx(2.0, rel=0.02)


async def test_parts_count_as_many(redis: Redis) -> None:
    assert await limits.take(redis, "sms:+218", 10, 3) == 0
    wait = await limits.take(redis, "sms:+218", 10, 1)
    assert wait is not None
    assert 0.25 < wait <= 0.3


async def test_idle_time_earns_no_burst(redis: Redis) -> None:
    assert await limits.take(redis, "k", 1000, 1) == 0
    await asyncio.wait_for(_free_again(redis), 5)
    waits = [await limits.take(redis, "k", 10, 1) for _ in range(3)]
    assert waits[0] == 0
    assert waits[2] is not None
    assert waits[2] > 0.15


async def _free_again(redis: Redis) -> None:
    while await limits.take(redis, "k", 1000, 0) != 0:
        await asyncio.sleep(0)


async def test_what_is_too_far_away_is_not_taken(redis: Redis) -> None:
    assert await limits.take(redis, "k", 1, 1) == 0
    assert await limits.take(redis, "k", 1, 1, within=0.25) is None
    wait = await limits.take(redis, "k", 1, 1)
    assert wait is not None
    assert 0.9 < wait <= 1.0


async def test_a_hold_stops_everyone(redis: Redis) -> None:
    await limits.hold(redis, "k", 7)
    wait = await limits.take(redis, "k", 30, 1)
    assert wait is not None
    assert 6.9 < wait <= 7
    assert await limits.take(redis, "other", 30, 1) == 0


async def test_without_redis_half_the_pace_is_kept(away: Redis) -> None:
    waits = [await limits.take(away, "k", 10, 1) for _ in range(3)]
    assert waits[0] == 0
    assert waits[2] is not None
    assert waits[2] == pytest.approx(0.4, abs=0.05)


async def test_a_hold_is_kept_without_redis(away: Redis) -> None:
    await limits.hold(away, "k", 5)
    assert await limits.take(away, "k", 10, 1, within=1) is None


async def test_attempts_run_out_and_others_are_untouched(redis: Redis) -> None:
    assert [await limits.attempts(redis, "sign-in:1", 3, 60) for _ in range(4)] == [True, True, True, False]
    assert await limits.attempts(redis, "sign-in:2", 3, 60)


async def test_attempts_are_counted_without_redis_too(away: Redis) -> None:
    key = "sign-in:without"
    assert [await limits.attempts(away, key, 2, 60) for _ in range(3)] == [True, True, False]
