"""Names, numbers, places and words of people are in the database, encrypted, and nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from redis.asyncio import Redis
from redis.asyncio.client import Monitor
from sqlalchemy import text

from tests.faults.house import METRICS_TOKEN, SECRET, House, telegram_headers
from tests.servers import telegram, twilio
from tests.servers.telegram import message

CHAT, NUMBER, SHARED = 218_917_654_321, "+218911234567", "+218927654321"
NAME, WORDS, STREET = "ليلى الورفلي", "نحتاجو دواء السكر لأمي في حي الأندلس", "قرب مسجد النور"
LATITUDE, LONGITUDE = 41.0136, 28.9550
SECRETS = (telegram.TOKEN, SECRET, twilio.TOKEN)
NUMBERS = (str(CHAT), NUMBER[1:], SHARED[1:], str(LATITUDE), str(LONGITUDE))
PERSONAL = (*NUMBERS, NAME, *NAME.split(), WORDS, STREET)


async def test_logs_redis_and_metrics_hold_nothing_personal(house: House) -> None:
    async with _overheard(house) as commands:
        await house.web()
        await house.worker()
        await _talk(house)
        await _trouble(house)
        await house.until(house.is_settled)
        dumped = await _dumped(house)
    shown = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    async with house.http.get(f"{house.url}/metrics", headers=shown) as answer:
        metrics = await answer.text()
    logs = "".join(log.read_text(encoding="utf-8") for log in house.folder.glob("*.log"))
    assert len(commands) > 10
    assert len(logs) > 100
    found = {
        "logs": logs,
        "commands to Redis": "\n".join(commands),
        "Redis": dumped,
        "metrics": metrics,
    }
    assert [(place, leak) for place, words in found.items() for leak in _leaks(words)] == []


async def test_the_database_holds_it_encrypted(house: House) -> None:
    await house.web()
    await house.worker()
    await _talk(house)
    async with house.db.read() as session:
        tables = await session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        rows = [
            str(row)
            for table in tables
            for row in await session.execute(text(f'SELECT * FROM "{table}"'))
        ]
    assert len(rows) > 10
    assert _leaks("\n".join(rows)) == []


async def _talk(house: House) -> None:
    """Somebody registers with everything there is to tell, by Telegram and by SMS."""
    place = {"latitude": LATITUDE, "longitude": LONGITUDE}
    card = {"phone_number": SHARED, "first_name": NAME, "user_id": CHAT}
    steps = (
        {"text": "/start"},
        {"text": "/register"},
        {"text": "نعم"},
        {"text": NAME},
        {"location": place},
    )
    more = (
        {"text": "3"},
        {"contact": card},
        {"text": WORDS},
        {"text": STREET},
        {"text": "/mydata"},
    )
    for step in (*steps, *more):
        house.updates += 1
        await house.update(message(house.updates, CHAT, **step))
        await house.until(house.is_settled)
    for number, words in enumerate(("نبي مساعدة", STREET, WORDS, NAME)):
        await house.texts(f"SM{number}", NUMBER, words)
        await house.until(house.is_settled)


async def _trouble(house: House) -> None:
    """What fails must not talk about it either."""
    body = json.dumps({"message": {"text": WORDS, "from": NAME}}, ensure_ascii=False).encode()
    await house.post("/hooks/telegram", body + b"}", telegram_headers())
    await house.post("/hooks/telegram", body, telegram_headers("guessed"))
    await house.form("/hooks/sms", {"From": NUMBER, "Body": WORDS})
    house.telegram.troubles.extend(
        [telegram.DOWN, telegram.flood(1), telegram.refused(400, "Bad Request: rejected")]
    )
    house.twilio.troubles.extend([twilio.DOWN, twilio.refused(400, 21211)])
    for number in range(3):
        await house.says(CHAT, f"{WORDS} {number}")
        await house.texts(f"SMt{number}", NUMBER, WORDS)
    house.nlu.fails = True
    await house.says(CHAT, STREET)
    await house.until(house.is_settled)
    async with house.db.begin() as session:
        await session.execute(text("UPDATE people SET dialogue = '\\x31deadbeef'"))
    await house.says(CHAT, NAME)
    await house.until(lambda: house.count(text("state = 'failed'")))


@asynccontextmanager
async def _overheard(house: House) -> AsyncIterator[list[str]]:
    """Every command that Redis gets."""
    commands: list[str] = []
    async with (
        Redis.from_url(house.valkey.url, socket_timeout=None) as client,
        client.monitor() as monitor,
    ):
        listening = asyncio.create_task(_listen(monitor, commands))
        yield commands
        listening.cancel()
        await asyncio.wait([listening])


async def _listen(monitor: Monitor, commands: list[str]) -> None:
    while True:
        commands.append(str((await monitor.next_command())["command"]))


async def _dumped(house: House) -> str:
    """Every key of every kind with all it holds."""
    async with Redis.from_url(house.valkey.url) as client:
        held = [f"{key!r} {await client.dump(key)!r}" async for key in client.scan_iter()]
    return "\n".join(held)


def _leaks(words: str) -> list[str]:
    """What personal or secret is in there, in any of the spellings it may have."""
    spellings = {
        said: {said, json.dumps(said)[1:-1], quote(said), repr(said.encode())[2:-1]}
        for said in (*PERSONAL, *SECRETS)
    }
    return [said for said, ways in spellings.items() if any(way in words for way in ways)]
