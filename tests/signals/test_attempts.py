"""Attempts run out within their window, with Redis and without."""

from __future__ import annotations

from pathlib import Path

from bot.runtime.redis import RedisConnection, open_redis
from bot.signals import attempts
from tests.clock import SetClock


async def test_attempts_run_out_and_others_are_untouched(redis: RedisConnection) -> None:
    answers = [await attempts.allow(redis, "sign-in:1", 3, 60) for _ in range(4)]
    assert answers == [True, True, True, False]
    assert await attempts.allow(redis, "sign-in:2", 3, 60)


async def test_attempts_are_counted_without_redis_too(tmp_path: Path, clock: SetClock) -> None:
    away = open_redis(f"unix://{tmp_path}/nobody", clock)
    answers = [await attempts.allow(away, "sign-in:1", 2, 60) for _ in range(3)]
    assert answers == [True, True, False]
    clock.advance(seconds=60)
    assert await attempts.allow(away, "sign-in:1", 2, 60)
    await away.aclose()
