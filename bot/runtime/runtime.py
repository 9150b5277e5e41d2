"""Runtime: settings, keyring, database, Redis, HTTP, clock.

Connections are opened here, nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.runtime.clock import SYSTEM_CLOCK, Clock
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring
from bot.runtime.redis import RedisConnection, open_redis
from bot.runtime.settings import Settings

# What is on its way to a provider never waits for a connection, or a cancel could not stop it.
CONNECTIONS_PER_PROVIDER = 512


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a process works with. `open_runtime` makes it and closes it."""

    settings: Settings
    keyring: Keyring
    db: Database
    redis: RedisConnection
    http: aiohttp.ClientSession
    clock: Clock = SYSTEM_CLOCK


@asynccontextmanager
async def open_runtime(
    settings: Settings, redis_url: str, clock: Clock = SYSTEM_CLOCK
) -> AsyncIterator[Runtime]:
    """Open a runtime on this Redis; it connects when first used, so no server must be awake."""
    async with AsyncExitStack() as stack:
        keyring = settings.keyring()
        db = open_database(settings.database, keyring)
        stack.push_async_callback(db.close)
        redis = open_redis(redis_url, clock)
        stack.push_async_callback(redis.aclose)
        connector = aiohttp.TCPConnector(limit=0, limit_per_host=CONNECTIONS_PER_PROVIDER)
        http = aiohttp.ClientSession(connector=connector)
        stack.push_async_callback(http.close)
        yield Runtime(settings, keyring, db, redis, http, clock)
