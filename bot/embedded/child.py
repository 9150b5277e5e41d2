"""Child processes that we own: started in a group of their own, kept running, ended when we end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

TIED = Path(__file__).with_name("tied.py")
FIRST_PAUSE_SECONDS = 0.5  # before a child that ended is started again
MAX_PAUSE_SECONDS = 60.0
HEALTHY_SECONDS = 120.0  # of life, after which a child counts as healthy again
ENVIRONMENT_NAMES = ("PATH", "HOME", "TMPDIR", "TZ", "SSL_CERT_FILE", "LD_LIBRARY_PATH")

log = structlog.get_logger(__name__)

Start = Callable[[], Awaitable[Process]]


class EmbeddedError(Exception):
    """Something embedded cannot run; the message says what to do."""


async def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    output: IO[bytes] | int,
    end_with: signal.Signals = signal.SIGTERM,
    keep_open: Sequence[int] = (),
) -> Process:
    """Start a child that gets the signal `end_with` should this process end first.

    The child has a session of its own, so that Ctrl-C in the terminal reaches us alone and we stop
    things in their order. It inherits the file descriptors in `keep_open`, such as a lock that it
    holds as long as it lives.
    """
    tie = [sys.executable, "-I", "-S", TIED, os.getpid(), int(end_with)]
    arguments = [str(argument) for argument in (*tie, *command)]
    return await asyncio.create_subprocess_exec(
        *arguments,
        env=dict(env),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        pass_fds=tuple(keep_open),
    )


async def stop(process: Process, grace: float) -> None:
    """Ask the child to end, and kill it after `grace` seconds, with everything it started."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), grace)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


@asynccontextmanager
async def kept_running(
    name: str,
    first: Process,
    again: Start,
    *,
    grace: float,
) -> AsyncIterator[None]:
    """Start the child `again` whenever it ends by itself, after a pause; stop it on leaving."""
    keeper = _Keeper(name, first)
    task = asyncio.create_task(keeper.keep(again), name=f"keeper of {name}")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        # Here and not in the task, because a task that is cancelled at once never runs.
        await stop(keeper.process, grace)


@dataclass(slots=True)
class _Keeper:
    name: str
    process: Process

    async def keep(self, again: Start) -> None:
        pause = FIRST_PAUSE_SECONDS
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            code = await self.process.wait()
            was_healthy = clock() - began > HEALTHY_SECONDS
            pause = FIRST_PAUSE_SECONDS if was_healthy else _longer(pause)
            log.warning("child_ended", child=self.name, exit=code, again_in=pause)
            self.process = await _restart(self.name, again, pause)


async def _restart(name: str, again: Start, pause: float) -> Process:
    while True:
        await asyncio.sleep(pause)
        try:
            return await again()
        except (EmbeddedError, OSError) as error:
            pause = _longer(pause)
            log.error("child_does_not_start", child=name, why=str(error), again_in=pause)


def _longer(pause: float) -> float:
    return min(2 * pause, MAX_PAUSE_SECONDS)


def plain_environment(**more: str) -> dict[str, str]:
    """Make an environment for a child: where programs are and how text is coded, no secret."""
    environment = {
        "LANG": "C.UTF-8",
        "PYTHONUTF8": "1",
        "PYTHONUNBUFFERED": "1",
    }
    for name in ENVIRONMENT_NAMES:
        if name in os.environ:
            environment[name] = os.environ[name]
    return environment | more


def open_log(path: Path) -> IO[bytes]:
    """Open a fresh file for what a child prints; the file of the run before it becomes `.1`."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))
    return path.open("wb")


def tail(path: Path, lines: int = 12) -> str:
    """Read the last lines a child printed, to show when it failed."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
