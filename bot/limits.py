"""Pace per provider and throttles, shared by all processes through Redis."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Any, TypeVar

from redis.asyncio import Redis

from bot.queue import AWAY, PATIENCE, outage

V = TypeVar("V")

SHARE_ALONE = 0.5  # of the agreed pace while Redis is away: other workers may be sending too
REMEMBERED = 10_000  # keys kept in this process while Redis is away

# The next free moment (microseconds of Redis's own clock) moves on by what is taken. Idle time earns nothing, so
# there is no burst after it. KEYS: the key. ARGV: microseconds taken, microseconds one is ready to wait.
_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
if free - now > tonumber(ARGV[2]) then return -1 end
local taken = free + tonumber(ARGV[1])
redis.call('SET', KEYS[1], string.format('%.0f', taken), 'PX', math.ceil((taken - now) / 1000) + 1000)
return free - now
"""

_HOLD = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local free = math.max(now + tonumber(ARGV[1]), tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', free), 'PX', math.ceil((free - now) / 1000) + 1000)
return 1
"""

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""

_free: OrderedDict[str, float] = OrderedDict()  # key: next free moment of this process's own pace
_counts: OrderedDict[str, tuple[float, int]] = OrderedDict()  # key: (end of the window, attempts)


async def take(redis: Redis, key: str, rate: float, units: int, *, within: float = 60.0) -> float | None:
    """Reserves `units` at `rate` units/s. The answer is how many seconds to wait before using them, 0 at once.

    None when the next free moment is more than `within` seconds away: then nothing is taken. Without Redis this
    process keeps half the pace by itself.
    """
    cost = units / rate
    answer = await _ask(redis, _TAKE, _pace(key), int(cost * 1e6), int(within * 1e6))
    if answer is None:
        return _take_alone(key, cost / SHARE_ALONE, within)
    return None if answer < 0 else answer / 1e6


async def hold(redis: Redis, key: str, seconds: float) -> None:
    """Nobody sends under this key for `seconds`: the provider asked for it."""
    _free[key] = max(_free.get(key, 0.0), time.monotonic() + seconds)
    await _ask(redis, _HOLD, _pace(key), int(seconds * 1e6))


async def attempts(redis: Redis, key: str, limit: int, window_s: int) -> bool:
    """Counts one attempt; whether it is among the first `limit` of its window. `key` holds ids, no personal data."""
    count = await _ask(redis, _COUNT, f"tammen:attempts:{key}", window_s)
    return (_count_alone(key, window_s) if count is None else count) <= limit


def _pace(key: str) -> str:
    return f"tammen:pace:{key}"


async def _ask(redis: Redis, script: str, key: str, *values: int) -> int | None:
    """The number a script answers; None while Redis is away."""
    if outage(redis).is_on:
        return None
    client: Any = redis
    try:
        async with asyncio.timeout(PATIENCE):
            answer = int(await client.eval(script, 1, key, *values))
    except AWAY as error:
        outage(redis).begin(error)
        return None
    outage(redis).end()
    return answer


def _take_alone(key: str, cost: float, within: float) -> float | None:
    now = time.monotonic()
    free = max(now, _free.get(key, 0.0))
    if free - now > within:
        return None
    _remember(_free, key, free + cost)
    return free - now


def _count_alone(key: str, window_s: int) -> int:
    now = time.monotonic()
    end, count = _counts.get(key, (0.0, 0))
    if end <= now:
        end, count = now + window_s, 0
    _remember(_counts, key, (end, count + 1))
    return count + 1


def _remember(kept: OrderedDict[str, V], key: str, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
