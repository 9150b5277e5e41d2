"""What people learn when they ask: the advisories that hold now in a country."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.consular.advisories import ownership
from bot.consular.advisories.lifecycle import LIVE, OVER
from bot.consular.audiences import areas, selection
from bot.consular.audiences.areas import PostCountries
from bot.consular.reference import posts
from bot.models import Advisory, AdvisoryKind, Person

MAX_ADVISORIES = 500  # that hold at one time: far more than a ministry has


async def for_country(
    session: AsyncSession,
    country: str,
    now: datetime,
    limit: int,
    asker: int | None = None,
) -> list[Advisory]:
    """List the advisories that hold in a country (alpha-2) now, the latest first.

    Drills and withdrawals are none. What is for chosen people (tags, answers in a crisis) is for
    them alone; `asker` is the id of the person who asks.
    """
    post_countries = await posts.countries(session)
    advisories: list[Advisory] = []
    for advisory in await _holding(session, now):
        if len(advisories) == limit:
            break
        if await _is_for(
            session,
            advisory,
            country,
            post_countries,
            now,
            asker,
        ):
            advisories.append(advisory)
    return advisories


async def _holding(session: AsyncSession, now: datetime) -> list[Advisory]:
    query = (
        select(Advisory)
        .where(
            Advisory.state.in_(LIVE),
            Advisory.valid_until > now,
            Advisory.kind != AdvisoryKind.CANCEL,
            Advisory.drill.is_(False),
        )
        .order_by(Advisory.approved_at.desc(), Advisory.id.desc())
        .limit(MAX_ADVISORIES)
    )
    return list(await session.scalars(query))


async def is_being_corrected(
    session: AsyncSession,
    country: str,
    now: datetime,
    asker: int,
) -> bool:
    """Whether advice for a country was stopped and its correction is being written.

    That is not the same as no advice.
    """
    post_countries = await posts.countries(session)
    for advisory in await _being_corrected(session, now):
        if await _is_for(
            session,
            advisory,
            country,
            post_countries,
            now,
            asker,
        ):
            return True
    return False


async def _being_corrected(session: AsyncSession, now: datetime) -> list[Advisory]:
    correction = aliased(Advisory)
    query = (
        select(Advisory)
        .join(correction, correction.corrects_id == Advisory.id)
        .where(
            correction.kind == AdvisoryKind.UPDATE,
            correction.state.not_in((*LIVE, *OVER)),
            Advisory.valid_until > now,
            Advisory.drill.is_(False),
        )
        .limit(MAX_ADVISORIES)
    )
    return list(await session.scalars(query))


async def _is_for(
    session: AsyncSession,
    advisory: Advisory,
    country: str,
    post_countries: PostCountries,
    now: datetime,
    asker: int | None,
) -> bool:
    """Whether an advisory is for this country and, where it is for chosen people, for the asker."""
    rule = await area(session, advisory)
    if country not in areas.countries_in(rule, post_countries):
        return False
    if not areas.is_narrow(rule):
        return True
    if asker is None:
        return False
    await selection.prepare(session, advisory.audience)
    is_in_audience = selection.everyone_in(advisory.audience, now, drill=True)
    is_asker = Person.id == asker
    return await session.scalar(is_in_audience.where(is_asker)) is not None


async def area(session: AsyncSession, advisory: Advisory) -> Mapping[str, Any]:
    """Return the audience; of a correction, that of the first advisory it goes back to."""
    chain = [advisory, *await ownership.corrected(session, advisory)]
    return chain[-1].audience
