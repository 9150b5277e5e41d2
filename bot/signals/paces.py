"""The pace of each provider, which all workers keep together through Redis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.messages import Channel
from bot.runtime.redis import RedisConnection
from bot.runtime.runtime import Runtime
from bot.signals import shares
from bot.signals.memories import LatestKeys

LONE_FRACTION = 0.5  # of the agreed pace while Redis is away: other workers may be sending too

REFUSAL_FACTOR = 0.7  # of its pace is left to a key whose provider says "too fast"
LEAST_FRACTION = 0.05  # of the agreed pace is always left
CLIMB_PER_SECOND = 0.02  # of the agreed pace is won back
# Many refusals within this time count as one: they answer messages that left together.
REFUSAL_WINDOW_SECONDS = 1.0

# A key's hash holds `free`, the next free moment (microseconds of Redis's own clock), `share`, what
# was left of the agreed pace at the moment `since`, and `dropped`, when it was lowered last. From
# `since` on the share climbs.
_STATE_SCRIPT = f"""
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local kept = redis.call('HMGET', KEYS[1], 'free', 'share', 'since', 'dropped')
local free = math.max(now, tonumber(kept[1] or '0'))
local since = math.max(now, tonumber(kept[3] or '0'))
local climb = math.max(0, now - tonumber(kept[3] or '0')) / 1e6 * {CLIMB_PER_SECOND}
local share = math.min(1, tonumber(kept[2] or '1') + climb)
local function keep(...)
  redis.call('HSET', KEYS[1], ...)
  local back = (1 - share) / {CLIMB_PER_SECOND} * 1000
  redis.call('PEXPIRE', KEYS[1], math.ceil((math.max(free, since) - now) / 1000 + back) + 1000)
end
"""

# The next free moment moves on by what is taken. Idle time earns nothing, so there is no burst
# after it. ARGV: microseconds taken at the agreed pace, microseconds one is ready to wait.
_TAKE_SCRIPT = f"""{_STATE_SCRIPT}
if free - now > tonumber(ARGV[2]) then return {{-1, 0}} end
local wait = free - now
free = free + tonumber(ARGV[1]) / share
keep('free', string.format('%.0f', free))
return {{wait, math.floor(share * 1e6)}}
"""

# ARGV: microseconds of silence. The pace climbs only after them.
_HOLD_SCRIPT = f"""{_STATE_SCRIPT}
if now - tonumber(kept[4] or '0') >= {REFUSAL_WINDOW_SECONDS} * 1e6 then
  share = math.max({LEAST_FRACTION}, share * {REFUSAL_FACTOR})
  redis.call('HSET', KEYS[1], 'dropped', string.format('%.0f', now))
end
free = math.max(now + tonumber(ARGV[1]), free)
since = math.max(now + tonumber(ARGV[1]), since)
local since_text = string.format('%.0f', since)
keep('free', string.format('%.0f', free), 'share', tostring(share), 'since', since_text)
return {{free - now, math.floor(share * 1e6)}}
"""

_LOOK_SCRIPT = _STATE_SCRIPT + "return {since - now, math.floor(share * 1e6)}"


class Turn(NamedTuple):
    """A place in the queue of a pace: seconds to wait for it (0: none), and the pace in units/s."""

    wait: float
    rate: float


class _Reply(NamedTuple):
    """What a script answers: seconds (negative when nothing was taken), and what the pace has left.

    `fraction` is of the agreed pace.
    """

    seconds: float
    fraction: float


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A fraction of the agreed pace that holds until `since` and climbs from then on.

    `lowered_at` is when it was lowered; both are monotonic seconds.
    """

    fraction: float
    since: float
    lowered_at: float


@dataclass(slots=True)
class _OwnPaces:
    """The paces this process keeps by itself: the next free moments, and the refusals it saw."""

    free_moments: LatestKeys[float] = field(default_factory=LatestKeys)
    refusals: LatestKeys[_Refusal] = field(default_factory=LatestKeys)


async def take(
    redis: RedisConnection,
    key: str,
    rate: float,
    units: int,
    *,
    within: float = 60.0,
) -> Turn | None:
    """Reserve `units` at the agreed pace of `rate` units/s, or at the lower one after refusals.

    None when the next free moment is more than `within` seconds away: then nothing is taken.
    Without Redis this process keeps half the pace by itself.
    """
    reply = await _run(
        redis,
        _TAKE_SCRIPT,
        key,
        units / rate,
        within,
    )
    if reply is None:
        return _take_alone(
            redis,
            key,
            rate,
            units,
            within,
        )
    if reply.seconds < 0:
        return None
    return Turn(reply.seconds, rate * reply.fraction)


async def hold(redis: RedisConnection, key: str, seconds: float) -> None:
    """Stop all who send under this key for `seconds`, and lower the pace: the provider said so.

    It drops by three tenths, however many refusals came within a second, and climbs back by a
    fiftieth of the agreed pace a second. 0 seconds lowers the pace without a silence.
    """
    _hold_alone(redis, key, seconds)
    await _run(redis, _HOLD_SCRIPT, key, seconds)


async def present(redis: RedisConnection, key: str, rate: float) -> float:
    """Return the pace that holds now, in units/s.

    It is the agreed `rate`, or less after refusals or without Redis.
    """
    reply = await _run(redis, _LOOK_SCRIPT, key)
    if reply is None:
        return rate * LONE_FRACTION * _own_fraction(redis, key)
    return rate * reply.fraction


async def silence(redis: RedisConnection, key: str) -> float:
    """Return the seconds of silence that the provider asked any worker for, 0 without one."""
    reply = await _run(redis, _LOOK_SCRIPT, key)
    if reply is not None:
        return max(0.0, reply.seconds)
    refusal = redis.memory(_OwnPaces).refusals.get(key)
    if refusal is None:
        return 0.0
    return max(0.0, refusal.since - redis.clock.monotonic())


async def configured_rates(runtime: Runtime) -> dict[Channel, float]:
    """Return what leaves by each configured channel now: messages or SMS parts a second."""
    settings = runtime.settings
    rates_by_channel = {}
    if settings.has_telegram:
        key, rate = settings.telegram_pace_key, settings.telegram_rate
        rates_by_channel[Channel.TELEGRAM] = await present(runtime.redis, key, rate)
    if settings.sms_accounts:
        rates_by_channel[Channel.SMS] = await _sms_rate(runtime)
    return rates_by_channel


async def rates(runtime: Runtime) -> dict[Channel, float]:
    """Return what leaves by each channel now; without a provider, the rate in its settings."""
    settings = runtime.settings
    agreed_rates = {Channel.TELEGRAM: settings.telegram_rate, Channel.SMS: settings.twilio_rate}
    return agreed_rates | await configured_rates(runtime)


async def _sms_rate(runtime: Runtime) -> float:
    """Return the parts a second that leave with rows shared between the accounts as they are."""
    accounts = runtime.settings.sms_accounts
    points = shares.ALL_POINTS
    if len(accounts) > 1:
        agreement = await shares.count(runtime.redis, Channel.SMS, {})
        if agreement and agreement.share:
            points = agreement.share.points
    possible_rates = []
    for account, weight in zip(accounts, (points, shares.ALL_POINTS - points), strict=False):
        if weight:
            rate = await present(runtime.redis, account.pace_key, account.rate)
            possible_rates.append(rate * shares.ALL_POINTS / weight)
    return min(possible_rates)


async def _run(redis: RedisConnection, script: str, key: str, *seconds: float) -> _Reply | None:
    """Run one of the scripts above for a key; None while Redis is away."""
    microseconds = [int(number * 1e6) for number in seconds]

    async def run(client: Any) -> list[int]:
        answer: list[int] = await client.eval(script, 1, f"tammen:turns:{key}", *microseconds)
        return answer

    answer = await redis.ask(run)
    if answer is None:
        return None
    wait, fraction = answer
    return _Reply(wait / 1e6, fraction / 1e6)


def _take_alone(
    redis: RedisConnection,
    key: str,
    rate: float,
    units: int,
    within: float,
) -> Turn | None:
    own = redis.memory(_OwnPaces)
    now = redis.clock.monotonic()
    free = max(now, own.free_moments.get(key, 0.0))
    if free - now > within:
        return None
    own_rate = rate * LONE_FRACTION * _own_fraction(redis, key)
    own.free_moments.remember(key, free + units / own_rate)
    return Turn(free - now, own_rate)


def _hold_alone(redis: RedisConnection, key: str, seconds: float) -> None:
    """Remember a refusal, should Redis go away."""
    own = redis.memory(_OwnPaces)
    now = redis.clock.monotonic()
    fraction = _own_fraction(redis, key)
    lowered_at = now
    refusal = own.refusals.get(key)
    if refusal and now - refusal.lowered_at < REFUSAL_WINDOW_SECONDS:
        lowered_at = refusal.lowered_at
    else:
        fraction = max(LEAST_FRACTION, fraction * REFUSAL_FACTOR)
    free = max(now + seconds, own.free_moments.get(key, 0.0))
    own.free_moments.remember(key, free)
    own.refusals.remember(key, _Refusal(fraction, now + seconds, lowered_at))


def _own_fraction(redis: RedisConnection, key: str) -> float:
    """Return the fraction of the agreed pace that refusals seen by this process leave."""
    refusal = redis.memory(_OwnPaces).refusals.get(key)
    if refusal is None:
        return 1.0
    climbing_seconds = max(0.0, redis.clock.monotonic() - refusal.since)
    return min(1.0, refusal.fraction + climbing_seconds * CLIMB_PER_SECOND)
