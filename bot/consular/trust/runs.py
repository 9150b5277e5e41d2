"""Runs of the retention: the proof that it ran, and how many rows of each rule it removed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import RetentionRun

SUMMED = timedelta(days=30)  # for the sums that the console shows


async def latest(session: AsyncSession, limit: int) -> list[RetentionRun]:
    """Return the latest runs, the newest first."""
    query = select(RetentionRun).order_by(RetentionRun.at.desc(), RetentionRun.id.desc())
    return list(await session.scalars(query.limit(limit)))


async def removed_since(session: AsyncSession, moment: datetime) -> Counter[str]:
    """Sum what the runs since then removed, by rule."""
    removed: Counter[str] = Counter()
    counts_of_runs = await session.scalars(
        select(RetentionRun.counts).where(RetentionRun.at > moment)
    )
    for counts in counts_of_runs:
        removed.update(counts)
    return removed
