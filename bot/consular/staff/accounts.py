"""Accounts of the console. Passwords arrive hashed (argon2id)."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import N_, ConsularError
from bot.consular.staff import duties, emails, scopes, tokens
from bot.consular.staff.roles import actor, require
from bot.models import Role, Staff, StaffLink, StaffSession

MAX_EMAIL_CHARS = 200
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LINK_ENDED = N_("This link has been used or has expired. Ask for a new one.")


async def by_email(session: AsyncSession, email: str) -> Staff | None:
    """Return the account of an e-mail address, also when it is blocked."""
    query = select(Staff).where(Staff.email_index == _folded(email))
    return await session.scalar(query)


async def everyone(session: AsyncSession) -> list[Staff]:
    """Return all accounts, oldest first."""
    accounts = await session.scalars(select(Staff).order_by(Staff.id))
    return list(accounts)


async def addresses(session: AsyncSession) -> dict[int, str]:
    """Return the address of every account by its number: what staff are called on pages."""
    return {account.id: account.email for account in await everyone(session)}


async def get(session: AsyncSession, staff_id: int) -> Staff:
    """Return the account of a number. Raises ConsularError."""
    account = await session.get(Staff, staff_id)
    if account is None:
        raise ConsularError("There is no such account.")
    return account


async def check(
    session: AsyncSession,
    email: str,
    role: Role,
    post_country: str | None,
    post_id: int | None = None,
) -> None:
    """Refuse an account that cannot be added. Raises ConsularError."""
    needs_post = role is Role.POST_OFFICER
    if needs_post != (post_country is not None):
        raise ConsularError("A post officer, and nobody else, needs a post.")
    if post_country is not None:
        await scopes.check_open(session, post_country, post_id)
    await _check_email(session, email)


async def add(
    session: AsyncSession,
    email: str,
    role: Role,
    post_country: str | None,
    now: datetime,
    by: Staff | None,
    post_id: int | None = None,
) -> tuple[Staff, str]:
    """Add an account; return it and the token of the one-time link that sets its password.

    `post_id`: the account's own post, where its country has several. `by` is None on the
    command line. Raises ConsularError.
    """
    if by is not None:
        require(by, "accounts")
    await check(session, email, role, post_country, post_id)
    account = Staff(
        email=email.strip(),
        email_index=_folded(email),
        role=role,
        post_country=post_country,
        created_at=now,
    )
    session.add(account)
    await session.flush()
    await scopes.begin(session, account, post_id)
    await trail.note(
        session,
        actor(by),
        "staff.added",
        actor(account),
        now,
        role=role.value,
        post=post_country,
    )
    token = await tokens.make(session, account.id, now)
    return account, token


async def _check_email(session: AsyncSession, email: str) -> None:
    """Refuse what is no e-mail address, and one that has an account. Raises ConsularError."""
    is_email = _EMAIL.fullmatch(email.strip()) is not None
    if not is_email or len(email) > MAX_EMAIL_CHARS:
        raise ConsularError("That is not an e-mail address.")
    if await by_email(session, email) is not None:
        raise ConsularError("There is an account with this e-mail address already.")


async def block(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    by: Staff | None,
) -> None:
    """End the account's sessions and links; from now on it can do nothing. Raises ConsularError.

    What the account did stays; its cases are nobody's again.
    """
    if by is not None:
        require(by, "accounts")
    if account.blocked_at is not None:
        raise ConsularError("The account is blocked already.")
    await revoke(session, account, now, by)


async def revoke(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    by: Staff | None,
) -> None:
    """End the account's sessions and links, as an act that two people agreed on: its post closed.

    What the account did stays; its cases are nobody's again.
    """
    account.blocked_at = now
    await _end_sessions(session, account)
    await session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))
    await trail.note(
        session,
        actor(by),
        "staff.blocked",
        actor(account),
        now,
    )
    await duties.put_back(session, account, now, by)


async def set_language(
    session: AsyncSession,
    account: Staff,
    language: str,
) -> None:
    """Set the language of the account's pages (`ar` or `en`)."""
    account.language = language
    await session.flush()


# --- one-time links ---


async def use_link(
    session: AsyncSession,
    token: str,
    email: str | None,
    password_hash: str,
    now: datetime,
) -> Staff:
    """Set the password of the link's account; a link works once. Raises ConsularError.

    A link without an account makes the first account, an admin's, and needs `email`.
    """
    link = await tokens.link_of(session, token, now)
    if link is None:
        raise ConsularError(_LINK_ENDED)
    if link.staff_id is None:
        account = await _first_account(session, email, now)
    else:
        account = await session.get_one(Staff, link.staff_id)
    if account.blocked_at is not None:
        raise ConsularError("This account may not do that.")
    account.password = password_hash
    link.used_at = now
    await _end_sessions(session, account)
    await trail.note(
        session,
        actor(account),
        "staff.password_set",
        actor(account),
        now,
    )
    return account


async def _first_account(
    session: AsyncSession,
    email: str | None,
    now: datetime,
) -> Staff:
    if await session.scalar(select(func.count()).select_from(Staff)):
        raise ConsularError(_LINK_ENDED)
    account, token = await add(
        session,
        email or "",
        Role.ADMIN,
        None,
        now,
        None,
    )
    # The link that made the account sets its password; it needs no second one.
    link = StaffLink.token == tokens.digest(token)
    await session.execute(delete(StaffLink).where(link))
    return account


async def _end_sessions(session: AsyncSession, account: Staff) -> None:
    of_account = StaffSession.staff_id == account.id
    await session.execute(delete(StaffSession).where(of_account))


def is_same_address(email: str, other: str) -> bool:
    """Tell whether two e-mail addresses are those of one account."""
    return _folded(email) == _folded(other)


def _folded(email: str) -> str:
    return emails.normalised(email)
