"""Accounts of the console: roles, one-time links, sessions. Passwords arrive hashed (argon2id)."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular import audit
from bot.consular.errors import ConsularError
from bot.models import Role, Staff, StaffLink, StaffSession

LINK_LIFE = timedelta(hours=24)
SESSION_IDLE = timedelta(hours=12)
SESSION_LIFE = timedelta(days=7)
TOUCH_AFTER = timedelta(minutes=5)  # a page a second need not write a row a second

_OFFICER = frozenset({"board", "crises", "people", "cases", "posts", "advisories"})

# The first account of an installation is an admin's, so an admin can do all an officer can; but never approve.
PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.ADMIN: _OFFICER | {"accounts", "settings", "audit", "templates"},
    Role.HQ_OFFICER: _OFFICER | {"override", "templates"},
    Role.APPROVER: _OFFICER | {"approve", "override", "templates"},
    Role.POST_OFFICER: _OFFICER | {"override"},
    Role.AUDITOR: frozenset({"board", "audit"}),
}


def may(staff: Staff, permission: str) -> bool:
    """Whether the account holds the permission; a blocked one holds none."""
    return staff.blocked_at is None and permission in PERMISSIONS[staff.role]


def covers(staff: Staff, country: str | None) -> bool:
    """Whether the country is the account's business: a post officer has one, the others have all."""
    return staff.role is not Role.POST_OFFICER or (country is not None and country == staff.post_country)


def require(staff: Staff, permission: str, *countries: str | None) -> None:
    """Raises ConsularError unless the account holds the permission, for all these countries."""
    if not may(staff, permission):
        raise ConsularError("This account may not do that.")
    if not all(covers(staff, country) for country in countries):
        raise ConsularError("This account looks after {country} only.", country=staff.post_country)


def actor(staff: Staff) -> str:
    """The account as the audit trail writes it."""
    return f"staff:{staff.id}"


async def by_email(session: AsyncSession, email: str) -> Staff | None:
    """The account of an e-mail address, blocked ones too."""
    return await session.scalar(select(Staff).where(Staff.email_index == _folded(email)))


async def everyone(session: AsyncSession) -> list[Staff]:
    """All accounts, oldest first."""
    return list(await session.scalars(select(Staff).order_by(Staff.id)))


async def add(
    session: AsyncSession, email: str, role: Role, post_country: str | None, now: datetime, by: Staff | None
) -> tuple[Staff, str]:
    """A new account and the token of the one-time link that sets its password; `by` is None on the command line."""
    if by is not None:
        require(by, "accounts")
    if (role is Role.POST_OFFICER) != (post_country is not None):
        raise ConsularError("A post officer, and nobody else, needs a post.")
    await _refuse_taken(session, email)
    account = Staff(
        email=email.strip(), email_index=_folded(email), role=role, post_country=post_country, created_at=now
    )
    session.add(account)
    await session.flush()
    await audit.note(session, _by(by), "staff.added", actor(account), now, role=role.value, post=post_country)
    return account, await _link(session, account.id, now)


async def _refuse_taken(session: AsyncSession, email: str) -> None:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email.strip()) or len(email) > 200:
        raise ConsularError("That is not an e-mail address.")
    if await by_email(session, email) is not None:
        raise ConsularError("There is an account with this e-mail address already.")


async def block(session: AsyncSession, account: Staff, now: datetime, by: Staff | None) -> None:
    """The account can no longer sign in or act, from this moment; what it did stays."""
    if by is not None:
        require(by, "accounts")
    if account.blocked_at is not None:
        raise ConsularError("The account is blocked already.")
    account.blocked_at = now
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))
    await session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    await audit.note(session, _by(by), "staff.blocked", actor(account), now)


async def set_language(session: AsyncSession, account: Staff, language: str) -> None:
    """The language of the account's pages (`ar` or `en`)."""
    account.language = language
    await session.flush()


# One-time links


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
    await audit.note(session, _by(by), "staff.link_made", actor(account), now)
    return await _link(session, account.id, now)


async def _link(session: AsyncSession, staff_id: int | None, now: datetime) -> str:
    token = secrets.token_urlsafe(24)
    session.add(StaffLink(token=_digest(token), staff_id=staff_id, expires_at=now + LINK_LIFE))
    await session.flush()
    return token


async def link_of(session: AsyncSession, token: str, now: datetime) -> StaffLink | None:
    """The link of a token while it can be used."""
    link = await session.scalar(select(StaffLink).where(StaffLink.token == _digest(token)).with_for_update())
    return link if link is not None and link.used_at is None and link.expires_at > now else None


async def use_link(session: AsyncSession, token: str, email: str | None, password_hash: str, now: datetime) -> Staff:
    """Sets the password of the link's account, or makes the first account (an admin's, `email` needed). Only once."""
    link = await link_of(session, token, now)
    if link is None:
        raise ConsularError("This link has been used or has expired. Ask for a new one.")
    account = await session.get_one(Staff, link.staff_id) if link.staff_id else await _first(session, email, now)
    if account.blocked_at is not None:
        raise ConsularError("This account may not do that.")
    account.password = password_hash
    link.used_at = now
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))
    await audit.note(session, actor(account), "staff.password_set", actor(account), now)
    return account


async def _first(session: AsyncSession, email: str | None, now: datetime) -> Staff:
    if await session.scalar(select(func.count()).select_from(Staff)):
        raise ConsularError("This link has been used or has expired. Ask for a new one.")
    account, token = await add(session, email or "", Role.ADMIN, None, now, None)
    await session.execute(delete(StaffLink).where(StaffLink.token == _digest(token)))
    return account


# Sessions


async def sign_in(session: AsyncSession, account: Staff, now: datetime) -> tuple[str, StaffSession]:
    """A session for an account whose password was right, and the token for the cookie."""
    if account.blocked_at is not None:
        raise ConsularError("This account may not do that.")
    token = secrets.token_urlsafe(32)
    row = StaffSession(
        token=_digest(token), staff_id=account.id, csrf=secrets.token_urlsafe(24), created_at=now, seen_at=now
    )
    session.add(row)
    await session.flush()
    await audit.note(session, actor(account), "staff.signed_in", actor(account), now)
    return token, row


async def signed_in(session: AsyncSession, token: str, now: datetime) -> tuple[Staff, StaffSession] | None:
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
        await session.execute(update(StaffSession).where(StaffSession.id == row.id).values(seen_at=now))


async def sign_out(session: AsyncSession, token: str) -> None:
    """Ends the session of a cookie."""
    await session.execute(delete(StaffSession).where(StaffSession.token == _digest(token)))


def _folded(email: str) -> str:
    return email.strip().casefold()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _by(staff: Staff | None) -> str:
    return actor(staff) if staff is not None else audit.SYSTEM
