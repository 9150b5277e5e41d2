"""Failed sign-ins: how many an account had, for its owner and for admins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.staff import emails
from bot.models import Staff


async def note(session: AsyncSession, email: str, now: datetime) -> None:
    """Count a failed sign-in on the account of an address, if it has one."""
    of_account = Staff.email_index == emails.normalised(email)
    counted = update(Staff).where(of_account)
    await session.execute(
        counted.values(
            failed_sign_ins=Staff.failed_sign_ins + 1,
            failed_since=func.coalesce(Staff.failed_since, now),
        )
    )


async def clear(session: AsyncSession, account: Staff) -> None:
    """Begin to count anew: the owner has seen the failures."""
    same = Staff.id == account.id
    await session.execute(
        update(Staff).where(same).values(failed_sign_ins=0, failed_since=None),
    )
