"""Proofs of who somebody is, again or for the second time: password, code of an app, passkey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.requests import Request

from bot.consular.staff import failures, hashing, passkeys, recovery, sessions, totp
from bot.consular.staff.passkeys import Site
from bot.models import Staff, StaffSession
from bot.pages import throttle
from bot.pages.rendering import N_
from bot.runtime import metrics
from bot.runtime.runtime import Runtime

PASSWORD_FIELD = "proof_password"  # noqa: S105  # the name of a field
CODE_FIELD = "proof_code"
PASSKEY_FIELD = "proof_passkey"
FIELDS = frozenset({PASSWORD_FIELD, CODE_FIELD, PASSKEY_FIELD})
MAX_CODE_CHARS = 60
MAX_PASSKEY_CHARS = 5000
WRONG = N_("That is not right. Please try again.")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody sent to prove who they are; one part is enough."""

    password: str = ""
    code: str = ""
    passkey: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent."""
        return not (self.password or self.code or self.passkey)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who has to prove it: the account, its session, and the request that came."""

    runtime: Runtime
    request: Request
    account: Staff
    session: StaffSession
    now: datetime

    @property
    def site(self) -> Site:
        """Return the address that passkeys are bound to."""
        return Site(site_address(self.runtime, self.request))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the proof was right, else how long to wait before the next one is looked at."""

    is_right: bool
    wait_seconds: int = 0


def site_address(runtime: Runtime, request: Request) -> str:
    """Return the address of this site as others reach it."""
    public_url = runtime.settings.public_url
    return public_url or str(request.base_url).rstrip("/")


def limits(runtime: Runtime) -> sessions.Limits:
    """Return how long sessions live, by the settings."""
    settings = runtime.settings
    return sessions.Limits(
        idle=timedelta(minutes=settings.session_idle_minutes),
        life=timedelta(hours=settings.session_life_hours),
    )


def is_fresh(runtime: Runtime, staff_session: StaffSession, now: datetime) -> bool:
    """Whether the owner of a session proved who they are within the last minutes."""
    minutes = runtime.settings.confirmation_minutes
    return now - staff_session.confirmed_at < timedelta(minutes=minutes)


def read(form: Mapping[str, Any]) -> Proof:
    """Read the proof that came with a form."""
    return Proof(
        password=_text(form, PASSWORD_FIELD)[: hashing.MAX_PASSWORD_CHARS + 1],
        code=_text(form, CODE_FIELD).strip()[:MAX_CODE_CHARS],
        passkey=_text(form, PASSKEY_FIELD)[:MAX_PASSKEY_CHARS],
    )


def _text(form: Mapping[str, Any], name: str) -> str:
    text = form.get(name)
    return text if isinstance(text, str) else ""


async def judge(claimant: Claimant, proof: Proof, purpose: str) -> Verdict:
    """Look at a proof, unless it comes too soon after wrong ones. Raises HashingBusyError."""
    runtime, email = claimant.runtime, claimant.account.email
    wait = await throttle.wait_seconds(runtime, claimant.request, email, purpose)
    if wait:
        note_outcome("waiting", claimant.account)
        return Verdict(is_right=False, wait_seconds=wait)
    is_right = await _is_right(claimant, proof)
    if is_right:
        await throttle.welcome(runtime, claimant.request, email, purpose)
        return Verdict(is_right=True)
    note_outcome("wrong_proof", claimant.account)
    async with runtime.db.begin() as session:
        await failures.note(session, email, claimant.now)
    return Verdict(is_right=False)


async def _is_right(claimant: Claimant, proof: Proof) -> bool:
    if proof.password:
        return await hashing.verify(claimant.account.password, proof.password)
    async with claimant.runtime.db.begin() as session:
        if proof.passkey:
            return await passkeys.use(
                session,
                claimant.site,
                claimant.account,
                claimant.session,
                proof.passkey,
                claimant.now,
            )
        if await totp.use(session, claimant.account, proof.code, claimant.now):
            return True
        return await recovery.use(session, claimant.account, proof.code, claimant.now)


def note_outcome(outcome: str, account: Staff | None = None) -> None:
    """Count and log how an attempt to sign in or to confirm ended; ids only."""
    metrics.SIGN_INS.labels(outcome).inc()
    if outcome != "right":
        log.warning("sign_in_failed", outcome=outcome, staff_id=account.id if account else None)
