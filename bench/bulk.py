"""An advisory to fifty thousand people: fanned out, sent flat out by one worker, then at the provider's pace."""

from __future__ import annotations

from bisect import bisect_left

from bench.advising import approved, fanned_out, officers
from bench.databases import Databases
from bench.house import House, Taken, load, opened
from bench.load import Job
from bench.report import Figure
from bot.embedded import child

PEOPLE = 50_000
FLAT_OUT = 30_000  # messages sent without limits; the rest go at the pace
PACE = 30.0  # messages a second, what Telegram allows
PACED_SECONDS = 21.0
SECONDS = 120.0  # until a measurement is given up
PROBES = 20_000


async def measure(databases: Databases) -> list[Figure]:
    """One advisory through the command line, submitted and approved by two people."""
    url = await databases.seeded("bulk", PEOPLE)
    async with opened(databases.place / "bulk", url, databases.keys) as house:
        await house.web()
        ceiling = await _ceiling(house)
        worker = await house.worker()
        await officers(house)
        fan_out, _people = await fanned_out(house, await approved(house, {"countries": ["TR"]}))
        flat_out = await house.taken_until(lambda found: len(found) >= FLAT_OUT, SECONDS)
        await child.stop(worker, 15.0)
        await house.taken()
        await house.worker("paced", TELEGRAM_RATE=str(PACE))
        paced = await _paced(house)
        await _check(house)
    sends = rate(flat_out)
    return [
        Figure(f"{PEOPLE:,} recipients fanned out", fan_out, "s", 5, most=True),
        Figure(
            "sent by one worker",
            sends,
            "/s",
            1_500,
            beside=f"{sends / ceiling:.2f} of what the provider takes",
        ),
        Figure("the provider alone takes", ceiling, "/s"),
        Figure(f"off a pace of {PACE:.0f}/s", abs(rate(paced) / PACE - 1) * 100, "%", 2, most=True),
        Figure(
            "most in any one second at that pace", busiest(paced), "messages", PACE + 2, most=True
        ),
    ]


async def _ceiling(house: House) -> float:
    """What the provider answers by itself."""
    headers = {"Content-Type": "application/json"}
    job = Job(
        house.provider_port,
        "/bot1/sendMessage",
        ['{"chat_id": 1, "text": "."}'] * PROBES,
        headers,
        64,
    )
    outcome = await load(job)
    await house.taken()
    return PROBES / (outcome.ended - outcome.began)


async def _paced(house: House) -> Taken:
    """What was sent at the pace."""
    return await house.taken_until(
        lambda found: bool(found) and found[-1][0] - found[0][0] > PACED_SECONDS, SECONDS
    )


async def _check(house: House) -> None:
    """Everybody is a recipient, once."""
    [row] = await house.rows(
        "SELECT count(*) AS rows, count(DISTINCT person_id) AS people FROM outbound_messages"
    )
    if (row["rows"], row["people"]) != (PEOPLE, PEOPLE):
        raise RuntimeError(f"{row['rows']} rows for {row['people']} of {PEOPLE} recipients")


def rate(taken: Taken) -> float:
    """Messages a second."""
    return (len(taken) - 1) / (taken[-1][0] - taken[0][0])


def busiest(taken: Taken) -> int:
    """The most that arrived within one second, wherever it begins."""
    moments = [at for at, _chat in taken]
    return max(bisect_left(moments, at + 1.0) - number for number, at in enumerate(moments))
