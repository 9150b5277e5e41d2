"""The rates of other libraries that send to many chats, as `bench.others` runs them."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

from bench.house import House
from bench.report import Figure
from bot.runtime.settings import ROOT

PEER_MESSAGES = 3_000
PEERS = ("apprise", "telegram-loop", "telegram-gathered")


async def rates(house: House) -> dict[str, float]:
    """Return the messages a second of each library, sent to the provider of the house."""
    by_name: dict[str, float] = {}
    for name in PEERS:
        by_name[name] = await _rate(house, name)
    return by_name


async def _rate(house: House, name: str) -> float:
    """Return the messages a second that another library sends."""
    await house.taken()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.others",
        name,
        str(house.provider_port),
        str(PEER_MESSAGES),
        cwd=ROOT,
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    messages = await house.taken()
    chats = {chat for _moment, chat in messages}
    if process.returncode or len(chats) != PEER_MESSAGES:
        log = errors.decode()[-2000:]
        raise RuntimeError(f"{name} sent {len(messages)} of {PEER_MESSAGES}:\n{log}")
    return PEER_MESSAGES / float(output)


def figures(rates: dict[str, float], our_rate: float) -> list[Figure]:
    """Compare each library with one worker of ours."""
    comparisons: list[Figure] = []
    for name, peer_rate in rates.items():
        ratio = our_rate / peer_rate
        figure = Figure(
            name=f"beside: {name}",
            measured=peer_rate,
            unit="/s",
            comparison=f"one worker of ours: {ratio:.1f} ×",
        )
        comparisons.append(figure)
    return comparisons
