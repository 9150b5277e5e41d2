"""An advisory sent flat out: by one worker and by two, on Telegram and by SMS; replies meanwhile; what one costs."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from functools import partial

from bench.advising import approved, officers
from bench.bulk import rate
from bench.crowd import Crowd
from bench.databases import Databases
from bench.house import House, opened
from bench.machine import memory, worked
from bench.report import Figure, percentile
from bench.turns import waits
from bench.updates import pressed
from bot.runtime.redis import open_redis
from bot.runtime.settings import ROOT

MANY, FEW = 100_000, 10_000  # people in TR and in SD
SMS_PEOPLE = 50_000
SECONDS = 400.0  # until a bulk is given up
TALKING, ASKING = 500, 20  # check-ins during a bulk, and how many a second
CONNECTIONS = 40
PEER_MESSAGES = {"apprise": 3_000, "telegram-loop": 3_000, "telegram-gathered": 3_000}
SMS = {"TWILIO_ACCOUNT_SID": f"AC{1:032x}", "TWILIO_AUTH_TOKEN": "bench", "TWILIO_FROM": "+15005550006",
       "TWILIO_RATE": "1000000"}  # fmt: skip


@dataclass(frozen=True)
class Bulk:
    """What one bulk took: messages a second, seconds of a core by part, bytes, rows."""

    people: int
    rate: float
    seconds: float
    cores: dict[str, float]
    disk: float
    written: float
    rows: int
    memory: tuple[float, float]  # of the first worker, in MB: when 10 % and when all had left

    @property
    def cpu(self) -> float:
        """Milliseconds of a core that a recipient costs us: the workers and the database."""
        return (self.cores["workers"] + self.cores["PostgreSQL"]) / self.people * 1e3

    def shares(self) -> str:
        """How much of a core each part kept busy."""
        return (
            ", ".join(f"{name} {used / self.seconds:.2f}" for name, used in self.cores.items())
            + " of a core"
        )


async def measure(databases: Databases) -> list[Figure]:
    """Others at the same provider, Telegram by one worker and by two, replies meanwhile, then SMS."""
    url = await databases.crowded("sending", Crowd(MANY + FEW, ("TR",) * (MANY // FEW) + ("SD",)))
    async with opened(databases.place / "sending", url, databases.keys) as house:
        peers = {
            name: await _peer(house, name, messages) for name, messages in PEER_MESSAGES.items()
        }
        await officers(house)
        await house.web()
        first = await house.worker()
        send = partial(_send, databases, house)
        await send([first], "SD", FEW)  # what is loaded when first used
        few, one = await send([first], "SD", FEW), await send([first], "TR", MANY)
        calm, replies = await _asked(house), await _replies(house)
        two = await send([first, await house.worker("worker2")], "TR", MANY)
    by_sms = await _by_sms(databases)
    return [
        Figure("one worker, Telegram", one.rate, "/s", 3_000, beside=one.shares()),
        Figure("two workers", two.rate, "/s", beside=f"{two.rate / one.rate:.2f} × one; {two.shares()}"),
        Figure("one worker, SMS", by_sms.rate, "/s", 3_000, beside=by_sms.shares()),
        Figure(f"p95 of a reply, {ASKING} people/s, no bulk", percentile(calm, 95) * 1e3, "ms"),
        Figure(f"the same during a bulk of {MANY:,}", percentile(replies, 95) * 1e3, "ms", 300, most=True,
               beside=f"p50 {percentile(replies, 50) * 1e3:.0f} ms"),
        *_memory(one),
        *_costs(few, one),
        *(Figure(f"beside: {name}", found, "/s", beside=f"one worker of ours: {one.rate / found:.1f} ×")
          for name, found in peers.items()),
    ]  # fmt: skip


def _memory(bulk: Bulk) -> list[Figure]:
    early, late = bulk.memory
    return [
        Figure("memory of the worker when 10 % had left", early, "MB"),
        Figure(
            "the same when all had",
            late,
            "MB",
            early * 1.1,
            most=True,
            beside=f"{late / early:.2f} ×",
        ),
    ]


def _costs(few: Bulk, many: Bulk) -> list[Figure]:
    """Of one recipient; nothing may grow with the size by more than the noise of a machine."""
    before = f"{few.cpu:.3f} ms of {few.people:,}"
    return [
        Figure("CPU of one recipient, worker and database", many.cpu, "ms", few.cpu * 1.25, most=True, beside=before),
        Figure("rows of one recipient", many.rows / many.people, "", 1, most=True),
        Figure("bytes on disk of one recipient", many.disk / many.people, "B", few.disk / few.people * 1.25, most=True,
               beside=f"{few.disk / few.people:,.0f} B of {few.people:,}"),
        Figure("bytes written ahead for one recipient", many.written / many.people, "B"),
    ]  # fmt: skip


async def _send(
    databases: Databases, house: House, workers: list[Process], country: str, people: int
) -> Bulk:
    """One advisory to a country, to its last message. Raises RuntimeError when somebody had none or two."""
    await house.taken()
    disk, written, rows = await _sizes(house)
    parts = await _parts(databases, house, workers)
    broadcast = await approved(house, {"countries": [country]})
    before = {name: _busy(processes) for name, processes in parts.items()}
    await house.until_taken(people // 10, SECONDS)
    early = memory(workers[0].pid)
    await house.until_taken(people, SECONDS)
    late = memory(workers[0].pid)
    await _settled(house, broadcast)
    cores = {name: _busy(processes) - before[name] for name, processes in parts.items()}
    found = await house.taken()
    if len(found) != people or len({chat for _at, chat in found}) != people:
        raise RuntimeError(f"{len(found)} messages for {people} people")
    after = await _sizes(house)
    return Bulk(people, rate(found), found[-1][0] - found[0][0], cores, after[0] - disk, after[1] - written,
                int(after[2] - rows), (early / 2**20, late / 2**20))  # fmt: skip


async def _parts(
    databases: Databases, house: House, workers: list[Process]
) -> dict[str, list[int]]:
    """The processes of a bulk, by what they are."""
    redis = open_redis(house.env["REDIS_URL"])
    valkey = int((await redis.client.info("server"))["process_id"])
    await redis.aclose()
    ours = [worker.pid for worker in workers]
    return {
        "workers": ours,
        "PostgreSQL": [databases.postmaster],
        "provider": [house.provider_process],
        "Valkey": [valkey],
    }


def _busy(processes: list[int]) -> float:
    return sum(worked(process) for process in processes)


async def _sizes(house: House) -> tuple[float, float, float]:
    """Bytes of the messages with their indexes, bytes written ahead, rows."""
    [row] = await house.rows(
        "SELECT pg_total_relation_size('outbound_messages') AS disk, (SELECT count(*) FROM outbound_messages) AS rows,"
        " pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal"
    )
    return float(row["disk"]), float(row["wal"]), float(row["rows"])


async def _settled(house: House, broadcast: int) -> None:
    """Waits until what was sent is written down."""
    query = "SELECT count(*) AS left FROM outbound_messages WHERE broadcast_id = $1 AND state IN ('queued', 'sending')"
    async with asyncio.timeout(SECONDS):
        while (await house.rows(query, broadcast))[0]["left"]:
            await asyncio.sleep(0.2)


async def _asked(house: House) -> list[float]:
    """How long people wait who press "safe" at random moments, from then to the reply at the provider, in seconds."""
    chats = (await house.chats(TALKING * 11))[9::11]  # those of SD: the bulk goes to TR
    updates = [pressed(chat, "/safe") for chat in chats]
    outcome = await house.post(updates, CONNECTIONS, ASKING)
    found = await house.replied(set(chats), SECONDS)
    return waits(outcome, updates, found)


async def _replies(house: House) -> list[float]:
    """The same while a bulk goes out, begun when it is under way."""
    await house.taken()
    broadcast = await approved(house, {"countries": ["TR"]})
    await house.until_taken(MANY // 20, SECONDS)
    found = await _asked(house)
    if not (
        await house.rows(
            "SELECT 1 FROM outbound_messages WHERE broadcast_id = $1 AND state = 'queued'",
            broadcast,
        )
    ):
        raise RuntimeError("the bulk was over before the replies")
    await _settled(house, broadcast)
    return found


async def _by_sms(databases: Databases) -> Bulk:
    url = await databases.crowded("sending_sms", Crowd(SMS_PEOPLE, ("TR",), sms=100))
    async with opened(databases.place / "sending_sms", url, databases.keys, None, **SMS) as house:
        await officers(house)
        await house.web()
        return await _send(databases, house, [await house.worker()], "TR", SMS_PEOPLE)


async def _peer(house: House, name: str, messages: int) -> float:
    """Messages a second of another that sends."""
    await house.taken()
    command = [sys.executable, "-m", "bench.others", name, str(house.provider_port), str(messages)]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=PIPE)
    out, said = await process.communicate()
    found = await house.taken()
    if process.returncode or len({chat for _at, chat in found}) != messages:
        raise RuntimeError(f"{name} sent {len(found)} of {messages}:\n{said.decode()[-2000:]}")
    return messages / float(out)
