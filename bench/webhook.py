"""Webhooks accepted: verified, stored, the bell rung, answered. One web process on one core, all else on the other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from bench.databases import Databases
from bench.house import House, opened
from bench.load import Outcome
from bench.machine import loops
from bench.report import Figure, percentile
from bench.updates import Update, said

PEOPLE = 2_000
MESSAGES = 12_000
EVERY_NEW = 10  # one message of so many comes from somebody who never wrote before
NEW_CHATS = 5_000_000_000
CONNECTIONS = 40  # what Telegram opens unless told otherwise
ARRIVING = 1_500  # a second, as the target asks
WARM_UP = 1_000


async def measure(databases: Databases) -> list[Figure]:
    """Throughput with Telegram's forty connections, then waiting times while 1,500/s arrive at random moments."""
    url = await databases.seeded("webhook", PEOPLE)
    databases.pin(1)
    async with opened(databases.place / "webhook", url, databases.keys) as house:
        await house.web(core=0)
        known = await house.chats(PEOPLE)
        await _post(house, known, WARM_UP)
        power = loops()
        flat_out = await _post(house, known, MESSAGES)
        arriving = await _post(house, known, MESSAGES // 2, ARRIVING)
        await _check(house, WARM_UP + MESSAGES + MESSAGES // 2)
    databases.pin(-1)
    rate = MESSAGES / (flat_out.ended - flat_out.began)
    return [
        Figure(
            "accepted by one core",
            rate,
            "/s",
            1_500,
            beside=f"{rate / power:.0f} per million loops of the core",
        ),
        Figure("p99 at full load", percentile(flat_out.waits, 99) * 1e3, "ms"),
        Figure(f"p50 while {ARRIVING:,}/s arrive", percentile(arriving.waits, 50) * 1e3, "ms"),
        Figure(
            f"p99 while {ARRIVING:,}/s arrive",
            percentile(arriving.waits, 99) * 1e3,
            "ms",
            50,
            most=True,
        ),
    ]


async def _post(house: House, known: list[int], count: int, rate: float | None = None) -> Outcome:
    outcome = await house.post(islice(_updates(known), count), CONNECTIONS, rate, core=1)
    if outcome.statuses != {"200": count}:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")
    return outcome


def _updates(known: list[int]) -> Iterator[Update]:
    for chat in cycle(known):
        update = said(chat, "نحن في إزمير، كلنا بخير والحمد لله")
        number = update["update_id"]
        yield said(NEW_CHATS + number, "السلام عليكم") if number % EVERY_NEW == 0 else update


async def _check(house: House, count: int) -> None:
    """Every message is a row."""
    [row] = await house.rows("SELECT count(*) AS stored FROM inbound_messages")
    if row["stored"] != count:
        raise RuntimeError(f"{row['stored']} of {count} messages were stored")
