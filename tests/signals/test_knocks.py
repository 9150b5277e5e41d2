"""Waits grow for the knocker who fails, with Redis and without, and for nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.runtime.patience import FREE_TRIES
from bot.runtime.redis import RedisConnection, open_redis
from bot.signals import knocks
from bot.signals.knocks import Knocker
from tests.clock import SetClock


@pytest.fixture(params=["with Redis", "without"])
async def doorman(
    request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock, redis_url: str
) -> AsyncIterator[RedisConnection]:
    """A Redis, or none, on the clock that stands still."""
    address = redis_url if request.param == "with Redis" else f"unix://{tmp_path}/nobody"
    redis = open_redis(address, clock)
    yield redis
    await redis.aclose()


async def test_the_wait_doubles_and_has_an_end(doorman: RedisConnection, clock: SetClock) -> None:
    knocker = Knocker("door", "network", is_stranger=False)
    assert [await knocks.knock(doorman, knocker) for _ in range(FREE_TRIES)] == [0] * 5
    waits = []
    for _ in range(12):
        waits.append(await knocks.knock(doorman, knocker))
        clock.advance(seconds=waits[-1])
        assert await knocks.knock(doorman, knocker) == 0
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


async def test_early_knocks_make_nobody_wait_longer(doorman: RedisConnection) -> None:
    knocker = Knocker("door", "network", is_stranger=False)
    for _ in range(FREE_TRIES):
        await knocks.knock(doorman, knocker)
    assert {await knocks.knock(doorman, knocker) for _ in range(20)} == {2}


async def test_who_proved_right_begins_anew(doorman: RedisConnection) -> None:
    knocker = Knocker("door", "network", is_stranger=False)
    for _ in range(FREE_TRIES):
        await knocks.knock(doorman, knocker)
    await knocks.welcome(doorman, knocker)
    assert await knocks.knock(doorman, knocker) == 0


async def test_a_door_under_siege_lets_strangers_wait_once_and_friends_not_at_all(
    doorman: RedisConnection, clock: SetClock
) -> None:
    for number in range(knocks.FREE_TRIES_OF_DOOR):
        assert await knocks.knock(doorman, Knocker("door", f"n{number}", is_stranger=True)) == 0
    newcomer = Knocker("door", "newcomer", is_stranger=True)
    wait = await knocks.knock(doorman, newcomer)
    assert wait == 2
    assert await knocks.knock(doorman, Knocker("door", "friend", is_stranger=False)) == 0
    assert await knocks.knock(doorman, Knocker("other", "newcomer", is_stranger=True)) == 0
    clock.advance(seconds=wait)
    assert await knocks.knock(doorman, newcomer) == 0
