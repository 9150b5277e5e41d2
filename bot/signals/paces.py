"""Pace per provider and throttles, shared by all processes through Redis."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeVar

from redis.asyncio import Redis

from bot.messages import Channel
from bot.runtime.runtime import Runtime
from bot.signals.bells import AWAY, PATIENCE, outage

V = TypeVar("V")


SHARE_ALONE = 0.5  # of the agreed pace while Redis is away: other workers may be sending too
REMEMBERED = 10_000  # keys kept in this process while Redis is away

DROP = 0.7  # of its pace is left to a key whose provider says "too fast"
KEPT = 86_400  # seconds that the share of two senders is remembered without a message
LEAST = 0.05  # of the agreed pace is always left
CLIMB = 0.02  # of the agreed pace is won back a second
CALM = 1.0  # seconds in which many refusals count as one: they answer messages that left together

# A key's hash holds `free`, the next free moment (microseconds of Redis's own clock), `share`, what was left of the
# agreed pace at the moment `since`, and `dropped`, when it was lowered last. From `since` on the share climbs.
_KEPT = f"""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local kept = redis.call('HMGET', KEYS[1], 'free', 'share', 'since', 'dropped')
local free = math.max(now, tonumber(kept[1] or '0'))
local since = math.max(now, tonumber(kept[3] or '0'))
local share = math.min(1, tonumber(kept[2] or '1') + math.max(0, now - tonumber(kept[3] or '0')) / 1e6 * {CLIMB})
local function keep(...)
  redis.call('HSET', KEYS[1], ...)
  local back = (1 - share) / {CLIMB} * 1000
  redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(free, since) - now) / 1000 + back) + 1000)
end
"""

# The next free moment moves on by what is taken. Idle time earns nothing, so there is no burst after it.
# ARGV: microseconds taken at the agreed pace, microseconds one is ready to wait.
_TAKE = (
    _KEPT
    + """
if free - now > tonumber(ARGV[2]) then return {-1, 0} end
local wait = free - now
free = free + tonumber(ARGV[1]) / share
keep('free', string.format('%.0f', free))
return {wait, math.floor(share * 1e6)}
"""
)

# ARGV: microseconds of silence. The pace climbs only after them.
_HOLD = (
    _KEPT
    + f"""
if now - tonumber(kept[4] or '0') >= {CALM} * 1e6 then
  share = math.max({LEAST}, share * {DROP})
  redis.call('HSET', KEYS[1], 'dropped', string.format('%.0f', now))
end
free = math.max(now + tonumber(ARGV[1]), free)
since = math.max(now + tonumber(ARGV[1]), since)
keep('free', string.format('%.0f', free), 'share', tostring(share), 'since', string.format('%.0f', since))
return {{free - now, math.floor(share * 1e6)}}
"""
)

_LOOK = _KEPT + "return {since - now, math.floor(share * 1e6)}"

_SWAP = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count}
"""


class Turn(NamedTuple):
    """A place in the queue of a pace: seconds to wait before using it (0 at once), and the pace in units/s."""

    wait: float
    rate: float


class Lowered(NamedTuple):
    """A share of the agreed pace that holds until `since` and climbs from then on; `dropped` is when it was lowered.

    Both in monotonic seconds.
    """

    share: float
    since: float
    dropped: float


_free: OrderedDict[str, float] = OrderedDict()  # key: next free moment of this process's own pace
_lowered: OrderedDict[str, Lowered] = (
    OrderedDict()
)  # key: how far this process's own pace was lowered
_counts: OrderedDict[str, tuple[float, int]] = OrderedDict()  # key: (end of the window, attempts)


async def take(
    redis: Redis, key: str, rate: float, units: int, *, within: float = 60.0
) -> Turn | None:
    """Reserves `units` at `rate` units/s, the agreed pace, or at the lower one that holds after refusals.

    None when the next free moment is more than `within` seconds away: then nothing is taken. Without Redis this
    process keeps half the pace by itself.
    """
    cost = units / rate
    answer = await _ask(redis, _TAKE, _pace(key), int(cost * 1e6), int(within * 1e6))
    if answer is None:
        return _take_alone(key, rate, units, within)
    wait, share = answer
    return None if wait < 0 else Turn(wait / 1e6, rate * share / 1e6)


async def hold(redis: Redis, key: str, seconds: float) -> None:
    """The provider said "too fast": nobody sends under this key for `seconds`, and then at a lower pace.

    It drops by three tenths, however many refusals came within a second, and climbs back by a fiftieth of the agreed
    pace a second. 0 seconds lowers the pace without a silence.
    """
    _hold_alone(key, seconds)
    await _ask(redis, _HOLD, _pace(key), int(seconds * 1e6))


async def present(redis: Redis, key: str, rate: float) -> float:
    """The pace that holds now, in units/s: `rate`, the agreed one, or less after refusals or without Redis."""
    answer = await _ask(redis, _LOOK, _pace(key))
    return rate * (_share_alone(key) * SHARE_ALONE if answer is None else answer[1] / 1e6)


async def silence(redis: Redis, key: str) -> float:
    """Seconds of the silence that the provider asked any worker for, 0 when there is none."""
    answer = await _ask(redis, _LOOK, _pace(key))
    if answer is None:
        return max(0.0, _lowered[key].since - time.monotonic()) if key in _lowered else 0.0
    return answer[0] / 1e6


async def paces(runtime: Runtime) -> dict[Channel, float]:
    """What leaves by each configured channel now: messages or SMS parts a second, with rows shared among senders."""
    settings, redis = runtime.settings, runtime.redis
    found = {}
    if settings.has_telegram:
        found[Channel.TELEGRAM] = await present(
            redis, settings.telegram_pace_key, settings.telegram_rate
        )
    if accounts := settings.sms_accounts:
        rates = [await present(redis, account.pace_key, account.rate) for account in accounts]
        kept = (
            await add(redis, senders_key(Channel.SMS), {}, (), KEPT) if len(accounts) > 1 else None
        )
        points = int((kept or {}).get("share", "100").partition(" ")[0])
        shared = zip(rates, (points, 100 - points), strict=False)
        found[Channel.SMS] = min(
            rate * 100 / of_hundred for rate, of_hundred in shared if of_hundred
        )
    return found


async def rates(runtime: Runtime) -> dict[Channel, float]:
    """What leaves by each channel now; of a channel without a provider, the rate that its settings name."""
    settings = runtime.settings
    agreed = {Channel.TELEGRAM: settings.telegram_rate, Channel.SMS: settings.twilio_rate}
    return agreed | await paces(runtime)


def senders_key(channel: Channel) -> str:
    """Where workers keep how rows are shared among the senders of a channel: `share` is "points when"."""
    return f"tammen:senders:{channel.value}"


async def add(
    redis: Redis, key: str, numbers: Mapping[str, int], stale: Collection[str], seconds: int
) -> dict[str, str] | None:
    """Adds to the numbers of a hash all processes share, drops `stale` fields, and answers the whole hash.

    It is forgotten after `seconds` without an addition. None while Redis is away: nothing was added, or perhaps it was.
    """

    async def work(client: Any) -> dict[str, str]:
        async with client.pipeline(transaction=False) as pipe:
            for field, number in numbers.items():
                pipe.hincrby(key, field, number)
            if stale:
                pipe.hdel(key, *stale)
            pipe.expire(key, seconds)
            pipe.hgetall(key)
            answers = await pipe.execute()
        return {field.decode(): value.decode() for field, value in answers[-1].items()}

    return await _try(redis, work)


async def swap(redis: Redis, key: str, field: str, old: str, new: str) -> bool:
    """Writes a field of a shared hash when it still says `old` ("" when it is missing). Whether it was written."""

    async def work(client: Any) -> int:
        return int(await client.eval(_SWAP, 1, key, field, old, new))

    return bool(await _try(redis, work))


async def attempts(redis: Redis, key: str, limit: int, window_s: int) -> bool:
    """Counts one attempt; whether it is among the first `limit` of its window. `key` holds ids, no personal data."""
    answer = await _ask(redis, _COUNT, f"tammen:attempts:{key}", window_s)
    return (_count_alone(key, window_s) if answer is None else answer[0]) <= limit


def _pace(key: str) -> str:
    return f"tammen:turns:{key}"


async def _ask(redis: Redis, script: str, key: str, *values: int) -> list[int] | None:
    """The numbers a script answers; None while Redis is away."""

    async def work(client: Any) -> list[int]:
        answer: list[int] = await client.eval(script, 1, key, *values)
        return answer

    return await _try(redis, work)


async def _try(redis: Redis, work: Callable[[Any], Awaitable[V]]) -> V | None:
    """What the work with Redis answers; None while it is away."""
    if outage(redis).is_on:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await work(redis)
    except AWAY as error:
        outage(redis).begin(error)
        return None
    outage(redis).end()
    return answer


def _take_alone(key: str, rate: float, units: int, within: float) -> Turn | None:
    now = time.monotonic()
    free = max(now, _free.get(key, 0.0))
    if free - now > within:
        return None
    pace = rate * SHARE_ALONE * _share_alone(key)
    _remember(_free, key, free + units / pace)
    return Turn(free - now, pace)


def _hold_alone(key: str, seconds: float) -> None:
    """What this process knows by itself, should Redis go away."""
    now, share = time.monotonic(), _share_alone(key)
    dropped = _lowered[key].dropped if key in _lowered else -CALM
    if now - dropped >= CALM:
        share, dropped = max(LEAST, share * DROP), now
    _remember(_free, key, max(_free.get(key, 0.0), now + seconds))
    _remember(_lowered, key, Lowered(share, now + seconds, dropped))


def _share_alone(key: str) -> float:
    if key not in _lowered:
        return 1.0
    share, since, _ = _lowered[key]
    return min(1.0, share + max(0.0, time.monotonic() - since) * CLIMB)


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
