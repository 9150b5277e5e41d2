"""Throttles that all processes share: so many attempts under a key in a window of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.runtime.redis import RedisConnection
from bot.signals.memories import LatestKeys

_COUNT_SCRIPT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""


@dataclass(frozen=True, slots=True)
class _Window:
    """The attempts of a key until `end`, in monotonic seconds."""

    end: float
    count: int


@dataclass(slots=True)
class _OwnAttempts:
    """What this process counts by itself while Redis is away."""

    windows: LatestKeys[_Window] = field(default_factory=LatestKeys)


async def allow(redis: RedisConnection, key: str, limit: int, window_seconds: int) -> bool:
    """Count one attempt; return whether it is among the first `limit` of its window.

    `key` holds ids or digests, no personal data. Without Redis this process counts by itself.
    """
    count = await _count(redis, key, window_seconds)
    if count is None:
        count = _count_alone(redis, key, window_seconds)
    return count <= limit


async def _count(redis: RedisConnection, key: str, window_seconds: int) -> int | None:
    """Count one attempt in Redis; return how many the window has, None while Redis is away."""

    async def count(client: Any) -> int:
        return int(await client.eval(_COUNT_SCRIPT, 1, f"tammen:attempts:{key}", window_seconds))

    return await redis.ask(count)


def _count_alone(redis: RedisConnection, key: str, window_seconds: int) -> int:
    now = redis.clock.monotonic()
    windows = redis.memory(_OwnAttempts).windows
    window = windows.get(key)
    if window is None or window.end <= now:
        window = _Window(now + window_seconds, 0)
    window = _Window(window.end, window.count + 1)
    windows.remember(key, window)
    return window.count
