"""The list of the people of a crisis with 100,000 people: a page in each order, and all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median

from bench import crowd
from bench.crowd import Crowd
from bench.databases import Databases
from bench.report import Figure
from bot.consular.crises import board, roster, roster_entries
from bot.consular.crises.roster import Filter
from bot.messages import Channel
from bot.models import Crisis, Role, Staff
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring

PEOPLE = 400_000  # a quarter of them is in the crisis
REPETITIONS = 7
PAGE_TARGET_MS = 300
SLICE_PEOPLE = 500
LAST_PAGE = 2000
LISTS: Mapping[str, Filter] = {
    "everybody": Filter(),
    "no answer": Filter("no_answer"),
    "no answer of a city": Filter("no_answer", city=crowd.CITY),
    "no answer, on SMS": Filter("no_answer", channel=Channel.SMS),
    "unreachable": Filter("unreachable"),
    "stale": Filter("stale"),
    "everybody, by place": Filter(order="place"),
    "everybody, by age of the answer": Filter(order="answer"),
}


async def measure(databases: Databases) -> list[Figure]:
    """Read pages of the list, the counts by place, and everybody as for a file."""
    url = await databases.crowded("roster", Crowd(PEOPLE, sms=20, whole=False))
    number = await crowd.crisis(url, databases.keys)
    async_url = url.replace("postgresql", "postgresql+asyncpg", 1)
    database = open_database(async_url, Keyring.parse(databases.keys))
    figures: list[Figure] = []
    for name, filters in LISTS.items():
        figures.append(await _page(database, number, name, filters))
    last_page = await _page(
        database,
        number,
        "everybody",
        Filter(),
        LAST_PAGE,
    )
    figures.append(last_page)
    figures.append(await _board(database, number))
    figures.append(await _everybody(database, number))
    await database.close()
    return figures


def _officer() -> Staff:
    return Staff(id=1, role=Role.HQ_OFFICER)


async def _page(
    database: Database,
    number: int,
    name: str,
    filters: Filter,
    page: int = 1,
) -> Figure:
    """Measure a page of one list, with all it shows."""
    total = await _read(database, number, filters, page)  # the first reads from the disk
    seconds: list[float] = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        await _read(database, number, filters, page)
        duration = time.perf_counter() - began
        seconds.append(duration)
    return Figure(
        name=f"page {page:,}: {name}",
        measured=median(seconds) * 1e3,
        unit="ms",
        target=PAGE_TARGET_MS,
        is_ceiling=True,
        comparison=f"{total:,} people",
    )


async def _read(database: Database, number: int, filters: Filter, page: int) -> int:
    now = datetime.now(UTC)
    async with database.read() as session:
        crisis = await session.get_one(Crisis, number)
        chosen = await roster.page(session, _officer(), crisis, filters, page, now)
        await roster_entries.entries(session, crisis, chosen.ids)
    return chosen.total


async def _board(database: Database, number: int) -> Figure:
    """Measure the board with its counts by place."""
    began = time.perf_counter()
    async with database.read() as session:
        crisis = await session.get_one(Crisis, number)
        now = datetime.now(UTC)
        counted = await board.board(session, crisis, now)
    duration = time.perf_counter() - began
    return Figure(
        name="the board with its counts by place",
        measured=duration * 1e3,
        unit="ms",
        comparison=f"{len(counted.places):,} places",
    )


async def _everybody(database: Database, number: int) -> Figure:
    """Measure all people as for a file, slice by slice."""
    began = time.perf_counter()
    people = 0
    async with database.read() as session:
        crisis = await session.get_one(Crisis, number)
        now = datetime.now(UTC)
        officer = _officer()
        ids = await roster.everybody(session, officer, crisis, Filter(), now)
    for start in range(0, len(ids), SLICE_PEOPLE):
        portion = ids[start : start + SLICE_PEOPLE]
        async with database.read() as session:
            listed = await roster_entries.entries(session, crisis, portion)
        people += len(listed)
    duration = time.perf_counter() - began
    return Figure(
        name="everybody, as for a file",
        measured=duration,
        unit="s",
        comparison=f"{people:,} people",
    )
