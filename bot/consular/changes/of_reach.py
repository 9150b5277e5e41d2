"""Changes of the reach of a country: what is checked when one is proposed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes.kinds import ReachChange
from bot.consular.reference import country_reach
from bot.consular.staff import roles
from bot.models import Staff


async def check(
    session: AsyncSession,
    staff: Staff,
    change: ReachChange,
    now: datetime,
) -> tuple[str, str | None]:
    """Return what a change is about, as in the audit trail, and its country.

    Raises ConsularError unless it can be done.
    """
    entered = change.cell(now.date())
    roles.require(staff, "posts", entered.country)
    await country_reach.check(session, entered)
    return f"reach:{entered.country}:{entered.property.value}", entered.country
