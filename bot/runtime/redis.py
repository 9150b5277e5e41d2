"""A connection to Redis, for any address that `REDIS_URL` may name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from bot.runtime.breaker import Breaker
from bot.runtime.clock import SYSTEM_CLOCK, Clock

COMMAND_TIMEOUT_SECONDS = 1.0  # for a command that should take a millisecond
REST_SECONDS = 1.0  # without Redis after it failed
SENTINEL_PORT = 26379

# What a Redis that is gone, hangs or restarts looks like.
OUTAGES = (RedisError, OSError, TimeoutError)

T = TypeVar("T")

log = structlog.get_logger(__name__)


class RedisAwayError(OSError):
    """Redis did not answer."""


@dataclass(eq=False, slots=True)
class RedisConnection:
    """A client of Redis, and what this process knows by itself while Redis is away.

    After a failure Redis is left alone for a second, and the log says so once, not for every
    message.
    """

    client: Redis
    clock: Clock = SYSTEM_CLOCK
    breaker: Breaker = field(init=False)
    _is_outage_logged: bool = field(init=False, default=False)
    _memories: dict[type, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.breaker = Breaker(
            self.clock,
            tolerated=1,
            first_rest_seconds=REST_SECONDS,
            longest_rest_seconds=REST_SECONDS,
        )

    async def ask(self, work: Callable[[Any], Awaitable[T]]) -> T | None:
        """Return what the work with the client answers; None while Redis is away."""
        if self.breaker.rest_seconds:
            return None
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                answer = await work(self.client)
        except OUTAGES as error:
            self.note_outage(error)
            return None
        self.breaker.succeed()
        if self._is_outage_logged:
            log.info("redis_back")
            self._is_outage_logged = False
        return answer

    async def demand(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Return what the work with the client answers, even right after a failure.

        Raises RedisAwayError.
        """
        try:
            return await work(self.client)
        except OUTAGES as error:
            raise RedisAwayError(type(error).__name__) from error

    def note_outage(self, error: BaseException) -> None:
        """Leave Redis alone for a second after this error."""
        self.breaker.fail()
        if not self._is_outage_logged:
            log.warning("redis_away", why=type(error).__name__)
            self._is_outage_logged = True

    def memory(self, kind: type[T]) -> T:
        """Return this process's own state of a kind, made when it is first asked for."""
        if kind not in self._memories:
            self._memories[kind] = kind()
        return cast("T", self._memories[kind])

    async def aclose(self) -> None:
        """Close the client's connections."""
        await self.client.aclose()


def open_redis(url: str, clock: Clock = SYSTEM_CLOCK) -> RedisConnection:
    """Open a connection to an address such as `redis://…`; it connects when it is first used."""
    return RedisConnection(_open_client(url), clock)


def _open_client(url: str) -> Redis:
    """Open a client with short timeouts and few retries: losing Redis must show at once."""
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
        return _open_through_sentinel(url.removeprefix("redis+sentinel://"), options)
    return Redis.from_url(url, **options)


def _open_through_sentinel(address: str, options: dict[str, Any]) -> Redis:
    """Open a client that follows the master of `host:port,host:port/service`."""
    hosts, _, service = address.partition("/")
    sentinels = []
    for entry in hosts.split(","):
        host, _, port = entry.partition(":")
        sentinels.append((host, int(port or SENTINEL_PORT)))
    open_sentinel: Any = Sentinel  # untyped in redis-py
    sentinel = open_sentinel(sentinels, sentinel_kwargs={"socket_timeout": 2}, **options)
    master: Redis = sentinel.master_for(service or "mymaster")
    return master
