"""The private Valkey: found, kept, stopped, and none of it left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from bot.embedded import valkey
from bot.embedded.child import EmbeddedError
from bot.runtime.settings import ROOT
from tests.waiting import lives, until

# Holds a Valkey, prints its pid, then waits to be killed.
HOLDER = """
import asyncio, signal, sys
from pathlib import Path
from redis.asyncio import Redis
from bot.embedded import valkey

async def main():
    async with valkey.running(Path(sys.argv[1])) as url:
        async with Redis.from_url(url) as redis:
            await redis.set("city", "طرابلس")
            print((await redis.info())["process_id"], flush=True)
        await asyncio.Event().wait()

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's jobs are deaf to it
asyncio.run(main())
"""


async def holder(data: Path) -> tuple[Process, int]:
    """A process of its own that runs a Valkey on `data`, and the pid of that Valkey."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, str(data), stdout=PIPE, cwd=ROOT
    )
    assert process.stdout is not None
    return process, int(await process.stdout.readline())


async def pid_of(redis: Redis) -> int:
    return int((await redis.info())["process_id"])


async def test_it_answers_on_a_socket_that_only_we_may_use_and_on_no_port(tmp_path: Path) -> None:
    async with valkey.running(tmp_path) as url, Redis.from_url(url, decode_responses=True) as redis:
        assert await redis.ping()
        assert (await redis.config_get("port"))["port"] == "0"
        socket = tmp_path / "valkey" / "socket"
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700


async def test_it_keeps_what_it_was_told_over_a_restart(tmp_path: Path) -> None:
    async with valkey.running(tmp_path) as url, Redis.from_url(url) as redis:
        await redis.set("city", "بنغازي")
    async with valkey.running(tmp_path) as url, Redis.from_url(url, decode_responses=True) as redis:
        assert await redis.get("city") == "بنغازي"


async def test_it_ends_with_us(tmp_path: Path) -> None:
    async with valkey.running(tmp_path) as url, Redis.from_url(url) as redis:
        pid = await pid_of(redis)
    assert not lives(pid)


async def test_it_ends_when_its_owner_is_killed_and_the_next_one_finds_what_it_kept(
    tmp_path: Path,
) -> None:
    process, pid = await holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    async with valkey.running(tmp_path) as url, Redis.from_url(url, decode_responses=True) as redis:
        assert await redis.get("city") == "طرابلس"
        assert not lives(pid)
    await process.wait()


async def test_it_is_started_again_when_it_dies(tmp_path: Path) -> None:
    async with valkey.running(tmp_path) as url, Redis.from_url(url) as redis:
        pid = await pid_of(redis)
        os.kill(pid, signal.SIGKILL)

        async def is_another() -> bool:
            with suppress(RedisConnectionError):
                return await pid_of(redis) != pid
            return False

        assert await until(is_another)


async def test_what_it_cannot_read_is_set_aside_and_it_starts_empty(tmp_path: Path) -> None:
    kept = tmp_path / "valkey" / "appendonlydir"
    kept.mkdir(parents=True)
    (kept / "appendonly.aof.manifest").write_text("this is no manifest\n", encoding="utf-8")
    async with valkey.running(tmp_path) as url, Redis.from_url(url) as redis:
        assert await redis.dbsize() == 0
    assert list((tmp_path / "valkey").glob("unreadable-*/appendonlydir/appendonly.aof.manifest"))


async def test_a_folder_with_a_long_name_gets_its_socket_elsewhere(tmp_path: Path) -> None:
    data = tmp_path / ("و" * 60)
    async with valkey.running(data) as url, Redis.from_url(url) as redis:
        assert await redis.ping()
        place = Path(url.removeprefix("unix://")).parent
        assert len(str(place)) < valkey.LONGEST_SOCKET_PATH
    assert not place.exists()


async def test_the_second_owner_of_a_folder_is_told_what_to_do(tmp_path: Path) -> None:
    process, pid = await holder(tmp_path)
    with pytest.raises(EmbeddedError, match="TAMMEN_DATA"):
        async with valkey.running(tmp_path, patience=0.2):
            pass
    process.send_signal(signal.SIGINT)
    await process.wait()
    assert not lives(pid)


async def test_a_redis_that_is_configured_is_used_as_it_is(tmp_path: Path) -> None:
    async with valkey.running(tmp_path, "redis://valkey.example:6379/0") as url:
        assert url == "redis://valkey.example:6379/0"
    assert list(tmp_path.iterdir()) == []


@contextmanager
def on_path(folder: Path) -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = str(folder)
    try:
        yield
    finally:
        os.environ["PATH"] = before


def program(folder: Path, name: str, version: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{version}'\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_server_on_path_is_taken_first(tmp_path: Path) -> None:
    ours = program(
        tmp_path,
        "redis-server",
        "Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64",
    )
    with on_path(tmp_path):
        assert valkey.server() == ours


@pytest.mark.parametrize("version", ["Redis server v=6.0.16 sha=00000000:0", "not a server at all"])
def test_a_server_on_path_that_is_too_old_is_left(tmp_path: Path, version: str) -> None:
    ours = program(tmp_path, "redis-server", version)
    with on_path(tmp_path):
        assert valkey.server() != ours
