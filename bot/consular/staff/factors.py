"""Second factors of an account: which it has, whether it needs one, and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import passkeys, recovery, sessions, totp
from bot.consular.staff.roles import actor, require
from bot.models import Role, Staff, StaffPasskey, StaffTotp

# Roles that see no names.
ROLES_WITHOUT = frozenset({Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account."""

    app: StaffTotp | None
    passkeys: list[StaffPasskey]
    recovery_codes: int  # that still work

    @property
    def count(self) -> int:
        """Count apps and passkeys; recovery codes are no factor of their own."""
        return int(self.app is not None) + len(self.passkeys)


def is_needed(account: Staff) -> bool:
    """Whether the role of the account sees names, so that a password is not enough."""
    return account.role not in ROLES_WITHOUT


async def of_account(session: AsyncSession, account: Staff) -> Factors:
    """Return the second factors of an account."""
    return Factors(
        app=await totp.of_account(session, account),
        passkeys=await passkeys.of_account(session, account),
        recovery_codes=await recovery.unused_count(session, account),
    )


async def accounts_with_one(session: AsyncSession) -> set[int]:
    """Return the ids of the accounts that have a second factor."""
    with_app = await session.scalars(select(StaffTotp.staff_id))
    with_passkey = await session.scalars(select(StaffPasskey.staff_id))
    return {*with_app, *with_passkey}


async def remove_app(session: AsyncSession, account: Staff, now: datetime) -> None:
    """Remove the authenticator app of an account. Raises ConsularError for the last factor."""
    await _keep_one(session, account)
    await session.execute(delete(StaffTotp).where(StaffTotp.staff_id == account.id))
    await _note_removal(session, account, "app", now)


async def remove_passkey(
    session: AsyncSession,
    account: Staff,
    passkey_id: int,
    now: datetime,
) -> None:
    """Remove a passkey of an account. Raises ConsularError for the last factor."""
    passkey = await session.get(StaffPasskey, passkey_id)
    if passkey is None or passkey.staff_id != account.id:
        raise ConsularError("This passkey has been removed already.")
    await _keep_one(session, account)
    await session.delete(passkey)
    await _note_removal(session, account, "passkey", now)


async def reset(
    session: AsyncSession,
    account: Staff,
    now: datetime,
    by: Staff | None,
) -> None:
    """Remove all second factors of an account whose owner lost them, and end its sessions.

    At the next sign-in the owner sets up new ones. Raises ConsularError.
    """
    if by is not None:
        require(by, "accounts")
        if by.id == account.id:
            raise ConsularError("Somebody else must do that for you.")
    await session.execute(delete(StaffTotp).where(StaffTotp.staff_id == account.id))
    await session.execute(delete(StaffPasskey).where(StaffPasskey.staff_id == account.id))
    await recovery.remove(session, account)
    await sessions.end_others(session, account, None)
    await trail.note(
        session,
        actor(by),
        "staff.factors_reset",
        actor(account),
        now,
    )


async def _keep_one(session: AsyncSession, account: Staff) -> None:
    """Refuse to take the last factor of an account that needs one. Raises ConsularError."""
    factors = await of_account(session, account)
    if is_needed(account) and factors.count <= 1:
        raise ConsularError("Add another second factor first: this is the last one.")


async def _note_removal(
    session: AsyncSession,
    account: Staff,
    kind: str,
    now: datetime,
) -> None:
    await trail.note(
        session,
        actor(account),
        "staff.factor_removed",
        actor(account),
        now,
        kind=kind,
    )
