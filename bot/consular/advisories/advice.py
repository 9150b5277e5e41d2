"""What people are told when they ask: the advisories that hold now, for a country, whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.consular.advisories import lifecycle
from bot.consular.advisories.lifecycle import LIVE, OVER
from bot.consular.audiences import areas, rules
from bot.models import Advisory, AdvisoryKind, Person

_LOOKED_AT = 500  # valid advisories: far more than a ministry keeps at one time


async def for_country(
    session: AsyncSession, country: str, now: datetime, limit: int, asker: int | None = None
) -> list[Advisory]:
    """The advisories that hold in a country (alpha-2) now, the latest first; drills and withdrawals are none.

    What is for chosen people (tags, answers in a crisis) is told to them alone; `asker` is a person's id.
    """
    holds = (
        Advisory.state.in_(LIVE),
        Advisory.valid_until > now,
        Advisory.kind != AdvisoryKind.CANCEL,
    )
    real = Advisory.drill.is_(False)
    query = (
        select(Advisory)
        .where(*holds, real)
        .order_by(Advisory.approved_at.desc(), Advisory.id.desc())
    )
    found: list[Advisory] = []
    for row in await session.scalars(query.limit(_LOOKED_AT)):
        if len(found) < limit and await _is_for(session, row, country, now, asker):
            found.append(row)
    return found


async def is_being_corrected(
    session: AsyncSession, country: str, now: datetime, asker: int
) -> bool:
    """Whether advice for a country was taken back and the right words are still being written: not the same as none."""
    right = aliased(Advisory)
    unsent = (right.kind == AdvisoryKind.UPDATE, right.state.not_in((*LIVE, *OVER)))
    query = select(Advisory).join(right, right.corrects_id == Advisory.id).where(*unsent)
    taken_back = query.where(Advisory.valid_until > now, Advisory.drill.is_(False)).limit(
        _LOOKED_AT
    )
    return any(
        [
            await _is_for(session, row, country, now, asker)
            for row in await session.scalars(taken_back)
        ]
    )


async def _is_for(
    session: AsyncSession, advisory: Advisory, country: str, now: datetime, asker: int | None
) -> bool:
    where = await area(session, advisory)
    if country not in areas.countries_in(where):
        return False
    if not areas.is_narrow(where):
        return True
    chosen = rules.everyone_in(advisory.audience, now, drill=True).where(Person.id == asker)
    return asker is not None and await session.scalar(chosen) is not None


async def area(session: AsyncSession, advisory: Advisory) -> Mapping[str, Any]:
    """The audience; of a correction, that of the first one it goes back to."""
    return [advisory, *await lifecycle.corrected(session, advisory)][-1].audience
