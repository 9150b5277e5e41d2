"""Authenticator apps: codes of six digits that change every thirty seconds (RFC 6238)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import actor
from bot.models import Staff, StaffTotp
from bot.text.text import ascii_digits

ISSUER = "Tammen"
SECRET_BYTES = 20  # as RFC 4226 asks
STEP_SECONDS = 30
CODE_DIGITS = 6
STEPS_ASIDE = 1  # a clock that is up to a minute wrong still works


def new_secret() -> str:
    """Make a secret, in base32 as apps read it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def app_address(secret: str, email: str) -> str:
    """Write the address that a QR code holds for an app."""
    label = quote(f"{ISSUER}:{email}")
    options = urlencode({"secret": secret, "issuer": ISSUER})
    return f"otpauth://totp/{label}?{options}"


def code_at(secret: str, step: int) -> str:
    """Compute the code of a step of thirty seconds since 1970 (RFC 4226, 5.3)."""
    key = base64.b32decode(secret)
    mac = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code was typed, in any digits; None for a wrong one."""
    typed = "".join(ascii_digits(code).split())
    present = int(now.timestamp()) // STEP_SECONDS
    matching = None
    for step in range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), typed.encode()):
            matching = step
    return matching


async def of_account(session: AsyncSession, account: Staff) -> StaffTotp | None:
    """Return the app of an account, if it has one."""
    return await session.scalar(select(StaffTotp).where(StaffTotp.staff_id == account.id))


async def add(
    session: AsyncSession,
    account: Staff,
    secret: str,
    code: str,
    now: datetime,
) -> None:
    """Add an app that shows the right code; it takes the place of an older one.

    Raises ConsularError.
    """
    step = matching_step(secret, code, now)
    if step is None:
        raise ConsularError("The code is not right. Wait for the next one and try again.")
    app = await of_account(session, account)
    if app is None:
        app = StaffTotp(staff_id=account.id)
        session.add(app)
    app.secret = secret
    app.last_step = step
    app.created_at = now
    app.used_at = now
    await session.flush()
    await trail.note(
        session,
        actor(account),
        "staff.factor_added",
        actor(account),
        now,
        kind="app",
    )


async def use(
    session: AsyncSession,
    account: Staff,
    code: str,
    now: datetime,
) -> bool:
    """Tell whether a code of the account's app is right; each code works once."""
    app = await of_account(session, account)
    if app is None:
        return False
    step = matching_step(app.secret, code, now)
    if step is None:
        return False
    unused = update(StaffTotp).where(StaffTotp.id == app.id, StaffTotp.last_step < step)
    marked = await session.execute(
        unused.values(last_step=step, used_at=now).returning(StaffTotp.id)
    )
    return marked.one_or_none() is not None
