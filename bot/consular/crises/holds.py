"""Legal holds: while a case is on hold, neither retention nor an erasure removes its person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Case, Person, Staff
from bot.text.text import clean

MAX_REASON_CHARS = 500


async def hold(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    reason: str,
    now: datetime,
) -> None:
    """Put a case on hold, open or closed. Raises ConsularError."""
    await _lock(session, staff, case)
    if case.held_at is not None:
        raise ConsularError("The case is on hold already.")
    words = clean(reason, MAX_REASON_CHARS)
    if not words:
        raise ConsularError("Say why the case must be kept.")
    case.held_at = now
    case.held_by = staff.id
    case.hold_reason = words
    await session.flush()
    await trail.note(session, roles.actor(staff), "case.held", f"case:{case.id}", now)


async def release(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Lift the hold on a case; what waited for it is deleted by the next sweep.

    Raises ConsularError.
    """
    await _lock(session, staff, case)
    if case.held_at is None:
        raise ConsularError("The case is not on hold.")
    case.held_at = None
    case.held_by = None
    case.hold_reason = None
    await session.flush()
    await trail.note(session, roles.actor(staff), "case.released", f"case:{case.id}", now)


async def held(session: AsyncSession, limit: int = 100) -> list[Case]:
    """Return the cases on hold, the longest held first."""
    query = select(Case).where(Case.held_at.is_not(None))
    cases = await session.scalars(query.order_by(Case.held_at, Case.id).limit(limit))
    return list(cases)


async def _lock(session: AsyncSession, staff: Staff, case: Case) -> None:
    """Lock the person and the case: no erasure begins meanwhile. Raises ConsularError."""
    country = await session.scalar(
        select(Person.country).where(Person.id == case.person_id).with_for_update()
    )
    await session.refresh(case, with_for_update=True)
    roles.require(staff, "holds", country)
