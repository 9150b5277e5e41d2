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
FIRST_PAUSE, LONGEST_PAUSE = (
    0.5,
    60.0,
)  # seconds between two attempts to start a child that keeps ending
SETTLED = 120.0  # seconds of life after which a child counts as healthy again

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
    """Starts a child that gets `end_with` should this process end first.

    It has a session of its own, so that Ctrl-C in the terminal reaches us alone and we stop things
    in their order. `keep_open` are file descriptors that it inherits, such as a lock it is to hold
    as long as it lives.
    """
    tied = [sys.executable, "-I", "-S", TIED, str(os.getpid()), str(int(end_with)), *command]
    return await asyncio.create_subprocess_exec(
        *map(str, tied),
        env=dict(env),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        pass_fds=tuple(keep_open),
    )


async def stop(process: Process, grace: float) -> None:
    """Asks the child to end, kills it when it has not within `grace` seconds, and kills what it
    started and left.
    """
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
    name: str, first: Process, again: Start, *, grace: float
) -> AsyncIterator[None]:
    """Starts the child `again` whenever it ends by itself, with growing pauses; stops it on
    leaving.
    """
    kept = _Kept(name, first)
    keeper = asyncio.create_task(kept.keep(again), name=f"keeper of {name}")
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper
        await stop(
            kept.process, grace
        )  # here, not in the task: one that is cancelled at once never runs


@dataclass(slots=True)
class _Kept:
    name: str
    process: Process

    async def keep(self, again: Start) -> None:
        pause, clock = FIRST_PAUSE, asyncio.get_running_loop().time
        while True:
            began = clock()
            code = await self.process.wait()
            pause = FIRST_PAUSE if clock() - began > SETTLED else min(2 * pause, LONGEST_PAUSE)
            log.warning("child_ended", child=self.name, exit=code, again_in=pause)
            self.process = await _restarted(self.name, again, pause)


async def _restarted(name: str, again: Start, pause: float) -> Process:
    while True:
        await asyncio.sleep(pause)
        try:
            return await again()
        except (EmbeddedError, OSError) as error:
            pause = min(2 * pause, LONGEST_PAUSE)
            log.error("child_does_not_start", child=name, why=str(error), again_in=pause)


def plain_environment(**more: str) -> dict[str, str]:
    """An environment for a child: where programs are and how text is coded, none of our secrets."""
    keep = ("PATH", "HOME", "TMPDIR", "TZ", "SSL_CERT_FILE", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in keep if name in os.environ}
    return {"LANG": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"} | kept | more


def open_log(path: Path) -> IO[bytes]:
    """A fresh file for what a child prints; the one of the run before is kept beside it as `.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))
    return path.open("wb")


def tail(path: Path, lines: int = 12) -> str:
    """The last lines a child printed, to show when it failed."""
    with suppress(FileNotFoundError):
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    return ""
