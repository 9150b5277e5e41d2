"""What people are told when they ask: the advisories that hold now, for a country, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular import areas
from bot.consular.advisories import LIVE
from bot.models import Advisory, AdvisoryKind

_LOOKED_AT = 500  # valid advisories: far more than a ministry keeps at one time


async def for_country(session: AsyncSession, country: str, now: datetime, limit: int) -> list[Advisory]:
    """The advisories that hold in a country (alpha-2) now, the latest first; drills and withdrawals are none."""
    holds = (Advisory.state.in_(LIVE), Advisory.valid_until > now, Advisory.kind != AdvisoryKind.CANCEL)
    real = Advisory.drill.is_(False)
    query = select(Advisory).where(*holds, real).order_by(Advisory.approved_at.desc()).limit(_LOOKED_AT)
    found = [row for row in await session.scalars(query) if country in areas.countries_in(await area(session, row))]
    return found[:limit]


async def area(session: AsyncSession, advisory: Advisory) -> Mapping[str, Any]:
    """The audience; of a correction, that of the first one it goes back to."""
    seen = advisory
    while seen.corrects_id is not None:
        seen = await session.get_one(Advisory, seen.corrects_id)
    return seen.audience
