"""Sessions of the console: sign in, stay signed in, sign out."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import actor
from bot.consular.staff.tokens import digest
from bot.models import Staff, StaffSession

SESSION_IDLE = timedelta(hours=12)
SESSION_LIFE = timedelta(days=7)
TOUCH_AFTER = timedelta(minutes=5)  # a page a second need not write a row a second
SESSION_TOKEN_BYTES = 32
CSRF_TOKEN_BYTES = 24


async def sign_in(
    session: AsyncSession,
    account: Staff,
    now: datetime,
) -> tuple[str, StaffSession]:
    """Begin a session of an account whose password was right; return the cookie's token and it.

    Raises ConsularError.
    """
    if account.blocked_at is not None:
        raise ConsularError("This account may not do that.")
    token = secrets.token_urlsafe(SESSION_TOKEN_BYTES)
    staff_session = StaffSession(
        token=digest(token),
        staff_id=account.id,
        csrf=secrets.token_urlsafe(CSRF_TOKEN_BYTES),
        created_at=now,
        seen_at=now,
    )
    session.add(staff_session)
    await session.flush()
    await trail.note(
        session,
        actor(account),
        "staff.signed_in",
        actor(account),
        now,
    )
    return token, staff_session


async def signed_in(
    session: AsyncSession,
    token: str,
    now: datetime,
) -> tuple[Staff, StaffSession] | None:
    """Return the account and the session of a cookie, or None when the session ended.

    It only reads: `touch` keeps the session alive.
    """
    query = (
        select(Staff, StaffSession)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(
            StaffSession.token == digest(token),
            StaffSession.seen_at > now - SESSION_IDLE,
            StaffSession.created_at > now - SESSION_LIFE,
            Staff.blocked_at.is_(None),
        )
    )
    signed = (await session.execute(query)).one_or_none()
    if signed is None:
        return None
    account, staff_session = signed
    return account, staff_session


async def touch(
    session: AsyncSession,
    staff_session: StaffSession,
    now: datetime,
) -> None:
    """Record that the session is in use, once in a while."""
    if now - staff_session.seen_at <= TOUCH_AFTER:
        return
    same = StaffSession.id == staff_session.id
    await session.execute(update(StaffSession).where(same).values(seen_at=now))


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the session of a cookie."""
    same = StaffSession.token == digest(token)
    await session.execute(delete(StaffSession).where(same))
