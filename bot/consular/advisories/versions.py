"""Versions of an advisory: everything it ever said, and to whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import wording
from bot.models import Advisory, AdvisoryVersion, Staff


async def keep(
    session: AsyncSession,
    advisory: Advisory,
    staff: Staff | None,
    now: datetime,
) -> None:
    """Keep what an advisory says now as its next version."""
    advisory.version += 1
    version = AdvisoryVersion(
        advisory_id=advisory.id,
        number=advisory.version,
        saved_at=now,
        saved_by=staff.id if staff else None,
        content=wording.snapshot(advisory),
    )
    session.add(version)
    await session.flush()


async def of(session: AsyncSession, advisory: Advisory) -> list[AdvisoryVersion]:
    """List the versions of an advisory, the latest first."""
    query = (
        select(AdvisoryVersion)
        .where(AdvisoryVersion.advisory_id == advisory.id)
        .order_by(AdvisoryVersion.number.desc())
    )
    return list(await session.scalars(query))
