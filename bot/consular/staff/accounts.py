"""Accounts of the console. Passwords arrive hashed (argon2id)."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import _by, actor, require
from bot.consular.staff.tokens import _digest, _link, link_of
from bot.models import Role, Staff, StaffLink, StaffSession


async def by_email(session: AsyncSession, email: str) -> Staff | None:
    """The account of an e-mail address, blocked ones too."""
    return await session.scalar(select(Staff).where(Staff.email_index == _folded(email)))


async def everyone(session: AsyncSession) -> list[Staff]:
    """All accounts, oldest first."""
    return list(await session.scalars(select(Staff).order_by(Staff.id)))


async def add(
    session: AsyncSession,
    email: str,
    role: Role,
    post_country: str | None,
    now: datetime,
    by: Staff | None,
) -> tuple[Staff, str]:
    """A new account and the token of the one-time link that sets its password; `by` is None on the command line."""
    if by is not None:
        require(by, "accounts")
    if (role is Role.POST_OFFICER) != (post_country is not None):
        raise ConsularError("A post officer, and nobody else, needs a post.")
    await _refuse_taken(session, email)
    account = Staff(
        email=email.strip(),
        email_index=_folded(email),
        role=role,
        post_country=post_country,
        created_at=now,
    )
    session.add(account)
    await session.flush()
    await trail.note(
        session, _by(by), "staff.added", actor(account), now, role=role.value, post=post_country
    )
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
    await trail.note(session, _by(by), "staff.blocked", actor(account), now)


async def set_language(session: AsyncSession, account: Staff, language: str) -> None:
    """The language of the account's pages (`ar` or `en`)."""
    account.language = language
    await session.flush()


# One-time links


async def use_link(
    session: AsyncSession, token: str, email: str | None, password_hash: str, now: datetime
) -> Staff:
    """Sets the password of the link's account, or makes the first account (an admin's, `email` needed). Only once."""
    link = await link_of(session, token, now)
    if link is None:
        raise ConsularError("This link has been used or has expired. Ask for a new one.")
    account = (
        await session.get_one(Staff, link.staff_id)
        if link.staff_id
        else await _first(session, email, now)
    )
    if account.blocked_at is not None:
        raise ConsularError("This account may not do that.")
    account.password = password_hash
    link.used_at = now
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))
    await trail.note(session, actor(account), "staff.password_set", actor(account), now)
    return account


async def _first(session: AsyncSession, email: str | None, now: datetime) -> Staff:
    if await session.scalar(select(func.count()).select_from(Staff)):
        raise ConsularError("This link has been used or has expired. Ask for a new one.")
    account, token = await add(session, email or "", Role.ADMIN, None, now, None)
    await session.execute(delete(StaffLink).where(StaffLink.token == _digest(token)))
    return account


# Sessions


def _folded(email: str) -> str:
    return email.strip().casefold()
