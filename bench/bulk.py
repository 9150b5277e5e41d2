"""An advisory to fifty thousand people: the fan-out, then one worker without and with a pace."""

from __future__ import annotations

from bisect import bisect_left

from bench.advising import approved, fanned_out, officers
from bench.databases import Databases
from bench.house import House, Taken, load, opened
from bench.load import Job
from bench.report import Figure
from bot.embedded import child

PEOPLE = 50_000
UNLIMITED_MESSAGES = 30_000  # the worker sends the rest at the pace
PACE = 30.0  # messages a second, Telegram's limit
PACED_SECONDS = 21.0
SENDING_TIMEOUT_SECONDS = 120.0
STOP_TIMEOUT_SECONDS = 15.0
PROBES = 20_000
PROBE_CONNECTIONS = 64


async def measure(databases: Databases) -> list[Figure]:
    """Send one advisory that two people wrote and approved on the command line."""
    url = await databases.seeded("bulk", PEOPLE)
    async with opened(databases.place / "bulk", url, databases.keys) as house:
        await house.web()
        provider_rate = await _provider_rate(house)
        worker = await house.worker()
        await officers(house)
        broadcast = await approved(house, {"countries": ["TR"]})
        fan_out_seconds, _people = await fanned_out(house, broadcast)
        unlimited = await house.taken_until(_is_unlimited_over, SENDING_TIMEOUT_SECONDS)
        await child.stop(worker, STOP_TIMEOUT_SECONDS)
        await house.taken()
        await house.worker("paced", TELEGRAM_RATE=str(PACE))
        paced = await house.taken_until(_is_paced_over, SENDING_TIMEOUT_SECONDS)
        await _check(house)
    return [
        _fan_out(fan_out_seconds),
        *_sending(rate(unlimited), provider_rate),
        *_pace(paced),
    ]


def _fan_out(seconds: float) -> Figure:
    return Figure(
        name=f"{PEOPLE:,} recipients fanned out",
        measured=seconds,
        unit="s",
        target=5,
        is_ceiling=True,
    )


def _sending(worker_rate: float, provider_rate: float) -> list[Figure]:
    share = worker_rate / provider_rate
    return [
        Figure(
            name="sent by one worker",
            measured=worker_rate,
            unit="/s",
            target=1_500,
            comparison=f"{share:.2f} of what the provider takes",
        ),
        Figure("the provider alone takes", provider_rate, "/s"),
    ]


def _pace(messages: Taken) -> list[Figure]:
    deviation = abs(rate(messages) / PACE - 1)
    return [
        Figure(
            name=f"off a pace of {PACE:.0f}/s",
            measured=deviation * 100,
            unit="%",
            target=2,
            is_ceiling=True,
        ),
        Figure(
            name="most in any one second at that pace",
            measured=busiest(messages),
            unit="messages",
            target=PACE,
            is_ceiling=True,
        ),
    ]


def _is_unlimited_over(messages: Taken) -> bool:
    return len(messages) >= UNLIMITED_MESSAGES


def _is_paced_over(messages: Taken) -> bool:
    return bool(messages) and duration(messages) > PACED_SECONDS


async def _provider_rate(house: House) -> float:
    """Return the messages a second that the provider answers without Tammen."""
    job = Job(
        port=house.provider_port,
        path="/bot1/sendMessage",
        bodies=['{"chat_id": 1, "text": "."}'] * PROBES,
        headers={"Content-Type": "application/json"},
        connections=PROBE_CONNECTIONS,
    )
    outcome = await load(job)
    await house.taken()
    return PROBES / outcome.seconds


async def _check(house: House) -> None:
    """Check that everybody is a recipient, once."""
    query = """
        SELECT count(*) AS messages, count(DISTINCT person_id) AS people FROM outbound_messages
    """
    [counts] = await house.rows(query)
    messages = counts["messages"]
    people = counts["people"]
    if messages != PEOPLE or people != PEOPLE:
        raise RuntimeError(f"{messages} rows for {people} of {PEOPLE} recipients")


def duration(messages: Taken) -> float:
    """Return the seconds from the first message to the last."""
    began, _chat = messages[0]
    ended, _chat = messages[-1]
    return ended - began


def rate(messages: Taken) -> float:
    """Return the messages a second."""
    return (len(messages) - 1) / duration(messages)


def busiest(messages: Taken) -> int:
    """Return the most messages that arrived within one second, wherever that second begins."""
    moments = [moment for moment, _chat in messages]
    most = 0
    for number, moment in enumerate(moments):
        end = bisect_left(moments, moment + 1.0)
        most = max(most, end - number)
    return most
