"""A crisis with 100,000 and 500,000 people on both databases: its board, lists, rounds and reports.

Each is the best of several, which others on the machine disturbed least, beside the millions of
loops that a core turned in a second just then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bench import emergency
from bench.databases import Databases
from bench.machine import loops
from bench.report import Figure
from bot.consular.broadcasts import fan_out
from bot.consular.crises import board, crises, roster, roster_entries, rounds, sitreps
from bot.consular.crises.roster import Filter
from bot.migrations import migrate
from bot.models import Broadcast, Crisis, Role, Staff
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring
from tests.servers import postgres

MANY = 100_000
MOST = 500_000
REPETITIONS = 7
RUNS = 3  # of the rounds: each finds other people
FAN_OUT_SLICE = 1000  # people of one transaction, as the worker has them
TICK_SECONDS = 0.005
LISTS = ("", "no_answer", "unreachable", "safe")

# The most that each may take. SQLite has one core for a question, PostgreSQL as many as there are.
BOARD_MS = {"postgresql": 300, "sqlite": 500}
PAGE_MS = {"postgresql": 300, "sqlite": 400}
ROUNDS_SECONDS = 2
HELD_MS = 100  # of the loop, by one run of the rounds
SITREP_SECONDS = 60
ROLL_CALL_SECONDS = 10

Reading = Callable[[], Awaitable[int]]


async def measure(databases: Databases) -> list[Figure]:
    """Measure every part on PostgreSQL and on SQLite."""
    figures: list[Figure] = []
    for kind in ("postgresql", "sqlite"):
        database = await _filled(databases, kind, MANY)
        figures += await _of_many(database, kind)
        await database.close()
        largest = await _filled(databases, kind, MOST)
        figures.append(await _board(largest, kind, MOST, target=None))
        await largest.close()
    return figures


async def _filled(databases: Databases, kind: str, people: int) -> Database:
    """Make a database with a crisis of so many people."""
    name = f"crisis_{people}"
    url = f"sqlite+aiosqlite:///{databases.place / name}.db"
    if kind == "postgresql":
        await postgres.execute(databases.server, f"CREATE DATABASE {name}")
        url = f"{databases.server}/{name}".replace("postgresql", "postgresql+asyncpg", 1)
    database = open_database(url, Keyring.parse(databases.keys))
    await migrate(database)
    await emergency.fill(database, databases.keys, people)
    return database


async def _of_many(database: Database, kind: str) -> list[Figure]:
    """Measure what has targets; the roll call comes last, for it begins anew."""
    figures = [await _board(database, kind, MANY, BOARD_MS[kind])]
    for standing in LISTS:
        figures.append(await _page(database, kind, standing))
    figures += await _rounds(database, kind)
    figures.append(await _sitrep(database, kind))
    figures.append(await _roll_call(database, kind))
    return figures


async def _board(database: Database, kind: str, people: int, target: float | None) -> Figure:
    async def read() -> int:
        async with database.read() as session:
            crisis = await session.get_one(Crisis, 1)
            counted = await board.board(session, crisis, datetime.now(UTC))
        return counted.people

    return await _repeated(f"board of {people:,}, {kind}", read, target)


async def _page(database: Database, kind: str, standing: str) -> Figure:
    officer = Staff(id=1, role=Role.HQ_OFFICER)
    filters = Filter(standing)

    async def read() -> int:
        now = datetime.now(UTC)
        async with database.read() as session:
            crisis = await session.get_one(Crisis, 1)
            chosen = await roster.page(session, officer, crisis, filters, 1, now)
            await roster_entries.entries(session, crisis, chosen.ids)
        return chosen.total

    name = standing.replace("_", " ") or "everybody"
    return await _repeated(f"page of people: {name}, {kind}", read, PAGE_MS[kind])


async def _repeated(name: str, read: Reading, target: float | None) -> Figure:
    """Return the best time of a reading; the first one comes from the disk and is left out."""
    people = await read()
    seconds: list[float] = []
    for _repetition in range(REPETITIONS):
        began = time.perf_counter()
        await read()
        seconds.append(time.perf_counter() - began)
    return Figure(
        name=name,
        measured=min(seconds) * 1e3,
        unit="ms",
        target=target,
        is_ceiling=True,
        comparison=f"{people:,} people at {loops():.0f} million loops/s",
    )


async def _rounds(database: Database, kind: str) -> list[Figure]:
    """Measure a run of the later rounds, and the longest that it held the loop."""
    runs: list[float] = []
    holds: list[float] = []
    people = 0
    for _run in range(RUNS):
        holding = asyncio.create_task(_longest_hold())
        await asyncio.sleep(TICK_SECONDS)
        began = time.perf_counter()
        people = await _advance(database)
        runs.append(time.perf_counter() - began)
        holding.cancel()
        holds.append(await holding)
    return [
        Figure(
            name=f"one run of the rounds, {kind}",
            measured=min(runs),
            unit="s",
            target=ROUNDS_SECONDS,
            is_ceiling=True,
            comparison=f"{people:,} people asked or listed",
        ),
        Figure(
            name=f"the longest it held the loop, {kind}",
            measured=min(holds) * 1e3,
            unit="ms",
            target=HELD_MS,
            is_ceiling=True,
        ),
    ]


async def _advance(database: Database) -> int:
    async with database.begin() as session:
        crisis = await session.get_one(Crisis, 1)
        return await rounds.advance(session, crisis, datetime.now(UTC))


async def _longest_hold() -> float:
    """Return the longest seconds that the loop was late, until cancelled."""
    longest = 0.0
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            longest = max(longest, time.perf_counter() - began - TICK_SECONDS)
    except asyncio.CancelledError:
        return longest


async def _sitrep(database: Database, kind: str) -> Figure:
    began = time.perf_counter()
    async with database.read() as session:
        officer = await session.get_one(Staff, 1)
    await sitreps.make(database, 1, officer, datetime.now(UTC))
    return Figure(
        name=f"situation report of {MANY:,}, {kind}",
        measured=time.perf_counter() - began,
        unit="s",
        target=SITREP_SECONDS,
        is_ceiling=True,
    )


async def _roll_call(database: Database, kind: str) -> Figure:
    """Open another crisis for the same people, and fan out its roll call as the worker does."""
    now = datetime.now(UTC)
    began = time.perf_counter()
    async with database.begin() as session:
        officer = await session.get_one(Staff, 1)
        countries = list(emergency.COUNTRIES)
        crisis = await crises.open_crisis(
            session, officer, emergency.NAMES, countries, drill=False, now=now
        )
    asked = 0
    while portion := await _fan_out(database, crisis.broadcast_id or 0):
        asked += portion
    return Figure(
        name=f"roll call opened and fanned out, {kind}",
        measured=time.perf_counter() - began,
        unit="s",
        target=ROLL_CALL_SECONDS,
        is_ceiling=True,
        comparison=f"{asked:,} people",
    )


async def _fan_out(database: Database, broadcast_id: int) -> int:
    async with database.begin() as session:
        broadcast = await session.get_one(Broadcast, broadcast_id)
        return await fan_out.fan_out(session, broadcast, FAN_OUT_SLICE, datetime.now(UTC))
