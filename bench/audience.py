"""Half a million people: whom a rule means, told before anybody presses, and the rows for all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any

from sqlalchemy import select

from bench import crowd
from bench.advising import ARABIC, ENGLISH, approved, fanned_out, officers
from bench.crowd import Crowd
from bench.databases import Databases
from bench.house import opened
from bench.report import Figure
from bot.consular.advisories import results
from bot.consular.audiences import reach
from bot.consular.audiences.reach import Estimate
from bot.messages import Channel
from bot.models import Advisory
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring

PEOPLE = 500_000
TIMES = 7
MOST_MS, MOST_SECONDS = 500, 30
AREA = [[38.0, 28.0], [40.5, 30.0], [40.0, 36.0], [38.5, 38.0], [37.0, 33.0]]
RATES = {Channel.TELEGRAM: 30.0, Channel.SMS: 10.0, Channel.PHONE: 1e6}


async def measure(databases: Databases) -> list[Figure]:
    """Previews by rules of several kinds, then the fan-out by a worker that meanwhile sends at Telegram's pace."""
    url = await databases.crowded("audience", Crowd(PEOPLE, sms=20, whole=False))
    number = await crowd.crisis(url)
    figures = await _previews(url, databases.keys, number)
    async with opened(
        databases.place / "audience", url, databases.keys, TELEGRAM_RATE="30"
    ) as house:
        await officers(house)
        await house.web()
        broadcast = await approved(house, {"countries": list(crowd.COUNTRIES)})
        await house.worker()
        seconds, people = await fanned_out(house, broadcast)
        page = await _results(url, databases.keys, broadcast)
    rate = people / seconds
    rows = Figure(
        f"rows for {people:,} recipients",
        seconds,
        "s",
        MOST_SECONDS,
        most=True,
        beside=f"{rate:,.0f} a second",
    )
    return [*figures, rows, page]


def rules(crisis: int) -> Mapping[str, Any]:
    """What staff ask for, by the name it has in the table."""
    safe = {"status": {"crisis": crisis, "is": ["safe"]}}
    countries = {"countries": list(crowd.COUNTRIES[:5])}
    return {
        "everybody": {"countries": list(crowd.COUNTRIES)},
        "five countries, Arabic, not safe": {
            "all": [countries, {"languages": ["ar"]}, {"not": safe}]
        },
        "no answer yet in a crisis": {"status": {"crisis": crisis, "is": ["no_answer"]}},
        "a circle of 300 km": {"circle": {"latitude": 39.0, "longitude": 33.0, "km": 300}},
        "a polygon": {"polygon": AREA},
    }


async def _previews(url: str, keys: str, crisis: int) -> list[Figure]:
    database = open_database(
        url.replace("postgresql", "postgresql+asyncpg", 1), Keyring.parse(keys)
    )
    figures = [await _preview(database, name, rule) for name, rule in rules(crisis).items()]
    await database.close()
    return figures


async def _results(url: str, keys: str, broadcast: int) -> Figure:
    """The figures of the page that tells what became of it, while it is being sent."""
    database = open_database(
        url.replace("postgresql", "postgresql+asyncpg", 1), Keyring.parse(keys)
    )
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        async with database.read() as session:
            advisory = await session.scalars(
                select(Advisory).where(Advisory.broadcast_id == broadcast)
            )
            found = await results.of(session, advisory.one())
        took.append(time.perf_counter() - began)
    await database.close()
    who = f"{found.recipients:,} recipients"
    return Figure(
        "what became of it: all figures of the page", median(took) * 1e3, "ms", beside=who
    )


async def _preview(database: Database, name: str, rule: Mapping[str, Any]) -> Figure:
    found = await _estimate(database, rule)  # the first look fetches from the disk
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await _estimate(database, rule)
        took.append(time.perf_counter() - began)
    who = f"{found.people:,} people, {found.no_channel:,} unreachable"
    return Figure(f"preview: {name}", median(took) * 1e3, "ms", MOST_MS, most=True, beside=who)


async def _estimate(database: Database, rule: Mapping[str, Any]) -> Estimate:
    contents = {"ar": {"text": {"text": ARABIC}}, "en": {"text": {"text": ENGLISH}}}
    async with database.read() as session:
        return await reach.estimate(session, rule, contents, RATES, datetime.now(UTC))
