"""Advisories that one officer sent alone, in an emergency, until a second person confirms them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.advisories import lifecycle
from bot.consular.errors import ConsularError
from bot.models import Advisory, Staff


async def unseen(session: AsyncSession) -> list[Advisory]:
    """List what one officer sent alone and no second person has confirmed, the oldest first."""
    is_unseen = (
        Advisory.override_reason.is_not(None),
        Advisory.approved_at.is_not(None),
        Advisory.override_seen_at.is_(None),
    )
    return list(await session.scalars(select(Advisory).where(*is_unseen).order_by(Advisory.id)))


async def acknowledge(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
) -> None:
    """Confirm, as a second person, what one officer sent alone. Raises ConsularError."""
    await lifecycle.lock(session, staff, advisory, "approve")
    if advisory.override_reason is None or advisory.override_seen_at is not None:
        raise ConsularError("There is nothing to confirm.")
    if staff.id == advisory.approved_by:
        raise ConsularError("Somebody other than the one who sent it must confirm.")
    advisory.override_seen_at, advisory.override_seen_by = now, staff.id
    await session.flush()
    await lifecycle.note(
        session,
        staff,
        "override_seen",
        advisory,
        now,
    )
