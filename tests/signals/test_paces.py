"""Paces hold from the first second on, for all processes together, and without Redis alone."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bot.runtime.redis import RedisConnection, open_redis
from bot.signals import paces
from tests.clock import SetClock


async def wait(
    redis: RedisConnection, key: str, rate: float, units: int, within: float = 60.0
) -> float | None:
    """Seconds to wait for a turn; None when there is none."""
    turn = await paces.take(redis, key, rate, units, within=within)
    return turn and turn.wait


async def test_units_are_spread_evenly_from_the_first_on(redis: RedisConnection) -> None:
    began = time.monotonic()
    waits = [await wait(redis, "telegram:1", 30, 1) for _ in range(31)]
    passed = time.monotonic() - began
    assert waits[0] == 0
    assert waits[-1] is not None
    assert 1.0 - passed - 0.01 <= waits[-1] <= 1.0


async def test_several_senders_together_are_never_ahead_of_thirty_a_second(
    redis: RedisConnection,
) -> None:
    sent: list[float] = []

    async def sender() -> None:
        while len(sent) < 61:
            pause = await wait(redis, "telegram:1", 30, 1, within=0.25)
            if pause is None:
                await asyncio.sleep(0.01)
                continue
            sent.append(time.monotonic() + pause)
            await asyncio.sleep(pause)

    await asyncio.gather(sender(), sender(), sender())
    times = sorted(sent)
    ahead = max(
        n / 30 - (at - times[0]) for n, at in enumerate(times)
    )  # seconds; a busy machine is late, no harm
    assert ahead < 0.04


async def test_parts_count_as_many(redis: RedisConnection) -> None:
    assert await wait(redis, "sms:+218", 10, 3) == 0
    pause = await wait(redis, "sms:+218", 10, 1)
    assert pause is not None
    assert 0.25 < pause <= 0.3


async def test_idle_time_earns_no_burst(redis: RedisConnection) -> None:
    assert await wait(redis, "k", 1000, 1) == 0
    await asyncio.wait_for(_free_again(redis), 5)
    waits = [await wait(redis, "k", 10, 1) for _ in range(3)]
    assert waits[0] == 0
    assert waits[2] is not None
    assert waits[2] > 0.15


async def _free_again(redis: RedisConnection) -> None:
    while await wait(redis, "k", 1000, 0) != 0:
        await asyncio.sleep(0)


async def test_what_is_too_far_away_is_not_taken(redis: RedisConnection) -> None:
    assert await wait(redis, "k", 1, 1) == 0
    assert await wait(redis, "k", 1, 1, within=0.25) is None
    pause = await wait(redis, "k", 1, 1)
    assert pause is not None
    assert 0.9 < pause <= 1.0


async def test_a_hold_stops_everyone(redis: RedisConnection) -> None:
    await paces.hold(redis, "k", 7)
    pause = await wait(redis, "k", 30, 1)
    assert pause is not None
    assert 6.9 < pause <= 7
    assert await wait(redis, "other", 30, 1) == 0


async def test_without_redis_half_the_pace_is_kept(away: RedisConnection) -> None:
    waits = [await wait(away, "k", 10, 1) for _ in range(3)]
    assert waits[0] == 0
    assert waits[2] is not None
    assert waits[2] == pytest.approx(0.4, abs=0.05)


async def test_a_hold_is_kept_without_redis(away: RedisConnection) -> None:
    await paces.hold(away, "k", 5)
    assert await wait(away, "k", 10, 1, within=1) is None


async def test_a_refusal_lowers_the_pace_by_three_tenths_for_everyone_and_other_keys_keep_theirs(
    redis: RedisConnection,
) -> None:
    await paces.hold(redis, "k", 5)
    turn = await paces.take(redis, "k", 100, 1)
    assert turn is not None
    assert turn.rate == pytest.approx(70, abs=1)
    assert await paces.present(redis, "k", 100) == pytest.approx(70, abs=1)
    assert await paces.present(redis, "other", 100) == 100
    later = await paces.take(redis, "k", 100, 7)
    assert later is not None
    last = await wait(redis, "k", 100, 1)
    assert last is not None
    assert last - later.wait == pytest.approx(0.1, abs=0.02)  # 7 units at 70 a second


async def test_refusals_that_come_together_count_once(redis: RedisConnection) -> None:
    for _ in range(20):
        await paces.hold(redis, "k", 1)
    assert await paces.present(redis, "k", 10) == pytest.approx(7, abs=0.1)


async def test_the_pace_climbs_back_by_a_fiftieth_a_second_and_not_beyond(
    redis: RedisConnection,
) -> None:
    await paces.hold(redis, "k", 0)
    await _was_lowered(redis, "k", seconds_ago=5)
    assert await paces.present(redis, "k", 100) == pytest.approx(80, abs=1)
    await _was_lowered(redis, "k", seconds_ago=60)
    assert await paces.present(redis, "k", 100) == 100


async def test_refusal_after_refusal_leaves_a_twentieth(redis: RedisConnection) -> None:
    for _ in range(20):
        await paces.hold(redis, "k", 0)
        await redis.client.hset("tammen:turns:k", "dropped", "0")
    assert await paces.present(redis, "k", 100) == pytest.approx(5, abs=0.5)


async def test_the_pace_does_not_climb_during_the_silence(redis: RedisConnection) -> None:
    await paces.hold(redis, "k", 60)
    kept = await redis.client.hget("tammen:turns:k", "since")
    assert int(kept or 0) / 1e6 - time.time() == pytest.approx(60, abs=2)
    assert await paces.present(redis, "k", 100) == pytest.approx(70, abs=0.1)


async def test_a_silence_is_known_to_everyone(redis: RedisConnection) -> None:
    assert await paces.silence(redis, "k") == 0
    await paces.hold(redis, "k", 30)
    assert await paces.silence(redis, "k") == pytest.approx(30, abs=1)
    await paces.hold(redis, "slower", 0)
    assert await paces.silence(redis, "slower") == 0


async def _was_lowered(redis: RedisConnection, key: str, seconds_ago: int) -> None:
    since = str(int((time.time() - seconds_ago) * 1e6))
    await redis.client.hset(f"tammen:turns:{key}", "since", since)


async def test_without_redis_the_pace_of_this_process_drops_and_climbs(
    tmp_path: Path, clock: SetClock
) -> None:
    away = open_redis(f"unix://{tmp_path}/nobody", clock)
    assert await paces.present(away, "k", 100) == 50
    for _ in range(5):
        await paces.hold(away, "k", 0)
    assert await paces.present(away, "k", 100) == pytest.approx(35)
    clock.advance(seconds=10)
    assert await paces.present(away, "k", 100) == pytest.approx(45)
    clock.advance(minutes=1)
    assert await paces.present(away, "k", 100) == 50
    await away.aclose()
