"""Bells reach one worker each, losing Redis loses nothing but speed, pages hear of what changed."""

from __future__ import annotations

import asyncio

from bot.runtime import metrics
from bot.runtime.redis import RedisConnection
from bot.signals import bells
from tests.waiting import until


async def test_a_bell_brings_the_ids_that_were_rung(redis: RedisConnection) -> None:
    await bells.ring(redis, "in", [3, 5])
    assert await anext(bells.bells(redis, "in")) == [3, 5]


async def test_a_bell_rung_before_the_first_worker_came_is_heard(redis: RedisConnection) -> None:
    await bells.ring(redis, "in", list(range(120)))
    assert await anext(bells.bells(redis, "in")) == list(range(120))


async def test_a_bell_without_ids_says_look_yourself(redis: RedisConnection) -> None:
    await bells.ring(redis, "out")
    assert await anext(bells.bells(redis, "out")) == []


async def test_each_bell_reaches_one_of_two_workers(redis: RedisConnection) -> None:
    heard: list[int] = []

    async def listen() -> None:
        async for ids in bells.bells(redis, "in"):
            heard.extend(ids)

    listeners = [asyncio.create_task(listen()) for _ in range(2)]
    for number in range(30):
        await bells.ring(redis, "in", [number])
    await until(lambda: len(heard) >= 30)
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)
    assert sorted(heard) == list(range(30))


async def test_a_bell_is_heard_after_redis_lost_everything(redis: RedisConnection) -> None:
    ringing = bells.bells(redis, "in")
    await bells.ring(redis, "in", [1])
    assert await anext(ringing) == [1]
    await redis.client.flushall()
    await bells.ring(redis, "in", [2])
    assert await anext(ringing) == [2]


async def test_ringing_without_redis_raises_nothing_and_is_counted(away: RedisConnection) -> None:
    before = metrics.BELLS_LOST.labels("in")._value.get()
    await bells.ring(away, "in", [1])
    await bells.ring(away, "in", [2])
    await bells.announce(away, "board")
    await bells.beat(away, "worker")
    assert metrics.BELLS_LOST.labels("in")._value.get() == before + 2


async def test_pages_hear_every_topic_once_at_first_and_then_what_is_announced(
    redis: RedisConnection,
) -> None:
    heard = bells.announcements(redis, ["board", "phone:7"])
    assert [await anext(heard), await anext(heard)] == ["board", "phone:7"]
    await bells.announce(redis, "advisory:1")
    await bells.announce(redis, "phone:7")
    assert await anext(heard) == "phone:7"
    await heard.aclose()  # type: ignore[attr-defined]  # a generator


async def test_a_worker_that_beat_is_alive(redis: RedisConnection) -> None:
    assert not await bells.is_worker_alive(redis)
    await bells.beat(redis, "worker-1")
    assert await bells.is_worker_alive(redis)
    assert 0 < await redis.client.ttl("tammen:worker") <= bells.HEARTBEAT_SECONDS
