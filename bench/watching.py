"""Open pages: consoles and phone pages that listen, while people answer by reply links."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from dataclasses import asdict
from datetime import timedelta

from itsdangerous import URLSafeSerializer
from sqlalchemy.ext.asyncio import AsyncSession

from bench import crowd
from bench.crowd import Crowd
from bench.databases import Databases
from bench.house import House, opened
from bench.machine import memory
from bench.report import Figure, percentile
from bench.watchers import OPENINGS_A_SECOND, Job, Outcome
from bot.consular.people import reply_links
from bot.consular.staff import accounts, sessions
from bot.embedded import child
from bot.messages import Channel, Form
from bot.models import Address, Person, Role
from bot.pages.cookies import HOST_PREFIX, SESSION
from bot.phone import numbers
from bot.runtime.clock import SYSTEM_CLOCK
from bot.runtime.database import Database, open_database
from bot.runtime.keys import Keyring
from bot.runtime.settings import ROOT

PEOPLE = 20_000
CONSOLES = 500
PHONES = 5_000
ANSWERS = 6
ANSWER_PAUSE_SECONDS = 10.0
SCREEN_TARGET_SECONDS = 10
MEGABYTE = 1e6
UNANSWERED = """
SELECT p.id FROM people p JOIN outbound_messages m ON m.person_id = p.id
WHERE p.country = 'TR' AND p.id NOT IN (SELECT person_id FROM check_ins) ORDER BY p.id LIMIT $1
"""


async def measure(databases: Databases) -> list[Figure]:
    """Open all pages of one web process, and time six answers until they are on every board."""
    url = await databases.crowded("watching", Crowd(PEOPLE))
    await crowd.crisis(url, databases.keys)
    folder = databases.place / "watching"
    async with opened(folder, url, databases.keys, TAMMEN_PHONE="1") as house:
        await house.web()
        await house.worker()
        at_rest = memory(house.web_process)
        job = await _job(house, databases.keys)
        outcome = await _watch(house, job)
        watched = memory(house.web_process)
    return [*_screens(outcome), *_readiness(outcome), *_costs(outcome, at_rest, watched)]


def _screens(outcome: Outcome) -> list[Figure]:
    shown = len(outcome.screens)
    due = shown + outcome.unseen
    return [
        Figure(
            name=f"screens that showed an answer, of {due:,}",
            measured=shown / due * 100,
            unit="%",
            target=100,
        ),
        Figure(
            name="p50 from an answer to a screen",
            measured=percentile(outcome.screens, 50),
            unit="s",
        ),
        Figure(
            name="p95 from an answer to a screen",
            measured=percentile(outcome.screens, 95),
            unit="s",
            target=SCREEN_TARGET_SECONDS,
            is_ceiling=True,
        ),
    ]


def _readiness(outcome: Outcome) -> list[Figure]:
    looks = sum(outcome.ready.values())
    ready = outcome.ready.get("200", 0)
    return [
        Figure(
            name=f"readiness 200, of {looks:,} looks",
            measured=ready / looks * 100,
            unit="%",
            target=100,
        ),
        Figure(
            name="p95 of the readiness",
            measured=percentile(outcome.ready_waits, 95),
            unit="s",
        ),
    ]


def _costs(outcome: Outcome, at_rest: int, watched: int) -> list[Figure]:
    pages = CONSOLES + PHONES
    each = (watched - at_rest) / pages / 1e3
    return [
        Figure(
            name=f"{pages:,} pages opened, {OPENINGS_A_SECOND} a second",
            measured=outcome.opening,
            unit="s",
        ),
        Figure(
            name="parts answered with an error",
            measured=outcome.failures,
            unit="",
            target=0,
            is_ceiling=True,
        ),
        Figure(
            name="p95 of a part of a phone page",
            measured=percentile(outcome.parts, 95),
            unit="s",
        ),
        Figure(
            name="memory of the web process",
            measured=watched / MEGABYTE,
            unit="MB",
            comparison=f"{each:.0f} kB a page; {at_rest / MEGABYTE:.0f} MB without pages",
        ),
    ]


async def _job(house: House, keys: str) -> Job:
    """Sign everybody in, give every phone a number, and make links for people to answer."""
    keyring = Keyring.parse(keys)
    address = house.database.replace("postgresql:", "postgresql+asyncpg:", 1)
    database = open_database(address, keyring)
    job = Job(
        port=house.web_port,
        consoles=await _consoles(database),
        phones=await _phones(database, keyring),
        answers=await _answers(house, keyring),
        pause_seconds=ANSWER_PAUSE_SECONDS,
    )
    await database.close()
    return job


async def _consoles(database: Database) -> list[str]:
    """Return the cookie of each console; each is an account of its own."""
    cookies: list[str] = []
    now = SYSTEM_CLOCK()
    async with database.begin() as session:
        for number in range(CONSOLES):
            email = f"officer{number}@example.org"
            account, _link = await accounts.add(
                session,
                email,
                Role.HQ_OFFICER,
                None,
                now,
                None,
            )
            token, _session = await sessions.sign_in(session, account, now)
            cookies.append(f"{HOST_PREFIX}{SESSION}={token}")
    return cookies


async def _phones(database: Database, keyring: Keyring) -> list[str]:
    """Return the cookie of each phone page; each has written once."""
    cookies: list[str] = []
    key = keyring.sign(b"cookie", numbers.PURPOSE)
    serializer = URLSafeSerializer(key, salt=numbers.PURPOSE)
    async with database.begin() as session:
        for number in range(PHONES):
            phone = f"{numbers.PREFIX}{number:010d}"
            _add_phone(session, phone)
            cookies.append(f"{numbers.COOKIE}={serializer.dumps([phone])}")
    return cookies


def _add_phone(session: AsyncSession, phone: str) -> None:
    now = SYSTEM_CLOCK()
    written = f"{Form.CHAT}:{phone}"
    address = Address(
        channel=Channel.PHONE,
        form=Form.CHAT,
        address=written,
        index=f"{Channel.PHONE}:{written}",
        created_at=now,
        heard_at=now,
    )
    person = Person(created_at=now, language="ar", addresses=[address])
    session.add(person)


async def _answers(house: House, keyring: Keyring) -> list[str]:
    """Return the paths of reply links of people whom the roll call asked."""
    later = SYSTEM_CLOCK() + timedelta(seconds=1)
    paths: list[str] = []
    for columns in await house.rows(UNANSWERED, ANSWERS):
        token = reply_links.reply_token(keyring, columns["id"], later)
        paths.append(f"/r/{token}")
    return paths


async def _watch(house: House, job: Job) -> Outcome:
    """Run the pages to their end. Raises RuntimeError with their errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.watchers",
        cwd=ROOT,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    task = json.dumps(asdict(job))
    output, errors = await process.communicate(task.encode())
    if process.returncode:
        log = child.tail(house.folder / "web.log")
        raise RuntimeError(f"the pages failed:\n{errors.decode()}\nthe web process:\n{log}")
    return Outcome(**json.loads(output))
