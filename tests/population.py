"""A population for tests: people as `tammen seed` makes them, who count as real ones do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Channel
from bot.models import Person
from bot.practice import seed


async def people(
    session: AsyncSession,
    number: int,
    countries: Sequence[str],
    channel: Channel,
    now: datetime,
    seed_number: int = 7,
) -> None:
    """Add people who count on every board and in every audience."""
    await seed.people(session, number, countries, channel, seed_number, now)
    await session.execute(update(Person).values(synthetic=False))
