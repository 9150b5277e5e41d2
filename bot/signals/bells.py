"""Bells, live events and heartbeats over Redis. Streams carry ids only: the rows are the truth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from redis.exceptions import ResponseError

from bot.runtime import metrics
from bot.runtime.redis import OUTAGES, REST_SECONDS, RedisConnection

Bell = Literal["in", "out"]

# Nothing is acknowledged, so all workers can read under one name.
GROUP = CONSUMER = "workers"
MAX_STREAM_ENTRIES = 100_000  # kept in a stream when no worker reads it
IDS_PER_ENTRY = 50  # small, so that workers share one burst
ENTRIES_PER_READ = 20
BLOCK_MILLISECONDS = 2000  # below the client's socket timeout
HEARTBEAT_SECONDS = 15  # how long one counts
HEARTBEAT_KEY = "tammen:worker"
LIVE_CHANNELS = "tammen:live:*"  # of all topics


async def ring(redis: RedisConnection, bell: Bell, ids: Sequence[int] = ()) -> None:
    """Ring for these people ("in"), or for the senders of these lanes ("out", all without ids).

    Never raises: a lost bell is counted.
    """

    async def add(client: Any) -> bool:
        async with client.pipeline(transaction=False) as pipe:
            for entry in _entries(ids):
                fields = {"ids": entry}
                pipe.xadd(_stream(bell), fields, maxlen=MAX_STREAM_ENTRIES, approximate=True)
            await pipe.execute()
        return True

    is_rung = await redis.ask(add)
    if not is_rung:
        metrics.BELLS_LOST.labels(bell).inc()


async def bells(redis: RedisConnection, bell: Bell) -> AsyncIterator[list[int]]:
    """Yield the ids that were rung, as they are rung; one worker gets each bell.

    An empty list means: look yourself. Never ends, and never raises while Redis is away; when Redis
    is back an empty list comes first.
    """
    was_away = False
    while True:
        try:
            ids = await _read(redis.client, _stream(bell))
        except OUTAGES as error:
            redis.note_outage(error)
            was_away = True
            await asyncio.sleep(REST_SECONDS)
            continue
        if ids is not None or was_away:
            was_away = False
            yield ids or []


async def announce(redis: RedisConnection, topic: str) -> None:
    """Tell open pages that a topic changed: `board`, `advisory:3`, `phone:7`. Never raises."""

    async def publish(client: Any) -> int:
        return int(await client.publish(_live_channel(topic), topic))

    await redis.ask(publish)


async def announcements(redis: RedisConnection, topics: Sequence[str]) -> AsyncIterator[str]:
    """Yield those of the topics that are announced.

    All of them come once when listening begins again: look then.
    """
    channels = [_live_channel(topic) for topic in topics]
    while True:
        try:
            async with redis.client.pubsub(ignore_subscribe_messages=True) as listener:
                await listener.subscribe(*channels)
                for topic in topics:
                    yield topic
                while True:
                    message = await listener.get_message(timeout=BLOCK_MILLISECONDS / 1000)
                    if message:
                        yield message["data"].decode()
        except OUTAGES as error:
            redis.note_outage(error)
            await asyncio.sleep(REST_SECONDS)


async def beat(redis: RedisConnection, worker: str) -> None:
    """Give a worker's sign of life. Never raises."""

    async def put(client: Any) -> bool:
        return bool(await client.set(HEARTBEAT_KEY, worker, ex=HEARTBEAT_SECONDS))

    await redis.ask(put)


async def is_worker_alive(redis: RedisConnection) -> bool:
    """Tell whether some worker gave a sign of life within the last 15 s. Raises RedisAwayError."""

    async def look(client: Any) -> int:
        return int(await client.exists(HEARTBEAT_KEY))

    return bool(await redis.demand(look))


async def is_answering(redis: RedisConnection) -> bool:
    """Tell whether Redis answers now. Raises RedisAwayError when it is away."""

    async def ping(client: Any) -> bool:
        return bool(await client.ping())

    return await redis.demand(ping)


def _stream(bell: Bell) -> str:
    return f"tammen:bell:{bell}"


def _live_channel(topic: str) -> str:
    return f"tammen:live:{topic}"


def _entries(ids: Sequence[int]) -> list[str]:
    """Write ids as comma-separated entries of a stream, one empty entry when there are none."""
    entries = []
    for start in range(0, len(ids), IDS_PER_ENTRY):
        batch = ids[start : start + IDS_PER_ENTRY]
        entries.append(",".join(map(str, batch)))
    return entries or [""]


async def _read(client: Any, stream: str) -> list[int] | None:
    """Read the ids of the next entries; None when no entry came for a while."""
    try:
        streams = await client.xreadgroup(
            GROUP,
            CONSUMER,
            {stream: ">"},
            count=ENTRIES_PER_READ,
            block=BLOCK_MILLISECONDS,
            noack=True,
        )
    except ResponseError as error:
        if "NOGROUP" not in str(error):
            raise
        await _create_group(client, stream)
        return None
    if not streams:
        return None
    ids = []
    for _name, entries in streams:
        for _id, fields in entries:
            ids += _ids(fields[b"ids"].decode())
    return ids


def _ids(entry: str) -> list[int]:
    return [int(number) for number in entry.split(",") if number]


async def _create_group(client: Any, stream: str) -> None:
    """Create a group that begins with what was rung before any worker came."""
    try:
        await client.xgroup_create(stream, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
