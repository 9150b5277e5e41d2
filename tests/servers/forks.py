"""`tammen` as a process of its own that need not import its code first: see `forking`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bot.embedded import child
from bot.runtime.settings import ROOT
from tests.servers import session

START_SECONDS = 100.0  # to import everything, on a busy machine


@dataclass(frozen=True, slots=True)
class Fork:
    """A process, as `asyncio.subprocess.Process` shows one."""

    pid: int
    _end: asyncio.Task[int]

    @property
    def returncode(self) -> int | None:
        return self._end.result() if self._end.done() else None

    async def wait(self) -> int:
        return await asyncio.shield(self._end)

    def kill(self) -> None:
        if self._end.done():
            raise ProcessLookupError
        os.kill(self.pid, signal.SIGKILL)


async def start(
    words: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    streams: Sequence[IO[bytes] | None],
) -> Fork:
    """Start `tammen words…` with these three standard streams; None is nowhere."""
    path = (await asyncio.to_thread(session.once, "forks", _serve))["path"]
    command = {"words": list(words), "environment": dict(env), "folder": str(cwd)}
    client = _ask(path, command, streams)
    reader, writer = await asyncio.open_connection(sock=client)
    pid = int(await reader.readline())
    return Fork(pid, asyncio.create_task(_end(reader, writer)))


def _ask(
    path: str, command: Mapping[str, Any], streams: Sequence[IO[bytes] | None]
) -> socket.socket:
    """Send a command to the server."""
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    line = json.dumps(command).encode() + b"\n"
    with Path(os.devnull).open("rb") as nowhere:
        numbers = [(stream or nowhere).fileno() for stream in streams]
        socket.send_fds(client, [line], numbers)
    return client


async def _end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    try:
        return int(await reader.readline())
    finally:
        writer.close()


def _serve(place: Path) -> dict[str, str]:
    path = place / "socket"
    command = [sys.executable, "-m", "tests.servers.forking", str(path)]
    env = child.plain_environment(PYTHONPATH=str(ROOT), OPENBLAS_NUM_THREADS="1")
    session.serve("forks", command, stop_with=signal.SIGTERM, env=env)
    deadline = time.monotonic() + START_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"No process to fork from:\n{session.said('forks')}")
        time.sleep(0.02)
    return {"path": str(path)}
