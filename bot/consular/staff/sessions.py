"""Sessions of the console: sign in, stay signed in, prove it again, sign out.

A session is half open while a second factor is awaited: it opens nothing but the page that asks
for it. Whoever proves again who they are gets a new token, so an older one is of no use.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import actor
from bot.consular.staff.tokens import digest
from bot.models import Staff, StaffSession

SESSION_IDLE = timedelta(minutes=30)  # as ASVS 3.3.2 asks, and twelve hours in all
SESSION_LIFE = timedelta(hours=12)
LONGEST_IDLE = timedelta(hours=12)  # that a setting may allow; then the row goes
LONGEST_LIFE = timedelta(days=7)
HALF_OPEN_LIFE = timedelta(minutes=10)
TOUCH_AFTER = timedelta(minutes=1)  # a page a second need not write a row a second
SESSION_TOKEN_BYTES = 32
CSRF_TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lives without use, and in all."""

    idle: timedelta = SESSION_IDLE
    life: timedelta = SESSION_LIFE


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session was begun, coarsely: "Firefox, Linux" and "192.0.2.0/24"."""

    browser: str | None = None
    network: str | None = None


DEFAULT_LIMITS = Limits()
UNKNOWN_ORIGIN = Origin()


async def sign_in(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    origin: Origin = UNKNOWN_ORIGIN,
) -> tuple[str, StaffSession]:
    """Begin a session of an account that proved all it must; return the cookie's token and it.

    Raises ConsularError.
    """
    token, staff_session = await half_sign_in(session, account, now, origin)
    staff_session.verified_at = now
    await _note_sign_in(session, account, now)
    return token, staff_session


async def half_sign_in(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    origin: Origin = UNKNOWN_ORIGIN,
) -> tuple[str, StaffSession]:
    """Begin a session of an account whose password was right; a second factor opens it.

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
        confirmed_at=now,
        browser=origin.browser,
        network=origin.network,
    )
    session.add(staff_session)
    await session.flush()
    return token, staff_session


async def _note_sign_in(session: AsyncSession, account: Staff, now: datetime) -> None:
    await trail.note(
        session,
        actor(account),
        "staff.signed_in",
        actor(account),
        now,
    )


async def signed_in(
    session: AsyncSession,
    token: str,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Staff, StaffSession] | None:
    """Return the account and the session of a cookie, or None when it ended or is half open.

    It only reads: `touch` keeps the session alive.
    """
    account_and_session = await of_token(session, token, now, limits)
    if account_and_session is None or account_and_session[1].verified_at is None:
        return None
    return account_and_session


async def of_token(
    session: AsyncSession,
    token: str,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Staff, StaffSession] | None:
    """Return the account and the session of a cookie, a half-open one too; None when it ended."""
    query = (
        select(Staff, StaffSession)
        .join(StaffSession, StaffSession.staff_id == Staff.id)
        .where(
            StaffSession.token == digest(token),
            StaffSession.seen_at > now - limits.idle,
            StaffSession.created_at > now - limits.life,
            Staff.blocked_at.is_(None),
        )
    )
    signed = (await session.execute(query)).one_or_none()
    if signed is None:
        return None
    account, staff_session = signed
    is_half_open = staff_session.verified_at is None
    if is_half_open and now - staff_session.created_at >= HALF_OPEN_LIFE:
        return None
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


async def verify(
    session: AsyncSession,
    account: Staff,
    staff_session: StaffSession,
    now: datetime,
) -> str:
    """Open a half-open session, whose second factor was right; return its new token."""
    same = StaffSession.id == staff_session.id
    await session.execute(update(StaffSession).where(same).values(verified_at=now))
    await _note_sign_in(session, account, now)
    return await renew(session, staff_session, now)


async def renew(
    session: AsyncSession,
    staff_session: StaffSession,
    now: datetime,
) -> str:
    """Record that the owner just proved who they are; return the session's new token."""
    token = secrets.token_urlsafe(SESSION_TOKEN_BYTES)
    same = StaffSession.id == staff_session.id
    renewed = update(StaffSession).where(same)
    renewed = renewed.values(token=digest(token), confirmed_at=now, challenge=None)
    await session.execute(renewed)
    return token


async def of_account(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> list[StaffSession]:
    """Return the open sessions of an account, the one used last first."""
    query = select(StaffSession).where(
        StaffSession.staff_id == account.id,
        StaffSession.seen_at > now - limits.idle,
        StaffSession.created_at > now - limits.life,
        StaffSession.verified_at.is_not(None),
    )
    return list(await session.scalars(query.order_by(StaffSession.seen_at.desc())))


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the session of a cookie."""
    same = StaffSession.token == digest(token)
    await session.execute(delete(StaffSession).where(same))


async def end(session: AsyncSession, account: Staff, session_id: int) -> None:
    """End one session of an account; what is another account's stays."""
    of_owner = StaffSession.staff_id == account.id
    same = StaffSession.id == session_id
    await session.execute(delete(StaffSession).where(of_owner, same))


async def end_others(
    session: AsyncSession,
    account: Staff,
    staff_session: StaffSession | None,
) -> None:
    """End all sessions of an account but this one; all of them for None."""
    others = delete(StaffSession).where(StaffSession.staff_id == account.id)
    if staff_session is not None:
        others = others.where(StaffSession.id != staff_session.id)
    await session.execute(others)
