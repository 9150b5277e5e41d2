"""Advisories through the command line, written, submitted and approved by two people, as officers do it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from bench.house import House

ARABIC = "إرشاد للمواطنين\n\nابقوا في أماكنكم واتصلوا بالسفارة عند الحاجة. نحن معكم.\n"
ENGLISH = "Advice to nationals\n\nStay where you are and call the embassy when in need. We are with you.\n"
SECONDS = 300.0  # until a fan-out is given up
WRITER, APPROVER = "writer@example.org", "approver@example.org"


async def officers(house: House) -> None:
    """Two accounts."""
    await house.tammen("staff", "add", WRITER, "--role", "hq_officer")
    await house.tammen("staff", "add", APPROVER, "--role", "approver")


async def approved(house: House, audience: Mapping[str, Any]) -> int:
    """An advisory that two people agreed on: its broadcast's number. Workers begin at once."""
    files = {"en": ENGLISH, "ar": ARABIC, "audience": json.dumps(audience)}
    for name, text in files.items():
        (house.folder / name).write_text(text, encoding="utf-8")
    written = [word for name in files for word in (f"--{name}", str(house.folder / name))]
    said = await house.tammen("advisories", "draft", *written, "--by", WRITER)
    number = re.search(r"^id: (\d+)$", said, re.MULTILINE)
    assert number is not None, said
    await house.tammen("advisories", "submit", number[1], "--by", WRITER)
    await house.tammen("advisories", "approve", number[1], "--by", APPROVER)
    [row] = await house.rows("SELECT broadcast_id FROM advisories WHERE id = $1", int(number[1]))
    broadcast: int = row["broadcast_id"]
    return broadcast


async def fanned_out(house: House, broadcast: int) -> tuple[float, int]:
    """Seconds from the first row until every recipient has one, and how many they are."""
    whole = "SELECT fanned_out_at FROM broadcasts WHERE id = $1"
    async with asyncio.timeout(SECONDS):
        while (ended := (await house.rows(whole, broadcast))[0]["fanned_out_at"]) is None:
            await asyncio.sleep(0.1)
    rows = "SELECT min(created_at) AS began, count(*) AS people FROM outbound_messages WHERE broadcast_id = $1"
    [row] = await house.rows(rows, broadcast)
    return (ended - row["began"]).total_seconds(), row["people"]
