"""An advisory sent without a limit, by one worker and by two, on Telegram and by SMS; its costs."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import Process
from dataclasses import dataclass
from functools import partial

from bench import libraries
from bench.advising import approved, officers
from bench.bulk import duration, rate
from bench.crowd import Crowd
from bench.databases import Databases
from bench.house import House, Taken, opened
from bench.machine import memory, worked
from bench.report import Figure, percentile
from bench.turns import waits
from bench.updates import pressed
from bot.runtime.redis import open_redis

LARGE = 100_000  # people in TR
SMALL = 10_000  # people in SD
COUNTRIES = ("TR",) * (LARGE // SMALL) + ("SD",)
SMS_PEOPLE = 50_000
BULK_TIMEOUT_SECONDS = 400.0
CHECK_INS = 500  # during a bulk
CHECK_IN_RATE = 20  # a second
CONNECTIONS = 40
MEBIBYTE = 2**20
SMS_SETTINGS = {
    "TWILIO_ACCOUNT_SID": f"AC{1:032x}",
    "TWILIO_AUTH_TOKEN": "bench",
    "TWILIO_FROM": "+15005550006",
    "TWILIO_RATE": "1000000",
}


@dataclass(frozen=True)
class Sizes:
    """Hold the sizes of the table of messages."""

    disk_bytes: float  # with indexes
    log_bytes: float  # written ahead so far, by the whole server
    rows: int


@dataclass(frozen=True)
class Bulk:
    """Hold the costs of one bulk."""

    people: int
    rate: float  # messages a second
    seconds: float
    cores: dict[str, float]  # seconds of a core, by part
    disk_bytes: float
    log_bytes: float
    rows: int
    early_memory: float  # MiB of the first worker when 10 % of the messages were sent
    late_memory: float  # the same when all were sent

    @property
    def cpu(self) -> float:
        """Return the milliseconds of a core that workers and database spend on a recipient."""
        seconds = self.cores["workers"] + self.cores["PostgreSQL"]
        return seconds / self.people * 1e3

    @property
    def disk_each(self) -> float:
        """Return the bytes on disk for a recipient."""
        return self.disk_bytes / self.people

    def shares(self) -> str:
        """Describe how much of a core each part kept busy."""
        parts: list[str] = []
        for name, seconds in self.cores.items():
            share = seconds / self.seconds
            parts.append(f"{name} {share:.2f}")
        return ", ".join(parts) + " of a core"


@dataclass(frozen=True)
class TelegramBulks:
    """Hold the bulks on Telegram, and the seconds that people waited for a reply."""

    small: Bulk
    large: Bulk
    by_two: Bulk
    calm_waits: list[float]
    busy_waits: list[float]


async def measure(databases: Databases) -> list[Figure]:
    """Measure the peers, Telegram by one worker and by two, replies during a bulk, then SMS."""
    url = await databases.crowded("sending", Crowd(LARGE + SMALL, COUNTRIES))
    async with opened(databases.place / "sending", url, databases.keys) as house:
        library_rates = await libraries.rates(house)
        bulks = await _by_telegram(databases, house)
    sms = await _by_sms(databases)
    return [
        *_rates(bulks, sms),
        *_replies(bulks),
        *_memory(bulks.large),
        *_costs(bulks.small, bulks.large),
        *libraries.figures(library_rates, bulks.large.rate),
    ]


async def _by_telegram(databases: Databases, house: House) -> TelegramBulks:
    await officers(house)
    await house.web()
    first = await house.worker()
    send = partial(_send, databases, house)
    await send([first], "SD", SMALL)  # a warm-up: the worker loads some modules at first use
    small = await send([first], "SD", SMALL)
    large = await send([first], "TR", LARGE)
    calm_waits = await _check_in(house)
    busy_waits = await _check_in_during_bulk(house)
    second = await house.worker("worker2")
    by_two = await send([first, second], "TR", LARGE)
    return TelegramBulks(
        small=small,
        large=large,
        by_two=by_two,
        calm_waits=calm_waits,
        busy_waits=busy_waits,
    )


async def _by_sms(databases: Databases) -> Bulk:
    url = await databases.crowded("sending_sms", Crowd(SMS_PEOPLE, ("TR",), sms=100))
    folder = databases.place / "sending_sms"
    async with opened(folder, url, databases.keys, None, **SMS_SETTINGS) as house:
        await officers(house)
        await house.web()
        worker = await house.worker()
        return await _send(databases, house, [worker], "TR", SMS_PEOPLE)


def _rates(bulks: TelegramBulks, sms: Bulk) -> list[Figure]:
    one = bulks.large
    two = bulks.by_two
    gain = two.rate / one.rate
    return [
        Figure(
            name="one worker, Telegram",
            measured=one.rate,
            unit="/s",
            target=3_000,
            comparison=one.shares(),
        ),
        Figure(
            name="two workers",
            measured=two.rate,
            unit="/s",
            comparison=f"{gain:.2f} × one; {two.shares()}",
        ),
        Figure(
            name="one worker, SMS",
            measured=sms.rate,
            unit="/s",
            target=3_000,
            comparison=sms.shares(),
        ),
    ]


def _replies(bulks: TelegramBulks) -> list[Figure]:
    calm_p95 = percentile(bulks.calm_waits, 95)
    busy_p50 = percentile(bulks.busy_waits, 50)
    busy_p95 = percentile(bulks.busy_waits, 95)
    return [
        Figure(
            name=f"p95 of a reply, {CHECK_IN_RATE} people/s, no bulk",
            measured=calm_p95 * 1e3,
            unit="ms",
        ),
        Figure(
            name=f"the same during a bulk of {LARGE:,}",
            measured=busy_p95 * 1e3,
            unit="ms",
            target=300,
            is_ceiling=True,
            comparison=f"p50 {busy_p50 * 1e3:.0f} ms",
        ),
    ]


def _memory(bulk: Bulk) -> list[Figure]:
    growth = bulk.late_memory / bulk.early_memory
    return [
        Figure(
            name="memory of the worker when 10 % had left",
            measured=bulk.early_memory,
            unit="MB",
        ),
        Figure(
            name="the same when all had",
            measured=bulk.late_memory,
            unit="MB",
            target=bulk.early_memory * 1.1,
            is_ceiling=True,
            comparison=f"{growth:.2f} ×",
        ),
    ]


def _costs(small: Bulk, large: Bulk) -> list[Figure]:
    """Return the costs of one recipient, which must not grow with the size of the bulk.

    The targets allow a quarter for the noise of a machine.
    """
    return [
        Figure(
            name="CPU of one recipient, worker and database",
            measured=large.cpu,
            unit="ms",
            target=small.cpu * 1.25,
            is_ceiling=True,
            comparison=f"{small.cpu:.3f} ms of {small.people:,}",
        ),
        Figure(
            name="rows of one recipient",
            measured=large.rows / large.people,
            unit="",
            target=1,
            is_ceiling=True,
        ),
        Figure(
            name="bytes on disk of one recipient",
            measured=large.disk_each,
            unit="B",
            target=small.disk_each * 1.25,
            is_ceiling=True,
            comparison=f"{small.disk_each:,.0f} B of {small.people:,}",
        ),
        Figure(
            name="bytes written ahead for one recipient",
            measured=large.log_bytes / large.people,
            unit="B",
        ),
    ]


async def _send(
    databases: Databases,
    house: House,
    workers: list[Process],
    country: str,
    people: int,
) -> Bulk:
    """Send one advisory to a country, to its last message.

    Raises RuntimeError when somebody had no message or two.
    """
    await house.taken()
    before = await _sizes(house)
    parts = await _parts(databases, house, workers)
    broadcast = await approved(house, {"countries": [country]})
    busy_before = _busy(parts)
    early_memory, late_memory = await _memory_while_sending(house, workers[0], people)
    await _settled(house, broadcast)
    cores = _busy(parts)
    for name in cores:
        cores[name] -= busy_before[name]
    messages = await house.taken()
    _check(messages, people)
    after = await _sizes(house)
    return Bulk(
        people=people,
        rate=rate(messages),
        seconds=duration(messages),
        cores=cores,
        disk_bytes=after.disk_bytes - before.disk_bytes,
        log_bytes=after.log_bytes - before.log_bytes,
        rows=after.rows - before.rows,
        early_memory=early_memory,
        late_memory=late_memory,
    )


async def _memory_while_sending(house: House, worker: Process, people: int) -> tuple[float, float]:
    """Wait for a bulk; return the worker's MiB after 10 % of the messages and after all."""
    await house.until_taken(people // 10, BULK_TIMEOUT_SECONDS)
    early = memory(worker.pid)
    await house.until_taken(people, BULK_TIMEOUT_SECONDS)
    late = memory(worker.pid)
    return early / MEBIBYTE, late / MEBIBYTE


def _check(messages: Taken, people: int) -> None:
    """Check that everybody had one message."""
    chats = {chat for _moment, chat in messages}
    if len(messages) != people or len(chats) != people:
        raise RuntimeError(f"{len(messages)} messages for {people} people")


async def _parts(
    databases: Databases, house: House, workers: list[Process]
) -> dict[str, list[int]]:
    """Return the processes that take part in a bulk, by part."""
    redis = open_redis(house.env["REDIS_URL"])
    server = await redis.client.info("server")
    await redis.aclose()
    return {
        "workers": [worker.pid for worker in workers],
        "PostgreSQL": [databases.postmaster],
        "provider": [house.provider_process],
        "Valkey": [int(server["process_id"])],
    }


def _busy(parts: dict[str, list[int]]) -> dict[str, float]:
    """Return the seconds of a core that each part has used."""
    seconds: dict[str, float] = {}
    for name, processes in parts.items():
        seconds[name] = sum(map(worked, processes))
    return seconds


async def _sizes(house: House) -> Sizes:
    query = """
        SELECT pg_total_relation_size('outbound_messages') AS disk,
               pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS log,
               (SELECT count(*) FROM outbound_messages) AS messages
    """
    [sizes] = await house.rows(query)
    return Sizes(
        disk_bytes=float(sizes["disk"]),
        log_bytes=float(sizes["log"]),
        rows=sizes["messages"],
    )


async def _settled(house: House, broadcast: int) -> None:
    """Wait until the workers have stored the result of every message."""
    query = """
        SELECT count(*) FROM outbound_messages
        WHERE broadcast_id = $1 AND state IN ('queued', 'sending')
    """
    async with asyncio.timeout(BULK_TIMEOUT_SECONDS):
        while await house.number(query, broadcast):
            await asyncio.sleep(0.2)


async def _check_in(house: House) -> list[float]:
    """Press "safe" for many people at random moments; return the seconds to each reply."""
    registered = await house.chats(CHECK_INS * len(COUNTRIES))
    chats = registered[9 :: len(COUNTRIES)]  # people in SD: the bulk goes to TR
    updates = [pressed(chat, "/safe") for chat in chats]
    outcome = await house.post(updates, CONNECTIONS, CHECK_IN_RATE)
    replies = await house.replied(set(chats), BULK_TIMEOUT_SECONDS)
    return waits(outcome, updates, replies)


async def _check_in_during_bulk(house: House) -> list[float]:
    """Check in while a bulk goes out. Raises RuntimeError when the bulk ends before the replies."""
    await house.taken()
    broadcast = await approved(house, {"countries": ["TR"]})
    await house.until_taken(LARGE // 20, BULK_TIMEOUT_SECONDS)
    busy_waits = await _check_in(house)
    query = """
        SELECT count(*) FROM outbound_messages WHERE broadcast_id = $1 AND state = 'queued'
    """
    queued = await house.number(query, broadcast)
    if not queued:
        raise RuntimeError("the bulk was over before the replies")
    await _settled(house, broadcast)
    return busy_waits
