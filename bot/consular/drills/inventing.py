"""Inventing: people for the parts of a cast, on numbers of nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.drills import seed, towns
from bot.consular.drills.cast import Part
from bot.consular.drills.seed import Columns
from bot.messages import Channel, Language


async def invent(
    session: AsyncSession,
    parts: Sequence[Part],
    seed_number: int,
    now: datetime,
) -> list[int]:
    """Add the people of a cast on numbers of nobody; return their ids in the same order."""
    random = Random(f"{seed_number} people")  # noqa: S311  # repeatable on purpose
    numbers = await seed.free_numbers(
        session,
        Channel.PHONE,
        len(parts),
    )
    batch: list[Columns] = []
    addresses: list[str] = []
    for part, number in zip(parts, numbers, strict=True):
        person = _person(part, random, now)
        address = _address(part, number)
        batch.append(person)
        addresses.append(address)
    person_ids: list[int] = []
    for first in range(0, len(batch), seed.SLICE_PEOPLE):
        last = first + seed.SLICE_PEOPLE
        person_ids += await seed.add(
            session,
            batch[first:last],
            addresses[first:last],
            Channel.PHONE,
            now,
        )
    return person_ids


def _person(
    part: Part,
    random: Random,
    now: datetime,
) -> Columns:
    country, _, _city = part.town.partition("/")
    town = towns.of(part.town)
    language: Language = "en" if part.tongue == "english" else "ar"
    return seed.person(
        random,
        country,
        town,
        language,
        now,
    )


def _address(part: Part, number: str) -> str:
    """Return a number of the phone page as the screen of the part writes it."""
    _screen, _, bare_number = number.rpartition(":")
    return f"{part.screen.value}:{bare_number}"
