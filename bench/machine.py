"""The speed of this machine at this moment, beside which to read the other figures."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import asyncpg

LOOPS = 2_000_000
COMMITS = 300  # for each of the connections
CONNECTIONS = 8
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Ground:
    """Hold the speed of the machine.

    `loops` are millions of turns of an empty loop in a second of one core. `commits` are commits of
    one row in a second by one connection, `commits_together` by eight; each waits for the disk.
    """

    loops: float
    commits: float
    commits_together: float


def loops() -> float:
    """Return the millions of turns of a loop a second, the mean of three tries."""
    tries = [_turns(), _turns(), _turns()]
    return fmean(tries)


def _turns() -> float:
    number = 0
    began = time.perf_counter()
    for step in range(LOOPS):
        number += step & 1
    seconds = time.perf_counter() - began
    return LOOPS / seconds / 1e6


async def ground(server: str) -> Ground:
    """Measure the machine; `server` is a PostgreSQL that nobody else uses now."""
    await _create_table(server)
    return Ground(
        loops=loops(),
        commits=await _commits(server, 1),
        commits_together=await _commits(server, CONNECTIONS),
    )


async def _commits(server: str, connections: int) -> float:
    """Return the commits a second of so many connections together."""
    pool: list[asyncpg.Connection] = []
    for _ in range(connections):
        pool.append(await asyncpg.connect(f"{server}/postgres"))
    began = time.perf_counter()
    await asyncio.gather(*map(_write, pool))
    seconds = time.perf_counter() - began
    for connection in pool:
        await connection.close()
    return COMMITS * connections / seconds


async def _write(connection: asyncpg.Connection) -> None:
    text = "طمّن" * 20
    for _ in range(COMMITS):
        await connection.execute("INSERT INTO ground (words) VALUES ($1)", text)


async def _create_table(server: str) -> None:
    statement = "CREATE TABLE IF NOT EXISTS ground (id bigserial PRIMARY KEY, words text)"
    connection = await asyncpg.connect(f"{server}/postgres")
    await connection.execute(statement)
    await connection.close()


def cores() -> int:
    """Count the cores that this process may use."""
    allowed = os.sched_getaffinity(0)
    return len(allowed)


def worked(process: int) -> float:
    """Return the seconds of a core that a process and its children, ended or not, have used."""
    ticks = sum(map(int, _stat(process)[11:15]))
    seconds = ticks / TICKS
    for child in _children(process):
        seconds += worked(child)
    return seconds


def memory(process: int) -> int:
    """Return the resident bytes of a process."""
    fields = Path(f"/proc/{process}/statm").read_text("ascii").split()
    pages = int(fields[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _stat(process: int) -> list[str]:
    """Return the fields of /proc/…/stat from the third, the state, on.

    A process that just ended has zeros.
    """
    try:
        line = Path(f"/proc/{process}/stat").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 50
    _, _, fields = line.rpartition(")")
    return fields.split()


def _children(process: int) -> list[int]:
    """Return the processes that the threads of a process started."""
    threads = Path(f"/proc/{process}/task")
    children: list[int] = []
    for file in threads.glob("*/children"):
        children += map(int, file.read_text().split())
    return children
