"""Changes of accounts: what is checked when one is proposed, and the link that each makes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes.kinds import NewAccount
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, roles, tokens
from bot.models import Change, ChangeKind, ChangeState, Staff


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that a change made: whose, and its token."""

    account: Staff
    token: str


async def check(session: AsyncSession, change: NewAccount) -> None:
    """Raise ConsularError unless the account can be added, and waits nowhere."""
    await accounts.check(
        session,
        change.email,
        change.role,
        change.post_country,
        change.post_id,
    )
    await _check_not_proposed(session, change.email)


async def _check_not_proposed(session: AsyncSession, email: str) -> None:
    """Raise ConsularError when an account of this address waits already."""
    accounts_waiting = select(Change).where(
        Change.kind == ChangeKind.NEW_ACCOUNT,
        Change.state == ChangeState.WAITING,
    )
    for waiting_change in await session.scalars(accounts_waiting):
        if accounts.is_same_address(waiting_change.proposed["email"], email):
            raise ConsularError("A change of this waits for a second person already.")


async def check_link(session: AsyncSession, staff_id: int) -> str:
    """Return whose link it would be, as in the audit trail. Raises ConsularError."""
    account = await accounts.get(session, staff_id)
    tokens.check(account)
    return roles.actor(account)


async def add(
    session: AsyncSession,
    staff: Staff,
    change: NewAccount,
    now: datetime,
) -> Link:
    """Add the account that a second person approved. Raises ConsularError."""
    account, token = await accounts.add(
        session,
        change.email,
        change.role,
        change.post_country,
        now,
        staff,
        change.post_id,
    )
    return Link(account, token)


async def make_link(
    session: AsyncSession,
    staff: Staff,
    staff_id: int,
    now: datetime,
) -> Link:
    """Make the link that a second person approved. Raises ConsularError."""
    account = await accounts.get(session, staff_id)
    token = await tokens.new_link(session, account, now, staff)
    return Link(account, token)
