"""What this machine can do at this moment: the ground on which other figures are read, since machines are noisy."""

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
    """`loops`: millions of turns of an empty loop in a second of one core. `commits`: of one row, in a second, by
    one connection and by eight at once, each waiting for the disk."""

    loops: float
    commits: float
    commits_together: float


def loops() -> float:
    """Millions of turns of a loop a second, the mean of three tries."""
    return fmean(_turns() for _ in range(3))


def _turns() -> float:
    began, number = time.perf_counter(), 0
    for step in range(LOOPS):
        number += step & 1
    return LOOPS / (time.perf_counter() - began) / 1e6


async def ground(server: str) -> Ground:
    """Measures the machine; `server` is a PostgreSQL that nobody else uses now."""
    await _statement(
        server, "CREATE TABLE IF NOT EXISTS ground (id bigserial PRIMARY KEY, words text)"
    )
    return Ground(loops(), await _commits(server, 1), await _commits(server, CONNECTIONS))


async def _commits(server: str, connections: int) -> float:
    open_ones = [await asyncpg.connect(f"{server}/postgres") for _ in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(*(_write(connection) for connection in open_ones))
    seconds = time.perf_counter() - began
    for connection in open_ones:
        await connection.close()
    return COMMITS * connections / seconds


async def _write(connection: asyncpg.Connection) -> None:
    for _ in range(COMMITS):
        await connection.execute("INSERT INTO ground (words) VALUES ($1)", "طمّن" * 20)


async def _statement(server: str, words: str) -> None:
    connection = await asyncpg.connect(f"{server}/postgres")
    await connection.execute(words)
    await connection.close()


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def worked(process: int) -> float:
    """Seconds of a core that a process, its children and those it outlived have used."""
    own = sum(int(ticks) for ticks in _stat(process)[11:15]) / TICKS
    return own + sum(worked(child) for child in _children(process))


def memory(process: int) -> int:
    """Bytes of a process that are in memory."""
    return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * os.sysconf(
        "SC_PAGE_SIZE"
    )


def _stat(process: int) -> list[str]:
    """The fields of /proc/…/stat from the state (the third) on; zeros for a process that just ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 50


def _children(process: int) -> list[int]:
    return [
        int(child)
        for file in Path(f"/proc/{process}/task").glob("*/children")
        for child in file.read_text().split()
    ]
