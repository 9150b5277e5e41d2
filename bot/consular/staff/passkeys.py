"""Passkeys: a key in a telephone, a computer or a stick signs what we ask (WebAuthn).

A challenge is kept on the session that it was made for, and is good for one answer.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff.roles import actor
from bot.models import Staff, StaffPasskey, StaffSession

RP_NAME = "Tammen"
CHALLENGE_BYTES = 32
MAX_PASSKEYS = 10
ID_BYTES = 8
# What a browser's answer may be when it is not what was asked for.
BAD_ANSWERS = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class Site:
    """The address of the site, as browsers know it: passkeys are bound to its host."""

    origin: str

    @property
    def host(self) -> str:
        """Return the host, without a port."""
        return urlsplit(self.origin).hostname or ""


async def of_account(session: AsyncSession, account: Staff) -> list[StaffPasskey]:
    """Return the passkeys of an account, oldest first."""
    query = select(StaffPasskey).where(StaffPasskey.staff_id == account.id)
    return list(await session.scalars(query.order_by(StaffPasskey.id)))


async def creation_options(
    session: AsyncSession,
    site: Site,
    account: Staff,
    staff_session: StaffSession,
) -> str:
    """Return what a browser needs to make a passkey, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=RP_NAME,
        user_id=account.id.to_bytes(ID_BYTES, "big"),
        user_name=account.email,
        challenge=await _new_challenge(session, staff_session),
        exclude_credentials=await _descriptors(session, account),
    )
    return webauthn.options_to_json(options)


async def add(
    session: AsyncSession,
    site: Site,
    account: Staff,
    staff_session: StaffSession,
    answer: str,
    browser: str,
    now: datetime,
) -> None:
    """Add the passkey that a browser made. Raises ConsularError."""
    challenge = await _spend_challenge(session, staff_session)
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except BAD_ANSWERS:
        raise ConsularError("The passkey could not be added. Please try again.") from None
    if len(await of_account(session, account)) >= MAX_PASSKEYS:
        raise ConsularError("An account has ten passkeys at most. Remove one first.")
    passkey = StaffPasskey(
        staff_id=account.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        browser=browser,
        created_at=now,
        used_at=now,
    )
    session.add(passkey)
    await session.flush()
    await trail.note(
        session,
        actor(account),
        "staff.factor_added",
        actor(account),
        now,
        kind="passkey",
    )


async def request_options(
    session: AsyncSession,
    site: Site,
    account: Staff,
    staff_session: StaffSession,
) -> str:
    """Return what a browser needs to use a passkey of the account, as JSON; empty without one."""
    descriptors = await _descriptors(session, account)
    if not descriptors:
        return ""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=await _new_challenge(session, staff_session),
        allow_credentials=descriptors,
    )
    return webauthn.options_to_json(options)


async def use(
    session: AsyncSession,
    site: Site,
    account: Staff,
    staff_session: StaffSession,
    answer: str,
    now: datetime,
) -> bool:
    """Tell whether a passkey of the account signed the challenge of this session."""
    challenge = await _spend_challenge(session, staff_session)
    passkey = await _named(session, account, answer)
    if passkey is None:
        return False
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except BAD_ANSWERS:
        return False
    passkey.sign_count = verified.new_sign_count
    passkey.used_at = now
    return True


async def _named(session: AsyncSession, account: Staff, answer: str) -> StaffPasskey | None:
    """Return the account's passkey that an answer names."""
    try:
        credential_id = parse_authentication_credential_json(answer).raw_id
    except BAD_ANSWERS:
        return None
    query = select(StaffPasskey).where(
        StaffPasskey.staff_id == account.id,
        StaffPasskey.credential_id == credential_id,
    )
    return await session.scalar(query.with_for_update())


async def _descriptors(
    session: AsyncSession, account: Staff
) -> list[PublicKeyCredentialDescriptor]:
    descriptors: list[PublicKeyCredentialDescriptor] = []
    for passkey in await of_account(session, account):
        descriptors.append(PublicKeyCredentialDescriptor(id=passkey.credential_id))
    return descriptors


async def _new_challenge(session: AsyncSession, staff_session: StaffSession) -> bytes:
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    same = StaffSession.id == staff_session.id
    await session.execute(update(StaffSession).where(same).values(challenge=challenge))
    return challenge


async def _spend_challenge(session: AsyncSession, staff_session: StaffSession) -> bytes:
    """Return the challenge of the session, which nobody can answer again."""
    same = StaffSession.id == staff_session.id
    kept = select(StaffSession.challenge).where(same).with_for_update()
    challenge = await session.scalar(kept)
    await session.execute(update(StaffSession).where(same).values(challenge=None))
    return challenge or secrets.token_bytes(CHALLENGE_BYTES)
