"""Codes for the shell: an account gets one on its own page, and approves one thing with it."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import totp
from bot.consular.staff.roles import actor
from bot.models import AuditNote, Staff, StaffCode
from bot.runtime.patience import FREE_TRIES, WINDOW_SECONDS, pause_seconds

CODE_MINUTES = 5
CODE_LIFE = timedelta(minutes=CODE_MINUTES)
CODE_DIGITS = 8
MAX_ATTEMPTS = 5
WINDOW = timedelta(seconds=WINDOW_SECONDS)
RIGHT = "staff.code_used"
WRONG = "staff.code_wrong"
MAX_COUNTED = 20  # wrong codes; the wait no longer grows after as many


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

    Right ones work once. A wrong attempt is counted: commit it, also when it is refused. Raises
    ConsularError while the account has to wait after wrong ones.
    """
    await _refuse_early(session, account, now)
    is_right = await _use_page_code(session, account, digits, now)
    is_right = is_right or await totp.use(session, account, digits, now)
    outcome = RIGHT if is_right else WRONG
    await trail.note(session, actor(account), outcome, actor(account), now)
    await session.flush()
    return is_right


async def _refuse_early(session: AsyncSession, account: Staff, now: datetime) -> None:
    """Refuse a code that comes too soon after wrong ones, which the trail remembers."""
    one_at_a_time = select(Staff.id).where(Staff.id == account.id).with_for_update()
    await session.execute(one_at_a_time)
    wrong_at = await _wrong_since_right(session, account, now)
    if not wrong_at:
        return
    pause = timedelta(seconds=pause_seconds(len(wrong_at) + 1, FREE_TRIES))
    wait = wrong_at[0] + pause - now
    if wait > timedelta(0):
        seconds = math.ceil(wait.total_seconds())
        raise ConsularError("Too many wrong codes: try again in {seconds} s.", seconds=seconds)


async def _wrong_since_right(
    session: AsyncSession,
    account: Staff,
    now: datetime,
) -> list[datetime]:
    """Return when wrong codes came since the last right one, the latest first."""
    wrong_at: list[datetime] = []
    for note in await session.scalars(_latest_outcomes(account, now)):
        if note.action == RIGHT:
            break
        wrong_at.append(note.at)
    return wrong_at


def _latest_outcomes(account: Staff, now: datetime) -> Select[AuditNote]:
    outcomes = select(AuditNote).where(
        AuditNote.subject == actor(account),
        AuditNote.action.in_((RIGHT, WRONG)),
        AuditNote.at > now - WINDOW,
    )
    return outcomes.order_by(AuditNote.id.desc()).limit(MAX_COUNTED)


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
