"""Which advisories an account may see: a post sees its own, and those for people it looks after."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle, ownership
from bot.consular.audiences import rules
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Advisory, AdvisoryState, Role, Staff

SLICE_ADVISORIES = 200
MAX_LIVE = 100
ON_THEIR_WAY = (
    AdvisoryState.SUBMITTED,
    AdvisoryState.APPROVED,
    AdvisoryState.SCHEDULED,
    AdvisoryState.SENDING,
)


async def get(session: AsyncSession, staff: Staff, advisory_id: int) -> Advisory:
    """Return an advisory that the account may see. Raises ConsularError."""
    advisory = await lifecycle.get(session, advisory_id)
    if not await may_see(session, staff, advisory):
        raise ConsularError("There is no such advisory.")
    return advisory


async def live(session: AsyncSession, staff: Staff, now: datetime) -> list[Advisory]:
    """List what is on its way or holds now, of what the account may see, the latest first."""
    holds = or_(Advisory.valid_until.is_(None), Advisory.valid_until > now)
    is_live = Advisory.state.in_(ON_THEIR_WAY) | ((Advisory.state == AdvisoryState.SENT) & holds)
    query = select(Advisory).where(is_live).order_by(Advisory.id.desc()).limit(MAX_LIVE)
    advisories: list[Advisory] = []
    for advisory in await session.scalars(query):
        if await may_see(session, staff, advisory):
            advisories.append(advisory)
    return advisories


async def recent(
    session: AsyncSession,
    staff: Staff,
    before: int | None = None,
    limit: int = lifecycle.RECENT_ADVISORIES,
) -> list[Advisory]:
    """List the advisories that the account may see, the latest first; only those before an id."""
    visible: list[Advisory] = []
    while True:
        advisories = await _slice(session, before)
        for advisory in advisories:
            if await may_see(session, staff, advisory):
                visible.append(advisory)
            if len(visible) >= limit:
                return visible
        if len(advisories) < SLICE_ADVISORIES:
            return visible
        before = advisories[-1].id


async def _slice(session: AsyncSession, before: int | None) -> list[Advisory]:
    query = select(Advisory).order_by(Advisory.id.desc()).limit(SLICE_ADVISORIES)
    if before is not None:
        query = query.where(Advisory.id < before)
    return list(await session.scalars(query))


async def may_see(session: AsyncSession, staff: Staff, advisory: Advisory) -> bool:
    """Tell whether an advisory is of the account's post, or for people whom the post looks after.

    The audience of a correction says only who got the wrong one: the first advisory's counts.
    """
    if staff.role is not Role.POST_OFFICER:
        return True
    if await ownership.is_of_post(session, staff, advisory):
        return True
    chain = [advisory, *await ownership.corrected(session, advisory)]
    audience = chain[-1].audience
    if not audience:
        return False
    countries = rules.countries_of(audience)
    return countries is None or any(roles.covers(staff, country) for country in countries)
