"""One-time links that set a password."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import _by, actor, require
from bot.models import Staff, StaffLink

LINK_LIFE = timedelta(hours=24)


async def first_link(session: AsyncSession, now: datetime) -> str | None:
    """The token of a fresh link that makes the first account; None once there is one. Older such links end."""
    if await session.scalar(select(func.count()).select_from(Staff)):
        return None
    await session.execute(delete(StaffLink).where(StaffLink.staff_id.is_(None)))
    return await _link(session, None, now)


async def new_link(session: AsyncSession, account: Staff, now: datetime, by: Staff | None) -> str:
    """The token of a link to set the password anew; older links of the account end."""
    if by is not None:
        require(by, "accounts")
    if account.blocked_at is not None:
        raise ConsularError("The account is blocked already.")
    await session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    await trail.note(session, _by(by), "staff.link_made", actor(account), now)
    return await _link(session, account.id, now)


async def _link(session: AsyncSession, staff_id: int | None, now: datetime) -> str:
    token = secrets.token_urlsafe(24)
    session.add(StaffLink(token=_digest(token), staff_id=staff_id, expires_at=now + LINK_LIFE))
    await session.flush()
    return token


async def link_of(session: AsyncSession, token: str, now: datetime) -> StaffLink | None:
    """The link of a token while it can be used."""
    link = await session.scalar(
        select(StaffLink).where(StaffLink.token == _digest(token)).with_for_update()
    )
    return link if link is not None and link.used_at is None and link.expires_at > now else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
