"""Runtime: settings, keyring, database, Redis, HTTP, clock. Connections are opened here, nowhere else."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.keys import Keyring
from bot.settings import Settings

Clock = Callable[[], datetime]

SENDS = 512  # connections to one provider: what is on its way never waits for one, or a cancel could not stop it


def now() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Database:
    """Two ways in: `begin` for a transaction that writes, `read` for one that does not.

    SQLite has one writer; on PostgreSQL both use the same pool.
    """

    writer: AsyncEngine
    reader: AsyncEngine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: committed at the end, rolled back on an error."""
        async with AsyncSession(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads."""
        async with AsyncSession(self.reader, expire_on_commit=False) as session:
            yield session

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.writer.dialect.name == "sqlite"

    async def close(self) -> None:
        """Gives all connections back."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


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
async def open_runtime(settings: Settings, redis_url: str, clock: Clock = now) -> AsyncIterator[Runtime]:
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


class PrivateAddressError(OSError):
    """An address inside of a private net, or this machine's own."""


def open_outside(seconds: float, *, private: bool = False) -> aiohttp.ClientSession:
    """A client for addresses that people typed in: to the public net only, wherever names and redirects lead.

    Whoever opens it closes it. `private`: everywhere.
    """
    connector = aiohttp.TCPConnector(limit=4, socket_factory=None if private else _public_socket)
    timeout = aiohttp.ClientTimeout(total=seconds)
    headers = {"User-Agent": "Tammen"}
    return aiohttp.ClientSession(
        connector=connector, timeout=timeout, headers=headers, cookie_jar=aiohttp.DummyCookieJar()
    )


def _public_socket(found: Any) -> socket.socket:
    """A socket for what a name was resolved to (as by getaddrinfo). Raises PrivateAddressError."""
    family, kind, protocol, _, where = found
    address: Any = ipaddress.ip_address(where[0].partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    if not address.is_global or address.is_multicast:
        raise PrivateAddressError("a private address")
    return socket.socket(family, kind, protocol)


def open_database(url: str, keyring: Keyring) -> Database:
    """The engines for a database address; columns encrypt with `keyring`."""
    if url.startswith("sqlite"):
        writer, reader = _sqlite(url, "BEGIN IMMEDIATE", 1), _sqlite(url, "BEGIN", 4)
    else:
        writer = reader = create_async_engine(
            url,
            pool_size=20,
            max_overflow=10,
            pool_pre_ping=False,
            pool_recycle=1800,
            pool_timeout=30,
            hide_parameters=True,
        )
    for engine in (writer, reader):
        engine.sync_engine.dialect.keyring = keyring  # type: ignore[attr-defined]  # read by models.types
    return Database(writer, reader)


def _sqlite(url: str, begin: str, size: int) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=60, connect_args={"timeout": 30}, hide_parameters=True
    )
    sync = engine.sync_engine

    @event.listens_for(sync, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions by itself
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(sync, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def open_redis(url: str) -> Redis:
    """A client for any address INTERFACE names. Short timeouts and few retries: losing Redis must show at once."""
    options: dict[str, Any] = {
        "protocol": 2,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "retry": Retry(ExponentialBackoff(cap=0.2, base=0.02), 1),
        "health_check_interval": 30,
    }
    if url.startswith("redis+cluster://"):
        options.pop("health_check_interval")
        cluster: Any = RedisCluster.from_url(url.replace("redis+cluster", "redis", 1), **options)
        return cluster  # type: ignore[no-any-return]  # the commands we use are the same
    if url.startswith("redis+sentinel://"):
        return _through_sentinel(url.removeprefix("redis+sentinel://"), options)
    return Redis.from_url(url, **options)


def _through_sentinel(rest: str, options: dict[str, Any]) -> Redis:
    """`host:port,host:port/service` → a client that follows the master."""
    hosts, _, service = rest.partition("/")
    sentinels = [(host.partition(":")[0], int(host.partition(":")[2] or 26379)) for host in hosts.split(",")]
    sentinel: Any = Sentinel  # untyped in redis-py
    master: Redis = sentinel(sentinels, sentinel_kwargs={"socket_timeout": 2}, **options).master_for(
        service or "mymaster"
    )
    return master
