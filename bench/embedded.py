"""Webhooks accepted on SQLite, where each message that was answered survives a power cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

from bench.databases import Databases
from bench.house import opened
from bench.load import Outcome
from bench.report import Figure, percentile
from bench.updates import Update, said

MESSAGES = 6_000
WARM_UP = 500
CHATS = 2_000
CONNECTIONS = 40  # Telegram's default


async def measure(databases: Databases) -> list[Figure]:
    """Measure the throughput of one web process with Telegram's forty connections."""
    folder = databases.place / "embedded"
    folder.mkdir()
    path = folder / "tammen.db"
    url = f"sqlite+aiosqlite:///{path}"
    async with opened(folder, url, databases.keys) as house:
        await house.tammen("migrate")
        await house.web(core=0)
        updates = _updates()
        await house.post(islice(updates, WARM_UP), CONNECTIONS, core=1)
        outcome = await house.post(islice(updates, MESSAGES), CONNECTIONS, core=1)
    _check(outcome, path)
    return [
        Figure(
            name="accepted by one core on SQLite",
            measured=MESSAGES / outcome.seconds,
            unit="/s",
        ),
        Figure(
            name="p99 at full load on SQLite",
            measured=percentile(outcome.waits, 99) * 1e3,
            unit="ms",
        ),
    ]


def _updates() -> Iterator[Update]:
    """Yield messages without end, from one chat after the other."""
    for chat in cycle(range(1, CHATS + 1)):
        yield said(chat, "نحن في إزمير، كلنا بخير والحمد لله")


def _check(outcome: Outcome, path: Path) -> None:
    """Check that the web process accepted every message and the database holds it."""
    if outcome.statuses != {"200": MESSAGES}:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")
    connection = sqlite3.connect(path)
    cursor = connection.execute("SELECT count(*) FROM inbound_messages")
    (stored,) = cursor.fetchone()
    connection.close()
    if stored != WARM_UP + MESSAGES:
        raise RuntimeError(f"{stored} messages were stored, not {WARM_UP + MESSAGES}")
