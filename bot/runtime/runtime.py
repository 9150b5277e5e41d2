"""Runtime: settings, keyring, database, Redis, HTTP, clock. Connections are opened here, nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from redis.asyncio import Redis

from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring
from bot.runtime.redis import open_redis
from bot.runtime.settings import Settings

Clock = Callable[[], datetime]

SENDS = 512  # connections to one provider: what is on its way never waits for one, or a cancel could not stop it


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process works with. Made by `open_runtime`, closed by leaving it."""

    settings: Settings
    keyring: Keyring
    db: Database
    redis: Redis
    http: aiohttp.ClientSession
    clock: Clock = now


@asynccontextmanager
async def open_runtime(
    settings: Settings, redis_url: str, clock: Clock = now
) -> AsyncIterator[Runtime]:
    """A runtime on this Redis; connections are made when first used, so that a sleeping server stops nothing."""
    async with AsyncExitStack() as stack:
        keyring = settings.keyring()
        db = open_database(settings.database, keyring)
        stack.push_async_callback(db.close)
        redis = open_redis(redis_url)
        stack.push_async_callback(redis.aclose)
        http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, limit_per_host=SENDS))
        stack.push_async_callback(http.close)
        yield Runtime(settings, keyring, db, redis, http, clock)
