"""Sessions of the console: sign in, stay signed in, sign out."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import actor
from bot.consular.staff.tokens import _digest
from bot.models import Staff, StaffSession

SESSION_IDLE = timedelta(hours=12)


SESSION_LIFE = timedelta(days=7)


TOUCH_AFTER = timedelta(minutes=5)  # a page a second need not write a row a second


async def sign_in(session: AsyncSession, account: Staff, now: datetime) -> tuple[str, StaffSession]:
    """A session for an account whose password was right, and the token for the cookie."""
    if account.blocked_at is not None:
        raise ConsularError("This account may not do that.")
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        token=_digest(token),
        staff_id=account.id,
        csrf=secrets.token_urlsafe(24),
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    await session.flush()
    await trail.note(session, actor(account), "staff.signed_in", actor(account), now)
    return token, row


async def signed_in(
    session: AsyncSession, token: str, now: datetime
) -> tuple[Staff, StaffSession] | None:
    """The account and session of a cookie, or None when it ended. Only reads: `touch` keeps it alive."""
    query = (
        select(Staff, StaffSession)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(
            StaffSession.token == _digest(token),
            StaffSession.seen_at > now - SESSION_IDLE,
            StaffSession.created_at > now - SESSION_LIFE,
            Staff.blocked_at.is_(None),
        )
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else (row[0], row[1])


async def touch(session: AsyncSession, row: StaffSession, now: datetime) -> None:
    """Notes that the session is in use."""
    if now - row.seen_at > TOUCH_AFTER:
        await session.execute(
            update(StaffSession).where(StaffSession.id == row.id).values(seen_at=now)
        )


async def sign_out(session: AsyncSession, token: str) -> None:
    """Ends the session of a cookie."""
    await session.execute(delete(StaffSession).where(StaffSession.token == _digest(token)))
