"""What an account has in hand: it goes back to nobody when the account can no longer act."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.staff.roles import actor
from bot.models import Case, CaseState, Staff


async def put_back(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    by: Staff | None,
) -> int:
    """Make the account's cases nobody's: they wait for a first look again. Return how many."""
    query = select(Case).where(Case.owner_id == account.id, Case.state == CaseState.TAKEN)
    cases = (await session.scalars(query.order_by(Case.id).with_for_update())).all()
    for case in cases:
        case.state = CaseState.OPEN
        case.owner_id = None
        case.taken_at = None
        case.seen_at = None
        await trail.note(
            session,
            actor(by),
            "case.put_back",
            f"case:{case.id}",
            now,
            account=actor(account),
        )
    await session.flush()
    return len(cases)
