"""Advisories on the command line: two people write, submit and approve them, as officers do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bench.house import House

ARABIC = "إرشاد للمواطنين\n\nابقوا في أماكنكم واتصلوا بالسفارة عند الحاجة. نحن معكم.\n"
ENGLISH = (
    "Advice to nationals\n\n"
    "Stay where you are and call the embassy when in need. We are with you.\n"
)
FAN_OUT_TIMEOUT_SECONDS = 300.0
WRITER = "writer@example.org"
APPROVER = "approver@example.org"
ADVISORY_NUMBER = re.compile(r"^id: (\d+)$", re.MULTILINE)


async def officers(house: House) -> None:
    """Add an officer who writes and an officer who approves."""
    await house.tammen("staff", "add", WRITER, "--role", "hq_officer")
    await house.tammen("staff", "add", APPROVER, "--role", "approver")


async def approved(house: House, audience: Mapping[str, Any]) -> int:
    """Let two officers agree on an advisory; return the number of its broadcast.

    The workers begin to send at once.
    """
    advisory = await _draft(house, audience)
    await house.tammen("advisories", "submit", advisory, "--by", WRITER)
    code = await house.code(APPROVER)
    await house.tammen("advisories", "approve", advisory, "--by", APPROVER, "--code", code)
    query = "SELECT broadcast_id FROM advisories WHERE id = $1"
    return await house.number(query, int(advisory))


async def _draft(house: House, audience: Mapping[str, Any]) -> str:
    """Draft an advisory; return its number as the command printed it."""
    texts = {
        "en": ENGLISH,
        "ar": ARABIC,
        "audience": json.dumps(audience),
    }
    options: list[str] = []
    for name, text in texts.items():
        path = house.folder / name
        path.write_text(text, encoding="utf-8")
        options += [f"--{name}", str(path)]
    output = await house.tammen("advisories", "draft", *options, "--by", WRITER)
    match = ADVISORY_NUMBER.search(output)
    if match is None:
        raise RuntimeError(f"the draft has no number:\n{output}")
    return match[1]


async def fanned_out(house: House, broadcast: int) -> tuple[float, int]:
    """Wait for the end of the fan-out; return its seconds and the number of recipients.

    The seconds count from the first recipient's row to the last. Raises TimeoutError.
    """
    async with asyncio.timeout(FAN_OUT_TIMEOUT_SECONDS):
        ended = await _ended_at(house, broadcast)
        while ended is None:
            await asyncio.sleep(0.1)
            ended = await _ended_at(house, broadcast)
    query = """
        SELECT min(created_at) AS began_at, count(*) AS recipients
        FROM outbound_messages WHERE broadcast_id = $1
    """
    [counts] = await house.rows(query, broadcast)
    elapsed = ended - counts["began_at"]
    return elapsed.total_seconds(), counts["recipients"]


async def _ended_at(house: House, broadcast: int) -> datetime | None:
    query = "SELECT fanned_out_at FROM broadcasts WHERE id = $1"
    [progress] = await house.rows(query, broadcast)
    moment: datetime | None = progress["fanned_out_at"]
    return moment
