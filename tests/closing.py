"""Closing a case, for tests that are about something else."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import handling
from bot.models import Case, CaseOutcome, Staff


async def close_case(session: AsyncSession, staff: Staff, case: Case, now: datetime) -> None:
    """Close a case of somebody who got what they asked for."""
    await handling.close(session, staff, case, CaseOutcome.ADVISED, "أُبلغ بما يفعل", now)
