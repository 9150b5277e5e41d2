"""One-time links that set a password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import actor, require
from bot.models import Staff, StaffLink

LINK_LIFE = timedelta(hours=24)
LINK_TOKEN_BYTES = 24


async def first_link(session: AsyncSession, now: datetime) -> str | None:
    """Make a link for the first account and return its token; older such links end.

    None once there is an account.
    """
    if await session.scalar(select(func.count()).select_from(Staff)):
        return None
    await session.execute(delete(StaffLink).where(StaffLink.staff_id.is_(None)))
    return await make(session, None, now)


async def new_link(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    by: Staff | None,
) -> str:
    """Make a link that sets the account's password anew and return its token.

    Older links of the account end. Raises ConsularError.
    """
    if by is not None:
        require(by, "accounts")
    check(account)
    await session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    await trail.note(
        session,
        actor(by),
        "staff.link_made",
        actor(account),
        now,
    )
    return await make(session, account.id, now)


def check(account: Staff) -> None:
    """Refuse a link for an account that is blocked. Raises ConsularError."""
    if account.blocked_at is not None:
        raise ConsularError("The account is blocked already.")


async def make(
    session: AsyncSession,
    staff_id: int | None,
    now: datetime,
) -> str:
    """Make a link for an account, or for the first one, and return its token."""
    token = secrets.token_urlsafe(LINK_TOKEN_BYTES)
    link = StaffLink(
        token=digest(token),
        staff_id=staff_id,
        expires_at=now + LINK_LIFE,
    )
    session.add(link)
    await session.flush()
    return token


async def link_of(
    session: AsyncSession,
    token: str,
    now: datetime,
) -> StaffLink | None:
    """Lock the link of a token; None when it was used or has expired."""
    query = select(StaffLink).where(StaffLink.token == digest(token))
    link = await session.scalar(query.with_for_update())
    if link is None or link.used_at is not None:
        return None
    if link.expires_at <= now:
        return None
    return link


def digest(token: str) -> bytes:
    """Digest a token: the database never holds one that works."""
    return hashlib.sha256(token.encode()).digest()
