"""Recovery codes: ten that stand in for a lost second factor, each once."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.staff.roles import actor
from bot.models import Staff, StaffRecoveryCode
from bot.text.text import ascii_digits

CODES = 10
CODE_BYTES = 10  # 80 bits: nobody guesses one
GROUP_CHARS = 4


async def renew(session: AsyncSession, account: Staff, now: datetime) -> list[str]:
    """Make ten new codes and return them, to be shown once; older ones end.

    The database keeps digests only.
    """
    await remove(session, account)
    codes: list[str] = []
    for _ in range(CODES):
        code = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()
        session.add(StaffRecoveryCode(staff_id=account.id, code=code))
        codes.append(_grouped(code))
    await session.flush()
    await trail.note(
        session,
        actor(account),
        "staff.recovery_codes_made",
        actor(account),
        now,
    )
    return codes


async def use(
    session: AsyncSession,
    account: Staff,
    typed: str,
    now: datetime,
) -> bool:
    """Tell whether it is a code of the account that was not used yet; it is used from now on."""
    letters = ascii_digits(typed).lower()
    code = "".join(letter for letter in letters if letter.isalnum())
    unused = update(StaffRecoveryCode).where(
        StaffRecoveryCode.staff_id == account.id,
        StaffRecoveryCode.code == code,
        StaffRecoveryCode.used_at.is_(None),
    )
    marked = await session.execute(unused.values(used_at=now).returning(StaffRecoveryCode.id))
    if marked.one_or_none() is None:
        return False
    await trail.note(
        session,
        actor(account),
        "staff.recovery_code_used",
        actor(account),
        now,
    )
    return True


async def unused_count(session: AsyncSession, account: Staff) -> int:
    """Count the codes that still work."""
    query = select(func.count()).where(
        StaffRecoveryCode.staff_id == account.id,
        StaffRecoveryCode.used_at.is_(None),
    )
    return await session.scalar(query) or 0


async def remove(session: AsyncSession, account: Staff) -> None:
    """End all codes of an account."""
    of_account = StaffRecoveryCode.staff_id == account.id
    await session.execute(delete(StaffRecoveryCode).where(of_account))


def _grouped(code: str) -> str:
    starts = range(0, len(code), GROUP_CHARS)
    return "-".join(code[start : start + GROUP_CHARS] for start in starts)
