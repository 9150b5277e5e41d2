"""Guessing a password grows slow for the one who guesses, and never locks the owner out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.staff import accounts, hashing, tokens
from bot.models import Role, Staff
from bot.runtime.runtime import Runtime
from tests import builders
from tests.clock import SetClock
from tests.console.browser import SITE, Browser

PASSWORD = "طمّن أمّك عليك كل مساء"
EMAIL = "salma@mofa.example"
WRONG = "x" * 201  # too long for any account: refused before a hash costs time


@asynccontextmanager
async def browsing_from(app: Starlette, host: str) -> AsyncIterator[Browser]:
    """A browser without cookies at a network address."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(host, 40000))
    async with httpx.AsyncClient(
        transport=transport, base_url=SITE, headers={"Accept-Language": "en"}
    ) as client:
        yield Browser(client, "en")


@pytest.fixture(autouse=True)
async def owner(runtime: Runtime) -> Staff:
    """An account with a password."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        account, token = await accounts.add(session, EMAIL, Role.HQ_OFFICER, None, now, None)
        hashed = await hashing.digest(PASSWORD)
        await accounts.use_link(session, token, None, hashed, now)
    return account


async def attempt(browser: Browser, password: str = WRONG, email: str = EMAIL) -> httpx.Response:
    """Send the form of the sign-in page."""
    shown = await browser.client.get("/sign-in")
    csrf = shown.text.partition('name="csrf" value="')[2].partition('"')[0]
    return await browser.client.post(
        "/sign-in",
        data={"csrf": csrf, "email": email, "password": password},
        headers={"Sec-Fetch-Site": "same-origin"},
    )


async def fail_until_told_to_wait(browser: Browser, email: str = EMAIL) -> int:
    """Guess until the site asks for patience; return how many guesses it looked at."""
    for guesses in range(40):
        answer = await attempt(browser, email=email)
        if answer.status_code == 429:
            assert int(answer.headers["retry-after"]) >= 1
            return guesses
        assert answer.status_code == 422
    raise AssertionError("nobody asked for patience")


@pytest.mark.parametrize(
    "spelling",
    [
        EMAIL + " " * 187,
        "   " + EMAIL.upper(),
        EMAIL.replace("salma", "ｓａｌｍａ"),
        EMAIL + "\u3000" * 187 + "\u00a0",
    ],
)
async def test_another_spelling_of_the_address_brings_no_new_tries(
    app: Starlette, spelling: str
) -> None:
    async with browsing_from(app, "192.0.2.1") as browser:
        await fail_until_told_to_wait(browser)
        assert (await attempt(browser, PASSWORD, spelling)).status_code == 429


async def test_blanks_behind_the_address_and_a_letter_bring_no_new_tries(app: Starlette) -> None:
    async with browsing_from(app, "192.0.2.1") as browser:
        await fail_until_told_to_wait(browser)
        padded = EMAIL + " " * 187 + "x"
        assert (await attempt(browser, PASSWORD, padded)).status_code in {422, 429}


async def test_the_wait_grows_and_ends_and_the_right_password_gets_through(
    app: Starlette, clock: SetClock
) -> None:
    waits = []
    async with browsing_from(app, "192.0.2.1") as browser:
        await fail_until_told_to_wait(browser)
        for _ in range(4):
            refused = await attempt(browser, PASSWORD)
            assert refused.status_code == 429
            waits.append(int(refused.headers["retry-after"]))
            clock.advance(seconds=waits[-1])
            assert (await attempt(browser)).status_code == 422
        assert waits == sorted(set(waits))
        clock.advance(minutes=20)
        assert (await attempt(browser, PASSWORD)).status_code == 303


async def test_a_stranger_who_fails_on_purpose_does_not_keep_the_owner_out(app: Starlette) -> None:
    async with browsing_from(app, "192.0.2.1") as stranger:
        await fail_until_told_to_wait(stranger)
    async with browsing_from(app, "198.51.100.7") as owner:
        assert (await attempt(owner, PASSWORD)).status_code == 303


async def test_many_networks_slow_strangers_but_not_a_browser_that_was_here(
    app: Starlette, clock: SetClock
) -> None:
    async with browsing_from(app, "198.51.100.7") as owner:
        assert (await attempt(owner, PASSWORD)).status_code == 303
        del owner.client.cookies["tammen_session"]
        for number in range(40):
            async with browsing_from(app, f"192.0.2.{number}") as stranger:
                await attempt(stranger)
        async with browsing_from(app, "203.0.113.9") as newcomer:
            refused = await attempt(newcomer, PASSWORD)
            assert refused.status_code == 429
            assert (await attempt(owner, PASSWORD)).status_code == 303
            clock.advance(seconds=int(refused.headers["retry-after"]))
            assert (await attempt(newcomer, PASSWORD)).status_code == 303


async def test_addresses_of_one_ipv6_network_are_one(app: Starlette) -> None:
    async with browsing_from(app, "2001:db8:1:2::1") as first:
        await fail_until_told_to_wait(first)
    async with browsing_from(app, "2001:db8:1:2:ffff::9") as neighbour:
        assert (await attempt(neighbour, PASSWORD)).status_code == 429
    async with browsing_from(app, "2001:db8:1:3::1") as other:
        assert (await attempt(other, PASSWORD)).status_code == 303


async def test_one_network_cannot_try_one_password_on_everybody(app: Starlette) -> None:
    async with browsing_from(app, "192.0.2.1") as browser:
        answers = []
        for number in range(52):
            answer = await attempt(browser, email=f"nobody{number}@mofa.example")
            answers.append(answer.status_code)
    assert answers == [422] * 50 + [429] * 2


async def test_failures_are_counted_for_the_owner_and_the_admins(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing_from(app, "192.0.2.1") as stranger:
        for _ in range(3):
            await attempt(stranger)
        metrics = (await stranger.client.get("/metrics")).text
    assert 'tammen_sign_ins_total{outcome="wrong"}' in metrics
    async with browsing_from(app, "198.51.100.7") as owner:
        await attempt(owner, PASSWORD)
        account_page = await owner.get("/account")
        assert "3 failed sign-ins since" in account_page.text
        await owner.post("/account", "/account/failures/seen", {})
        assert "failed sign-ins" not in (await owner.get("/account")).text
    async with runtime.db.read() as session:
        account = await session.scalar(select(Staff))
    assert account is not None
    assert (account.failed_sign_ins, account.failed_since) == (0, None)


async def test_admins_see_where_guessing_goes_on(runtime: Runtime, app: Starlette) -> None:
    async with browsing_from(app, "192.0.2.1") as stranger:
        for _ in range(3):
            await attempt(stranger)
    async with runtime.db.begin() as session:
        admin = await builders.account(session, Role.ADMIN, runtime.clock())
    async with browsing_from(app, "198.51.100.7") as browser:
        browser.client.cookies.set("tammen_session", await builders.cookie(runtime, admin))
        assert "3 failed sign-ins" in (await browser.get("/staff")).text


async def test_a_burst_of_strangers_is_bounded_and_leaves_room_for_the_owner(
    app: Starlette,
) -> None:
    async def guess(number: int) -> httpx.Response:
        async with browsing_from(app, f"192.0.2.{number}") as browser:
            return await attempt(browser, "none of the right", f"nobody{number}@mofa.example")

    async with browsing_from(app, "198.51.100.7") as owner:
        assert (await attempt(owner, PASSWORD)).status_code == 303
        del owner.client.cookies["tammen_session"]
        guesses = [guess(number) for number in range(1, 40)]
        answers = await asyncio.gather(*guesses, attempt(owner, PASSWORD))
    assert answers.pop().status_code == 303
    assert {answer.status_code for answer in answers} == {422, 503}
    full = [answer for answer in answers if answer.status_code == 503]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in full)
    assert hashing.most_at_once() <= hashing.AT_ONCE


async def test_an_endless_password_is_refused_before_it_is_hashed(app: Starlette) -> None:
    hashed_before = hashing.hashed_so_far()
    async with browsing_from(app, "192.0.2.1") as browser:
        assert (await attempt(browser, "x" * 100_000)).status_code == 422
    assert hashing.hashed_so_far() == hashed_before


async def test_a_link_page_refuses_the_same(runtime: Runtime, app: Starlette) -> None:
    async with runtime.db.begin() as session:
        account = await accounts.by_email(session, EMAIL)
        assert account is not None
        token = await tokens.new_link(session, account, runtime.clock(), None)
    link = f"/join/{token}"
    async with browsing_from(app, "192.0.2.1") as browser:
        for password, says in [
            ("password1234", "easy to guess"),
            ("Tammen2026!!", "easy to guess"),
            ("salma salma mofa", "easy to guess"),
            ("short", "too short"),
            ("salma" + " " * 20 + "x", "too short"),
            ("ط" * 129, "too long"),
        ]:
            form = {"password": password, "again": password}
            assert says in (await browser.post(link, link, form, 422)).text
