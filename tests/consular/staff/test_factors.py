"""Second factors: codes of an app, passkeys, recovery codes, and how they go."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import factors, passkeys, recovery, sessions, totp
from bot.consular.staff.passkeys import Site
from bot.models import StaffRecoveryCode, StaffSession
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.clock import SetClock
from tests.passkey import Authenticator

SITE = Site("https://tammen.example")
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.fixture
async def session(runtime: Runtime) -> AsyncIterator[AsyncSession]:
    """A transaction."""
    async with runtime.db.begin() as opened:
        yield opened


@pytest.fixture
async def team(session: AsyncSession, clock: SetClock) -> Team:
    """An account of each role."""
    return await builders.team(session, clock())


def code_now(secret: str, now: datetime, steps: int = 0) -> str:
    return totp.code_at(secret, int(now.timestamp()) // totp.STEP_SECONDS + steps)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp.code_at(RFC_SECRET, seconds // 30) == code
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, moment) == seconds // 30


@pytest.mark.parametrize("typed", ["٠٨١٨٠٤", "081 804", " 081804 "])
def test_a_code_is_read_in_any_digits(typed: str) -> None:
    moment = datetime.fromtimestamp(1111111109, UTC)
    assert totp.matching_step(RFC_SECRET, typed, moment) is not None


async def test_a_code_works_once_and_half_a_minute_to_either_side(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    secret = totp.new_secret()
    await totp.add(session, team.officer, secret, code_now(secret, clock()), clock())
    clock.advance(minutes=5)
    for steps, works in [(-2, False), (2, False), (-1, True), (-1, False), (0, True), (0, False)]:
        code = code_now(secret, clock(), steps)
        assert await totp.use(session, team.officer, code, clock()) is works
    assert await totp.use(session, team.officer, code_now(secret, clock(), 1), clock())
    assert not await totp.use(session, team.officer, code_now(secret, clock(), 0), clock())
    assert not await totp.use(session, team.admin, code_now(secret, clock(), 1), clock())


async def test_the_secret_is_encrypted_and_an_app_must_show_a_code_first(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    secret = totp.new_secret()
    with pytest.raises(ConsularError, match="code is not right"):
        await totp.add(session, team.officer, secret, "000000", clock())
    await totp.add(session, team.officer, secret, code_now(secret, clock()), clock())
    sealed = (await session.execute(text("SELECT secret FROM staff_totps"))).scalar_one()
    assert secret.encode() not in bytes(sealed)


async def test_recovery_codes_work_once_and_are_kept_as_digests(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    codes = await recovery.renew(session, team.officer, clock())
    assert len(set(codes)) == recovery.CODES
    assert await recovery.use(session, team.officer, codes[0].upper(), clock())
    assert not await recovery.use(session, team.officer, codes[0], clock())
    assert not await recovery.use(session, team.admin, codes[1], clock())
    assert await recovery.unused_count(session, team.officer) == recovery.CODES - 1
    digests = await session.scalars(select(StaffRecoveryCode.code))
    assert not set(digests) & {code.replace("-", "") for code in codes}
    await recovery.renew(session, team.officer, clock())
    assert not await recovery.use(session, team.officer, codes[2], clock())


async def test_a_passkey_signs_the_challenge_of_its_session_once(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    key = Authenticator(SITE.origin)
    _, row = await sessions.half_sign_in(session, team.officer, clock())
    options = await passkeys.creation_options(session, SITE, team.officer, row)
    made = key.create(options)
    await passkeys.add(session, SITE, team.officer, row, made, "Firefox", clock())
    with pytest.raises(ConsularError, match="could not be added"):
        await passkeys.add(session, SITE, team.officer, row, made, "Firefox", clock())
    signed = key.get(await passkeys.request_options(session, SITE, team.officer, row))
    assert await passkeys.use(session, SITE, team.officer, row, signed, clock())
    assert not await passkeys.use(session, SITE, team.officer, row, signed, clock())
    stale = key.get(await passkeys.request_options(session, SITE, team.officer, row))
    await passkeys.request_options(session, SITE, team.officer, row)
    assert not await passkeys.use(session, SITE, team.officer, row, stale, clock())


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "nothing", '{"id": 3}', '{"id":"a","rawId":"b"}']
)
async def test_what_is_no_passkey_is_refused(
    session: AsyncSession, team: Team, clock: SetClock, answer: str
) -> None:
    _, row = await sessions.half_sign_in(session, team.officer, clock())
    with pytest.raises(ConsularError):
        await passkeys.add(session, SITE, team.officer, row, answer, "", clock())
    assert not await passkeys.use(session, SITE, team.officer, row, answer, clock())


async def test_a_passkey_of_another_site_or_account_is_refused(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    key, foreign = Authenticator(SITE.origin), Authenticator("https://evil.example")
    _, row = await sessions.half_sign_in(session, team.officer, clock())
    options = await passkeys.creation_options(session, SITE, team.officer, row)
    with pytest.raises(ConsularError):
        await passkeys.add(session, SITE, team.officer, row, foreign.create(options), "", clock())
    options = await passkeys.creation_options(session, SITE, team.officer, row)
    await passkeys.add(session, SITE, team.officer, row, key.create(options), "", clock())
    _, other_row = await sessions.half_sign_in(session, team.admin, clock())
    assert await passkeys.request_options(session, SITE, team.admin, other_row) == ""
    options = await passkeys.request_options(session, SITE, team.officer, row)
    assert not await passkeys.use(session, SITE, team.admin, row, key.get(options), clock())


async def test_the_last_factor_stays_until_another_is_there(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    secret = totp.new_secret()
    for account in (team.officer, team.auditor):
        await totp.add(session, account, secret, code_now(secret, clock()), clock())
    with pytest.raises(ConsularError, match="last one"):
        await factors.remove_app(session, team.officer, clock())
    await factors.remove_app(session, team.auditor, clock())
    notes = await trail.of(session, f"staff:{team.auditor.id}")
    assert [note.action for note in notes][:2] == ["staff.factor_removed", "staff.factor_added"]


async def test_an_admin_resets_the_factors_of_somebody_else(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    secret = totp.new_secret()
    await totp.add(session, team.officer, secret, code_now(secret, clock()), clock())
    await recovery.renew(session, team.officer, clock())
    await sessions.sign_in(session, team.officer, clock())
    for account, by in [(team.admin, team.admin), (team.officer, team.approver)]:
        with pytest.raises(ConsularError):
            await factors.reset(session, account, clock(), by)
    await factors.reset(session, team.officer, clock(), team.admin)
    owned = await factors.of_account(session, team.officer)
    assert (owned.count, owned.recovery_codes) == (0, 0)
    assert await session.scalar(select(func.count()).select_from(StaffSession)) == 0
    notes = await trail.of(session, f"staff:{team.officer.id}")
    assert (notes[0].action, notes[0].actor) == ("staff.factors_reset", f"staff:{team.admin.id}")


async def test_a_half_open_session_opens_nothing_and_ends_soon(
    session: AsyncSession, team: Team, clock: SetClock
) -> None:
    token, row = await sessions.half_sign_in(session, team.officer, clock())
    assert await sessions.signed_in(session, token, clock()) is None
    assert await sessions.of_token(session, token, clock()) == (team.officer, row)
    later = clock() + timedelta(minutes=10)
    assert await sessions.of_token(session, token, later) is None
    new = await sessions.verify(session, team.officer, row, clock())
    await session.refresh(row)
    assert await sessions.signed_in(session, token, clock()) is None
    assert await sessions.signed_in(session, new, clock()) == (team.officer, row)
