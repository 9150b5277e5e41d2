"""The limit of a provider in any one second, which all workers keep together through Redis.

A pace (`paces`) spreads messages, but what leaves late leaves with what is due then, and a provider
counts what arrives. So each message has a place in the second from the moment it leaves until a
second after the provider answered: whatever the way took, no second holds more than was agreed.
"""

from __future__ import annotations

import asyncio
from secrets import token_hex
from typing import Any

from bot.runtime.redis import RedisConnection

# A provider that answers later than this took the message earlier: slow answers cost no pace.
MAX_TRAVEL_SECONDS = 0.25
MAX_COUNTED_RATE = 500.0  # units a second; above it a few more in a second are no matter
SECOND = 1_000_000  # microseconds
LIFE_MILLISECONDS = 5_000  # of a key without messages

# A sorted set of places, `name:units`, by the moment (microseconds) at which the message has
# arrived at the latest. Without room the script answers the microseconds until there is some.
# ARGV: units, limit, longest way in microseconds, name.
_ENTER_SCRIPT = f"""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - {SECOND}))
local places = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local used = 0
for index = 1, #places, 2 do used = used + tonumber(string.match(places[index], ':(%d+)$')) end
local excess = used + tonumber(ARGV[1]) - math.max(tonumber(ARGV[2]), tonumber(ARGV[1]))
for index = 1, #places, 2 do
  if excess <= 0 then break end
  excess = excess - tonumber(string.match(places[index], ':(%d+)$'))
  if excess <= 0 then return math.max(1000, tonumber(places[index + 1]) + {SECOND} - now) end
end
local arrival = string.format('%.0f', now + tonumber(ARGV[3]))
redis.call('ZADD', KEYS[1], arrival, ARGV[4] .. ':' .. ARGV[1])
redis.call('PEXPIRE', KEYS[1], {LIFE_MILLISECONDS})
return 0
"""

# The provider has answered: the message had arrived by now. ARGV: the place.
_LEAVE_SCRIPT = """
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000000 + clock[2])
redis.call('ZADD', KEYS[1], 'XX', 'LT', now, ARGV[1])
return 0
"""


async def enter(
    redis: RedisConnection,
    key: str,
    rate: float,
    units: int,
    *,
    within: float,
) -> str | None:
    """Wait for a place for `units` in the seconds of a provider that takes `rate` a second.

    Return the place, for `leave`; None when there was none `within` so many seconds. Without Redis
    there is always one: half the pace leaves room enough.
    """
    if rate > MAX_COUNTED_RATE:
        return ""
    name = token_hex(8)
    deadline = redis.clock.monotonic() + within
    wait = await _try_to_enter(redis, key, rate, units, name)
    while wait:
        if redis.clock.monotonic() + wait > deadline:
            return None
        await asyncio.sleep(wait)
        wait = await _try_to_enter(redis, key, rate, units, name)
    return f"{name}:{units}"


async def leave(redis: RedisConnection, key: str, place: str) -> None:
    """Note that the provider has answered: its second begins now at the latest."""
    if not place:
        return

    async def run(client: Any) -> int:
        return int(await client.eval(_LEAVE_SCRIPT, 1, _key(key), place))

    await redis.ask(run)


async def _try_to_enter(
    redis: RedisConnection,
    key: str,
    rate: float,
    units: int,
    name: str,
) -> float:
    """Return the seconds until there may be room, 0 once the place is taken."""
    longest_way = int(MAX_TRAVEL_SECONDS * SECOND)

    async def run(client: Any) -> int:
        arguments = (units, max(1, int(rate)), longest_way, name)
        return int(await client.eval(_ENTER_SCRIPT, 1, _key(key), *arguments))

    return (await redis.ask(run) or 0) / SECOND


def _key(key: str) -> str:
    return f"tammen:seconds:{key}"
