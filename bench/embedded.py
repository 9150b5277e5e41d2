"""Webhooks accepted on SQLite, where each message that was answered survives a power cut."""

from __future__ import annotations

import sqlite3
from itertools import cycle, islice
from pathlib import Path

from bench.databases import Databases
from bench.house import opened
from bench.load import Outcome
from bench.report import Figure, percentile
from bench.updates import said

MESSAGES = 6_000
WARM_UP = 500
CHATS = 2_000
CONNECTIONS = 40  # what Telegram opens unless told otherwise


async def measure(databases: Databases) -> list[Figure]:
    """Measure the throughput of one web process with Telegram's forty connections."""
    folder = databases.place / "embedded"
    folder.mkdir()
    path = folder / "tammen.db"
    url = f"sqlite+aiosqlite:///{path}"
    async with opened(folder, url, databases.keys) as house:
        await house.tammen("migrate")
        await house.web(core=0)
        chats = range(1, CHATS + 1)
        updates = (said(chat, "نحن في إزمير، كلنا بخير والحمد لله") for chat in cycle(chats))
        await house.post(islice(updates, WARM_UP), CONNECTIONS, None, core=1)
        outcome = await house.post(islice(updates, MESSAGES), CONNECTIONS, None, core=1)
    _check(outcome, path)
    rate = MESSAGES / (outcome.ended - outcome.began)
    return [
        Figure("accepted by one core on SQLite", rate, "/s"),
        Figure("p99 at full load on SQLite", percentile(outcome.waits, 99) * 1e3, "ms"),
    ]


def _check(outcome: Outcome, path: Path) -> None:
    """Every message was accepted and is a row."""
    if outcome.statuses != {"200": MESSAGES}:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")
    connection = sqlite3.connect(path)
    (stored,) = connection.execute("SELECT count(*) FROM inbound_messages").fetchone()
    connection.close()
    if stored != WARM_UP + MESSAGES:
        raise RuntimeError(f"{stored} messages were stored, not {WARM_UP + MESSAGES}")
