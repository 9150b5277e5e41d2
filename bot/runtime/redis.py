"""Open a Redis client for any address that `REDIS_URL` may name."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.asyncio.sentinel import Sentinel
from redis.backoff import ExponentialBackoff
from redis.retry import Retry


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
    sentinels = [
        (host.partition(":")[0], int(host.partition(":")[2] or 26379)) for host in hosts.split(",")
    ]
    sentinel: Any = Sentinel  # untyped in redis-py
    master: Redis = sentinel(
        sentinels, sentinel_kwargs={"socket_timeout": 2}, **options
    ).master_for(service or "mymaster")
    return master
