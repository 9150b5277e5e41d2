"""How the rows of a channel are shared between two senders, agreed by all workers in Redis."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.messages import Channel
from bot.runtime.redis import RedisConnection

ALL_POINTS = 100  # the points of the first sender when all is well, of a hundred
MEMORY_SECONDS = 86_400  # without a message, after which the shares are forgotten

_SHARE_FIELD = "share"

# ARGV: field, text that it must still hold ("" when it is missing), new text.
_SWAP_SCRIPT = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


class Share(NamedTuple):
    """Points of the first sender, of a hundred, and when they were moved (seconds of Unix time)."""

    points: int = ALL_POINTS
    moved_at: int = 0

    def __str__(self) -> str:
        return f"{self.points} {self.moved_at}"

    @classmethod
    def parse(cls, text: str) -> Share:
        """Read what `str` wrote."""
        points, _, moved_at = text.partition(" ")
        return cls(int(points), int(moved_at))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What all workers agree on: a channel's share (None before the first move), and tallies."""

    share: Share | None
    tallies: Counter[str]


async def count(
    redis: RedisConnection,
    channel: Channel,
    tallies: Mapping[str, int],
    stale_fields: Collection[str] = (),
) -> Agreement | None:
    """Add to the tallies of all workers and drop `stale_fields`; return what all agree on since.

    None while Redis is away: nothing was added, or perhaps it was.
    """

    async def add(client: Any) -> dict[bytes, bytes]:
        key = _key(channel)
        async with client.pipeline(transaction=False) as pipe:
            for field, number in tallies.items():
                pipe.hincrby(key, field, number)
            if stale_fields:
                pipe.hdel(key, *stale_fields)
            pipe.expire(key, MEMORY_SECONDS)
            pipe.hgetall(key)
            answers = await pipe.execute()
        fields: dict[bytes, bytes] = answers[-1]
        return fields

    fields = await redis.ask(add)
    return None if fields is None else _agreement(fields)


async def move(redis: RedisConnection, channel: Channel, old: Share | None, new: Share) -> bool:
    """Write a new share while the agreed one is still `old`; return whether it was written."""
    old_text = "" if old is None else str(old)

    async def swap(client: Any) -> int:
        answer = await client.eval(
            _SWAP_SCRIPT,
            1,
            _key(channel),
            _SHARE_FIELD,
            old_text,
            str(new),
        )
        return int(answer)

    return bool(await redis.ask(swap))


def _key(channel: Channel) -> str:
    return f"tammen:senders:{channel.value}"


def _agreement(fields: Mapping[bytes, bytes]) -> Agreement:
    share = None
    tallies: Counter[str] = Counter()
    for name, text in fields.items():
        field = name.decode()
        if field == _SHARE_FIELD:
            share = Share.parse(text.decode())
        else:
            tallies[field] = int(text)
    return Agreement(share, tallies)
