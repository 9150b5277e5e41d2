"""Patience: a wait that grows with each failure, for the one who fails and not for others.

A knock belongs to a door (a digest of the account) and a knocker (a digest of the network or of the
browser). Each knocker has a wait of its own, so nobody can lock a door for somebody else. Where a
door is guessed at from many networks, a knocker from a new one waits before the first try too, and
then gets it, whatever the others do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.runtime.patience import FREE_TRIES, MAX_WAIT_SECONDS, WINDOW_SECONDS, pause_seconds
from bot.runtime.redis import RedisConnection
from bot.signals.memories import LatestKeys

FREE_TRIES_OF_DOOR = 30  # of all strangers in the window
MAX_STRANGER_WAIT_SECONDS = 300

_KNOCK_SCRIPT = """
local now, free, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local free_of_door, most_of_stranger = tonumber(ARGV[4]), tonumber(ARGV[5])
local window, is_stranger = tonumber(ARGV[6]), ARGV[7] == '1'
local function wait(tries, cap)
  if tries <= 0 then return 0 end
  return math.min(2 ^ math.min(tries, 20), cap)
end
local next_at = tonumber(redis.call('HGET', KEYS[1], 'next') or '0')
if now < next_at then return next_at - now end
local is_new = redis.call('EXISTS', KEYS[1]) == 0
local heat = 0
if is_stranger then heat = tonumber(redis.call('GET', KEYS[2]) or '0') end
local stranger_wait = wait(heat + 1 - free_of_door, most_of_stranger)
local is_allowed = not (is_new and stranger_wait > 0)
local tries = tonumber(redis.call('HGET', KEYS[1], 'tries') or '0')
if is_allowed then
  tries = redis.call('HINCRBY', KEYS[1], 'tries', 1)
  if is_stranger and redis.call('INCR', KEYS[2]) == 1 then
    redis.call('EXPIRE', KEYS[2], window)
  end
end
local pause = math.max(wait(tries - free + 1, most), stranger_wait) * 1000
redis.call('HSET', KEYS[1], 'next', string.format('%d', now + pause), 'tries', tries)
redis.call('EXPIRE', KEYS[1], window)
if is_allowed then return 0 end
return pause
"""


@dataclass(frozen=True, slots=True)
class Knocker:
    """Who tries a door: digests only. A stranger comes from a browser that never was inside."""

    door: str
    name: str
    is_stranger: bool

    @property
    def key(self) -> str:
        """The key in Redis; the braces keep a door's keys on one node of a cluster."""
        return f"tammen:knocks:{{{self.door}}}:{self.name}"

    @property
    def door_key(self) -> str:
        """The key of what all strangers tried on the door."""
        return f"tammen:knocks:{{{self.door}}}"


@dataclass(frozen=True, slots=True)
class _Tries:
    """The tries of a key, from when the next one is looked at, and when they are forgotten."""

    count: int
    next_ms: int
    end_ms: int


@dataclass(slots=True)
class _OwnKnocks:
    """What this process counts by itself while Redis is away."""

    tries: LatestKeys[_Tries] = field(default_factory=LatestKeys)


async def knock(redis: RedisConnection, knocker: Knocker) -> int:
    """Count one try, unless it comes too early; return the seconds to wait, 0 for a welcome one.

    A try is counted before anybody looks at it, so a burst of them is no way around the wait.
    """
    now_ms = int(redis.clock().timestamp() * 1000)

    async def ask(client: Any) -> int:
        wait_ms = await client.eval(
            _KNOCK_SCRIPT,
            2,
            knocker.key,
            knocker.door_key,
            now_ms,
            FREE_TRIES,
            MAX_WAIT_SECONDS,
            FREE_TRIES_OF_DOOR,
            MAX_STRANGER_WAIT_SECONDS,
            WINDOW_SECONDS,
            int(knocker.is_stranger),
        )
        return int(wait_ms)

    wait_ms = await redis.ask(ask)
    if wait_ms is None:
        wait_ms = _knock_alone(redis, knocker, now_ms)
    return -(-wait_ms // 1000)


async def welcome(redis: RedisConnection, knocker: Knocker) -> None:
    """Forget the tries of somebody who proved to be right."""

    async def forget(client: Any) -> int:
        return int(await client.delete(knocker.key))

    redis.memory(_OwnKnocks).tries.pop(knocker.key, None)
    await redis.ask(forget)


def _knock_alone(redis: RedisConnection, knocker: Knocker, now_ms: int) -> int:
    """Do in this process what the script does in Redis."""
    memory = redis.memory(_OwnKnocks).tries
    own = _current(memory, knocker.key, now_ms)
    if now_ms < own.next_ms:
        return own.next_ms - now_ms
    stranger_wait = 0
    if knocker.is_stranger:
        heat = _current(memory, knocker.door_key, now_ms).count
        stranger_wait = pause_seconds(heat + 1, FREE_TRIES_OF_DOOR, MAX_STRANGER_WAIT_SECONDS)
    is_allowed = own.end_ms > now_ms or stranger_wait == 0
    count = own.count + int(is_allowed)
    wait = max(pause_seconds(count + 1, FREE_TRIES), stranger_wait)
    pause_ms = wait * 1000
    end_ms = now_ms + WINDOW_SECONDS * 1000
    memory.remember(knocker.key, _Tries(count, now_ms + pause_ms, end_ms))
    if not is_allowed:
        return pause_ms
    if knocker.is_stranger:
        _heat_up(memory, knocker, now_ms)
    return 0


def _heat_up(memory: LatestKeys[_Tries], knocker: Knocker, now_ms: int) -> None:
    """Count a stranger's try on the door."""
    door = _current(memory, knocker.door_key, now_ms)
    end_ms = door.end_ms or now_ms + WINDOW_SECONDS * 1000
    memory.remember(knocker.door_key, _Tries(door.count + 1, 0, end_ms))


def _current(memory: LatestKeys[_Tries], key: str, now_ms: int) -> _Tries:
    """Return the tries of a key; none where they were forgotten."""
    tries = memory.get(key)
    if tries is None or tries.end_ms <= now_ms:
        return _Tries(0, 0, 0)
    return tries
