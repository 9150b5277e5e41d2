"""The second person of a crisis: who saw that it was opened, and who approved its own words."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.crises import roll_call
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Broadcast, Crisis, CrisisState, Staff


async def unseen(session: AsyncSession) -> list[Crisis]:
    """Return the open crises that no second person has seen: real ones first, then the oldest."""
    query = select(Crisis).where(
        Crisis.state == CrisisState.OPEN,
        Crisis.reviewed_at.is_(None),
    )
    return list(await session.scalars(query.order_by(Crisis.drill, Crisis.id)))


async def acknowledge(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    now: datetime,
) -> None:
    """Confirm, as a second person, having seen that a crisis was opened. Raises ConsularError."""
    roles.require(staff, "approve")
    await session.refresh(crisis, with_for_update=True)
    if crisis.reviewed_at is not None:
        raise ConsularError("There is nothing to confirm.")
    if staff.id == crisis.opened_by:
        raise ConsularError("Somebody other than the one who opened it must confirm.")
    crisis.reviewed_at = now
    crisis.reviewed_by = staff.id
    await session.flush()
    await trail.note(session, roles.actor(staff), "crisis.reviewed", f"crisis:{crisis.id}", now)


async def approve_name(
    session: AsyncSession,
    crisis: Crisis,
    has_link: bool,
) -> None:
    """Let people read the officer's own words, which a second person approved.

    Whoever is asked from now on reads them; what was sent stays as it is.
    """
    crisis.public_names = dict(crisis.names)
    if crisis.broadcast_id is not None:
        broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
        question = roll_call.contents(crisis.public_names, has_link)
        broadcast.contents = fan_out.marked(question) if crisis.drill else question
    await session.flush()
