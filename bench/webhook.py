"""Webhooks accepted by one web process on one core: verified, stored, announced and answered."""

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
NEW_PERSON_INTERVAL = 10  # every so many messages, a person writes who never wrote before
FIRST_NEW_CHAT = 5_000_000_000
CONNECTIONS = 40  # Telegram's default
ARRIVAL_RATE = 1_500  # a second, as the target asks
WARM_UP = 1_000
P99_TARGET_MS = 50


async def measure(databases: Databases) -> list[Figure]:
    """Measure the throughput on forty connections, then the waits while 1,500/s arrive.

    The web process has one core; PostgreSQL and the load generator share the other.
    """
    url = await databases.seeded("webhook", PEOPLE)
    databases.pin(1)
    async with opened(databases.place / "webhook", url, databases.keys) as house:
        await house.web(core=0)
        chats = await house.chats(PEOPLE)
        await _post(house, chats, WARM_UP)
        core_speed = loops()
        unlimited = await _post(house, chats, MESSAGES)
        arriving = await _post(house, chats, MESSAGES // 2, ARRIVAL_RATE)
        await _check(house, WARM_UP + MESSAGES + MESSAGES // 2)
    databases.pin(-1)
    return [*_throughput(unlimited, core_speed), *_waits(arriving)]


def _throughput(outcome: Outcome, core_speed: float) -> list[Figure]:
    rate = MESSAGES / outcome.seconds
    return [
        Figure(
            name="accepted by one core",
            measured=rate,
            unit="/s",
            target=ARRIVAL_RATE,
            comparison=f"{rate / core_speed:.0f} per million loops of the core",
        ),
        Figure(
            name="p99 at full load",
            measured=percentile(outcome.waits, 99) * 1e3,
            unit="ms",
        ),
    ]


def _waits(outcome: Outcome) -> list[Figure]:
    return [
        Figure(
            name=f"p50 while {ARRIVAL_RATE:,}/s arrive",
            measured=percentile(outcome.waits, 50) * 1e3,
            unit="ms",
        ),
        Figure(
            name=f"p99 while {ARRIVAL_RATE:,}/s arrive",
            measured=percentile(outcome.waits, 99) * 1e3,
            unit="ms",
            target=P99_TARGET_MS,
            is_ceiling=True,
        ),
    ]


async def _post(house: House, chats: list[int], count: int, rate: float | None = None) -> Outcome:
    """Post so many messages. Raises RuntimeError when the web process refuses one."""
    updates = islice(_updates(chats), count)
    outcome = await house.post(updates, CONNECTIONS, rate, core=1)
    if outcome.statuses != {"200": count}:
        raise RuntimeError(f"not every webhook was accepted: {outcome.statuses}")
    return outcome


def _updates(chats: list[int]) -> Iterator[Update]:
    """Yield messages of registered people without end, and now and then one of a new person."""
    for chat in cycle(chats):
        update = said(chat, "نحن في إزمير، كلنا بخير والحمد لله")
        number = update["update_id"]
        if number % NEW_PERSON_INTERVAL == 0:
            yield said(FIRST_NEW_CHAT + number, "السلام عليكم")
        else:
            yield update


async def _check(house: House, messages: int) -> None:
    """Check that the database holds every message."""
    stored = await house.number("SELECT count(*) FROM inbound_messages")
    if stored != messages:
        raise RuntimeError(f"{stored} of {messages} messages were stored")
