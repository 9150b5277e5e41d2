from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, sessions
from bot.consular.staff import tokens as staff_tokens
from bot.models import Role, Staff, StaffSession
from bot.runtime.runtime import Runtime
from tests import builders

HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g"


async def test_the_first_account_is_made_through_a_link_once(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        old = await staff_tokens.first_link(session, now)
        token = await staff_tokens.first_link(session, now)
        assert old is not None
        assert token is not None
        assert await staff_tokens.link_of(session, old, now) is None
        with pytest.raises(ConsularError, match="not an e-mail address"):
            await accounts.use_link(session, token, None, HASH, now)
        first = await accounts.use_link(session, token, "Mona@MoFA.example", HASH, now)
        assert (first.role, first.password, first.email) == (Role.ADMIN, HASH, "Mona@MoFA.example")
        assert await accounts.by_email(session, " mona@mofa.EXAMPLE ") is first
        assert await staff_tokens.first_link(session, now) is None
        with pytest.raises(ConsularError, match="has been used"):
            await accounts.use_link(session, token, "other@mofa.example", HASH, now)
        assert await session.scalar(select(func.count()).select_from(Staff)) == 1


async def test_a_first_link_ends_when_an_account_was_made_otherwise(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        token = await staff_tokens.first_link(session, now)
        assert token is not None
        await builders.team(session, now)
        with pytest.raises(ConsularError, match="has been used"):
            await accounts.use_link(session, token, "thief@mofa.example", HASH, now)


async def test_a_link_lasts_a_day_and_a_new_one_ends_the_old(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        account, token = await accounts.add(
            session, "ali@mofa.example", Role.HQ_OFFICER, None, now, None
        )
        assert (
            await staff_tokens.link_of(session, token, now + timedelta(hours=23, minutes=59))
            is not None
        )
        with pytest.raises(ConsularError, match="has expired"):
            await accounts.use_link(session, token, None, HASH, now + timedelta(hours=24))
        fresh = await staff_tokens.new_link(session, account, now, None)
        assert await staff_tokens.link_of(session, token, now) is None
        assert (await accounts.use_link(session, fresh, None, HASH, now)).password == HASH
        assert await staff_tokens.link_of(session, fresh, now) is None
        assert await staff_tokens.link_of(session, "guessed", now) is None


@pytest.mark.parametrize(
    "email",
    ["", "ali", "ali@", "@mofa.example", "a li@mofa.example", "a@b", "a@@b.c", "x" * 250 + "@b.c"],
)
async def test_an_account_needs_an_address_of_its_own(runtime: Runtime, email: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        with pytest.raises(ConsularError):
            await accounts.add(session, email, Role.AUDITOR, None, now, None)
        await accounts.add(session, "ali@mofa.example", Role.AUDITOR, None, now, None)
        with pytest.raises(ConsularError, match="already"):
            await accounts.add(session, "ALI@mofa.example ", Role.AUDITOR, None, now, None)


@pytest.mark.parametrize(("role", "post"), [(Role.POST_OFFICER, None), (Role.HQ_OFFICER, "TR")])
async def test_a_post_goes_with_a_post_officer(
    runtime: Runtime, role: Role, post: str | None
) -> None:
    async with runtime.db.begin() as session:
        with pytest.raises(ConsularError, match="needs a post"):
            await accounts.add(session, "ali@mofa.example", role, post, runtime.clock(), None)


async def test_accounts_are_an_admins_business(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await accounts.add(session, "new@mofa.example", Role.AUDITOR, None, now, team.admin)
        for other in (team.officer, team.approver, team.post, team.auditor):
            with pytest.raises(ConsularError, match="may not"):
                await accounts.add(session, "more@mofa.example", Role.AUDITOR, None, now, other)
            with pytest.raises(ConsularError, match="may not"):
                await accounts.block(session, team.admin, now, other)
            with pytest.raises(ConsularError, match="may not"):
                await staff_tokens.new_link(session, team.admin, now, other)


async def test_a_session_ends_by_itself(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        token, row = await sessions.sign_in(session, team.officer, now)
        assert await sessions.signed_in(session, token, now + timedelta(minutes=29)) == (
            team.officer,
            row,
        )
        assert await sessions.signed_in(session, token, now + timedelta(minutes=30)) is None
        for minutes in range(20, 720, 20):
            await sessions.touch(session, row, now + timedelta(minutes=minutes))
        await session.refresh(row)
        assert await sessions.signed_in(session, token, now + timedelta(minutes=719)) is not None
        assert await sessions.signed_in(session, token, now + timedelta(hours=12)) is None
        assert await sessions.signed_in(session, "guessed", now) is None


async def test_signing_out_ends_one_session_and_blocking_ends_all(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        tokens = [(await sessions.sign_in(session, team.officer, now))[0] for _ in range(3)]
        await sessions.sign_out(session, tokens[0])
        assert [bool(await sessions.signed_in(session, token, now)) for token in tokens] == [
            False,
            True,
            True,
        ]
        await accounts.block(session, team.officer, now, team.admin)
        assert await session.scalar(select(func.count()).select_from(StaffSession)) == 0
        with pytest.raises(ConsularError):
            await sessions.sign_in(session, team.officer, now)
        with pytest.raises(ConsularError, match="already"):
            await accounts.block(session, team.officer, now, team.admin)
        actions = [note.action for note in await trail.of(session, f"staff:{team.officer.id}")]
        assert actions == ["staff.blocked", *["staff.signed_in"] * 3, "staff.added"]


async def test_a_new_password_ends_the_sessions_of_the_old_one(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        token, _ = await sessions.sign_in(session, team.officer, now)
        link = await staff_tokens.new_link(session, team.officer, now, team.admin)
        await accounts.use_link(session, link, None, HASH, now)
        assert await sessions.signed_in(session, token, now) is None
