"""Codes for the shell: an account gets one on its own page, and approves one thing with it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import totp
from bot.consular.staff.roles import actor
from bot.models import Staff, StaffCode

CODE_MINUTES = 5
CODE_LIFE = timedelta(minutes=CODE_MINUTES)
CODE_DIGITS = 8
MAX_ATTEMPTS = 5


async def make(session: AsyncSession, account: Staff, now: datetime) -> str:
    """Make a code of an account and return its digits; the code before ends."""
    digits = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    await _end(session, account)
    code = StaffCode(
        staff_id=account.id,
        code=_digest(account, digits),
        expires_at=now + CODE_LIFE,
        attempts_left=MAX_ATTEMPTS,
    )
    session.add(code)
    await session.flush()
    await trail.note(session, actor(account), "staff.code_made", actor(account), now)
    return digits


async def use(session: AsyncSession, account: Staff, digits: str, now: datetime) -> bool:
    """Tell whether the digits are the account's: of its page, or of its authenticator app.

    Right ones work once. A wrong attempt is counted: commit it, also when it is refused.
    """
    if await _use_page_code(session, account, digits, now):
        return True
    return await totp.use(session, account, digits, now)


async def _use_page_code(
    session: AsyncSession,
    account: Staff,
    digits: str,
    now: datetime,
) -> bool:
    query = select(StaffCode).where(StaffCode.staff_id == account.id)
    code = await session.scalar(query.with_for_update())
    if code is None or code.expires_at <= now or code.attempts_left <= 0:
        return False
    if hmac.compare_digest(code.code, _digest(account, digits)):
        await _end(session, account)
        return True
    code.attempts_left -= 1
    await session.flush()
    return False


def refusal() -> ConsularError:
    """Return the refusal of a missing or wrong code."""
    return ConsularError(
        "Approving needs the approver's own code: sign in, open Changes, and take a code for the"
        " command line. It works once, for {minutes} minutes.",
        minutes=CODE_MINUTES,
    )


async def _end(session: AsyncSession, account: Staff) -> None:
    await session.execute(delete(StaffCode).where(StaffCode.staff_id == account.id))


def _digest(account: Staff, digits: str) -> bytes:
    return hashlib.sha256(f"{account.id}:{digits}".encode()).digest()
