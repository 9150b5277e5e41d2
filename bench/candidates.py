"""How long it takes to find whom a report may be about, among 100,000 people on SQLite.

`.venv/bin/python -m bench.candidates`
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import cases, matching, reports
from bot.consular.crises.reports import Description
from bot.consular.drills import seed
from bot.consular.staff import accounts
from bot.messages import Channel
from bot.migrations import migrate
from bot.models import Case, Person, Role, Staff
from bot.runtime.database import open_database
from bot.runtime.keys import Keyring

PEOPLE = 100_000
COUNTRIES = ("TR", "SD", "EG", "TN", "DE", "IT", "GB", "MT")
ROUNDS = 15
# Common names and rare ones, both scripts, alone and with a place or a number.
SOUGHT = (
    Description("محمد علي"),
    Description("Mohamed Ali Salem"),
    Description("Ahmed Mohamed Ali Werfalli", "Istanbul", "", "+999000000123"),
    Description("Fatima El-Sherif", "الخرطوم"),
    Description("محمد", "Istanbul"),
    Description("Zakaria Bouzid", "Cairo"),
)


async def main() -> None:
    """Fill a database, and print the median and the longest time of each report."""
    now = datetime.now(UTC)
    with TemporaryDirectory(prefix="tammen-bench-") as folder:
        url = f"sqlite+aiosqlite:///{Path(folder) / 'people.db'}"
        database = open_database(url, Keyring.parse(Keyring.generate()))
        await migrate(database)
        async with database.begin() as session:
            await seed.people(session, PEOPLE, COUNTRIES, Channel.PHONE, 7, now)
            officer, _token = await accounts.add(
                session, "officer@mofa.example", Role.HQ_OFFICER, None, now, None
            )
            reporter = Person(created_at=now, synthetic=True)
            session.add(reporter)
            await session.flush()
            opened = [await _open(session, reporter, told, now) for told in SOUGHT]
        for report, told in zip(opened, SOUGHT, strict=True):
            async with database.read() as session:
                await _measure(session, officer, report, told)
        await database.close()


async def _open(
    session: AsyncSession,
    reporter: Person,
    told: Description,
    now: datetime,
) -> Case:
    report = await cases.open_about(session, reporter, told.name, now)
    await reports.describe(session, report, told)
    return report


async def _measure(
    session: AsyncSession,
    officer: Staff,
    report: Case,
    told: Description,
) -> None:
    seconds: list[float] = []
    count = 0
    for _round in range(ROUNDS):
        session.expunge_all()
        start = perf_counter()
        count = len(await matching.candidates(session, officer, report))
        seconds.append(perf_counter() - start)
    typical = median(seconds) * 1000
    longest = max(seconds) * 1000
    print(f"{told.name}: {count} candidates, {typical:.0f} ms, at most {longest:.0f} ms")


if __name__ == "__main__":
    asyncio.run(main())
