"""Bells, live events and heartbeats over Redis. Streams carry ids only: the rows are the truth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal
from weakref import WeakKeyDictionary

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from bot.runtime import metrics

Bell = Literal["in", "out"]

GROUP = CONSUMER = "workers"  # nothing is acknowledged, so all workers can read under one name
LONGEST = 100_000  # entries kept in a stream when no worker reads it
IDS_PER_ENTRY = 50  # small, so that one burst is shared among workers
ENTRIES_PER_READ = 20
BLOCK_MS = 2000  # below the client's socket timeout
PATIENCE = 1.0  # seconds for a command that should take a millisecond
REST = 1.0  # seconds without Redis after it failed
ALIVE = 15  # seconds a heartbeat counts

AWAY = (
    RedisError,
    OSError,
    TimeoutError,
)  # what a Redis that is gone, hangs or restarts looks like

log = structlog.get_logger(__name__)


class Outage:
    """Whether Redis failed a moment ago: then it is left alone, and said once, not for every message."""

    def __init__(self) -> None:
        self._until = 0.0
        self._said = False

    @property
    def is_on(self) -> bool:
        """Whether to do without for now."""
        return time.monotonic() < self._until

    def begin(self, error: BaseException) -> None:
        """Redis failed."""
        self._until = time.monotonic() + REST
        if not self._said:
            log.warning("redis_away", why=type(error).__name__)
        self._said = True

    def end(self) -> None:
        """Redis answered."""
        self._until = 0.0
        if self._said:
            log.info("redis_back")
        self._said = False


_outages: WeakKeyDictionary[Redis, Outage] = WeakKeyDictionary()


def outage(redis: Redis) -> Outage:
    """What this process knows of this Redis."""
    return _outages.setdefault(redis, Outage())


async def ring(redis: Redis, bell: Bell, ids: Sequence[int] = ()) -> None:
    """Rings for these rows' people ("in"), or for the senders of these lanes, all when none is named ("out").

    Never raises: a lost bell is counted.
    """
    if outage(redis).is_on:
        metrics.BELLS_LOST.labels(bell).inc()
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await _add(redis, _stream(bell), ids)
        outage(redis).end()
    except AWAY as error:
        metrics.BELLS_LOST.labels(bell).inc()
        outage(redis).begin(error)


async def bells(redis: Redis, bell: Bell) -> AsyncIterator[list[int]]:
    """What was rung, as it is rung; each bell reaches one worker. An empty list means: look yourself.

    Never ends and never raises while Redis is away; when it is back an empty list comes first.
    """
    missed = False
    while True:
        try:
            rung = await _read(redis, _stream(bell))
        except AWAY as error:
            outage(redis).begin(error)
            missed = True
            await asyncio.sleep(REST)
            continue
        if rung is not None or missed:
            missed = False
            yield rung or []


async def announce(redis: Redis, topic: str) -> None:
    """Tells open pages that something changed: `board`, `advisory:3`, `phone:7`. Never raises."""
    if outage(redis).is_on:
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await redis.publish(_live(topic), topic)
    except AWAY as error:
        outage(redis).begin(error)


async def announcements(redis: Redis, topics: Sequence[str]) -> AsyncIterator[str]:
    """Topics of these as they are announced. All of them come once when listening (again) has begun: look then."""
    while True:
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as radio:
                await radio.subscribe(*(_live(topic) for topic in topics))
                for topic in topics:
                    yield topic
                while True:
                    if message := await radio.get_message(timeout=BLOCK_MS / 1000):
                        yield message["data"].decode()
        except AWAY as error:
            outage(redis).begin(error)
            await asyncio.sleep(REST)


async def beat(redis: Redis, name: str) -> None:
    """A worker's sign of life. Never raises."""
    try:
        async with asyncio.timeout(PATIENCE):
            await redis.set("tammen:worker", name, ex=ALIVE)
        outage(redis).end()
    except AWAY as error:
        outage(redis).begin(error)


async def is_worker_alive(redis: Redis) -> bool:
    """Whether some worker beat within the last 15 s. Raises what Redis raises."""
    return bool(await redis.exists("tammen:worker"))


def _stream(bell: Bell) -> str:
    return f"tammen:bell:{bell}"


def _live(topic: str) -> str:
    return f"tammen:live:{topic}"


async def _add(redis: Redis, stream: str, ids: Sequence[int]) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for entry in _entries(ids):
            pipe.xadd(stream, {"ids": entry}, maxlen=LONGEST, approximate=True)
        await pipe.execute()


def _entries(ids: Sequence[int]) -> list[str]:
    starts = range(0, len(ids), IDS_PER_ENTRY)
    return [",".join(map(str, ids[start : start + IDS_PER_ENTRY])) for start in starts] or [""]


async def _read(redis: Redis, stream: str) -> list[int] | None:
    """The ids of the next entries, None when there was no entry for a while."""
    client: Any = redis  # redis-py types every answer as a union of both its clients
    try:
        found = await client.xreadgroup(
            GROUP, CONSUMER, {stream: ">"}, count=ENTRIES_PER_READ, block=BLOCK_MS, noack=True
        )
    except ResponseError as error:
        if "NOGROUP" not in str(error):
            raise
        await _start_group(client, stream)
        return None
    if not found:
        return None
    entries = [fields[b"ids"].decode() for _name, some in found for _id, fields in some]
    return [int(one) for entry in entries for one in entry.split(",") if one]


async def _start_group(client: Any, stream: str) -> None:
    """A group that begins with what was rung before any worker came."""
    try:
        await client.xgroup_create(stream, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
