"""An audience among half a million people: the previews of its rules, then the fan-out to all."""

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
from bot.consular.advisories.results import Results
from bot.consular.audiences import reach
from bot.consular.audiences.reach import Estimate
from bot.messages import Channel
from bot.models import Advisory
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring

PEOPLE = 500_000
REPETITIONS = 7
PREVIEW_TARGET_MS = 500
FAN_OUT_TARGET_SECONDS = 30
AREA = [
    [38.0, 28.0],
    [40.5, 30.0],
    [40.0, 36.0],
    [38.5, 38.0],
    [37.0, 33.0],
]
CIRCLE = {"latitude": 39.0, "longitude": 33.0, "km": 300}
RATES = {
    Channel.TELEGRAM: 30.0,
    Channel.SMS: 10.0,
    Channel.PHONE: 1e6,
}
CONTENTS = {
    "ar": {"text": {"text": ARABIC}},
    "en": {"text": {"text": ENGLISH}},
}

Rule = Mapping[str, Any]


async def measure(databases: Databases) -> list[Figure]:
    """Preview rules of several kinds, then fan out by a worker that sends at Telegram's pace."""
    url = await databases.crowded("audience", Crowd(PEOPLE, sms=20, whole=False))
    crisis = await crowd.crisis(url, databases.keys)
    database = _opened(url, databases.keys)
    figures = await _previews(database, crisis)
    folder = databases.place / "audience"
    async with opened(folder, url, databases.keys, TELEGRAM_RATE="30") as house:
        await officers(house)
        await house.web()
        broadcast = await approved(house, {"countries": list(crowd.COUNTRIES)})
        await house.worker()
        seconds, people = await fanned_out(house, broadcast)
        figures.append(_fan_out(seconds, people))
        figures.append(await _results(database, broadcast))
    await database.close()
    return figures


def rules(crisis: int) -> Mapping[str, Rule]:
    """Return rules that staff write, by their names in the table."""
    is_safe = {"status": {"crisis": crisis, "is": ["safe"]}}
    no_answer = {"status": {"crisis": crisis, "is": ["no_answer"]}}
    combined = [
        {"countries": list(crowd.COUNTRIES[:5])},
        {"languages": ["ar"]},
        {"not": is_safe},
    ]
    return {
        "everybody": {"countries": list(crowd.COUNTRIES)},
        "five countries, Arabic, not safe": {"all": combined},
        "no answer yet in a crisis": no_answer,
        "a circle of 300 km": {"circle": CIRCLE},
        "a polygon": {"polygon": AREA},
    }


def _opened(url: str, keys: str) -> Database:
    async_url = url.replace("postgresql", "postgresql+asyncpg", 1)
    return open_database(async_url, Keyring.parse(keys))


def _fan_out(seconds: float, people: int) -> Figure:
    rate = people / seconds
    return Figure(
        name=f"rows for {people:,} recipients",
        measured=seconds,
        unit="s",
        target=FAN_OUT_TARGET_SECONDS,
        is_ceiling=True,
        comparison=f"{rate:,.0f} a second",
    )


async def _previews(database: Database, crisis: int) -> list[Figure]:
    figures: list[Figure] = []
    for name, rule in rules(crisis).items():
        figures.append(await _preview(database, name, rule))
    return figures


async def _preview(database: Database, name: str, rule: Rule) -> Figure:
    """Measure the preview of one audience."""
    estimate = await _estimate(database, rule)  # the first estimate reads from the disk
    seconds: list[float] = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        await _estimate(database, rule)
        seconds.append(time.perf_counter() - began)
    return Figure(
        name=f"preview: {name}",
        measured=median(seconds) * 1e3,
        unit="ms",
        target=PREVIEW_TARGET_MS,
        is_ceiling=True,
        comparison=f"{estimate.people:,} people, {estimate.no_channel:,} unreachable",
    )


async def _estimate(database: Database, rule: Rule) -> Estimate:
    now = datetime.now(UTC)
    async with database.read() as session:
        return await reach.estimate(session, rule, CONTENTS, RATES, now)


async def _results(database: Database, broadcast: int) -> Figure:
    """Measure the figures of an advisory's page of results while a worker sends it."""
    seconds: list[float] = []
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        advisory_results = await _read_results(database, broadcast)
        seconds.append(time.perf_counter() - began)
    return Figure(
        name="what became of it: all figures of the page",
        measured=median(seconds) * 1e3,
        unit="ms",
        comparison=f"{advisory_results.recipients:,} recipients",
    )


async def _read_results(database: Database, broadcast: int) -> Results:
    query = select(Advisory).where(Advisory.broadcast_id == broadcast)
    async with database.read() as session:
        advisories = await session.scalars(query)
        return await results.of(session, advisories.one())
