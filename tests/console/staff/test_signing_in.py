"""The first account, signing in and out, and what stands in the way of somebody else."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from httpx import URL
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.changes import changes
from bot.consular.staff import accounts, tokens
from bot.models import Role, Staff, StaffSession
from bot.runtime.patience import FREE_TRIES
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

PASSWORD = "طمّن أمّك عليك كل مساء"
EMAIL = "salma@mofa.example"


async def first_link(runtime: Runtime) -> str:
    async with runtime.db.begin() as session:
        token = await tokens.first_link(session, runtime.clock())
    assert token is not None
    return f"/join/{token}"


async def join(runtime: Runtime, browser: Browser) -> None:
    link = await first_link(runtime)
    await browser.post(link, link, {"email": EMAIL, "password": PASSWORD, "again": PASSWORD})


async def sign_in(
    browser: Browser, password: str = PASSWORD, status: int = 303, there: str = ""
) -> str:
    form = {"email": EMAIL, "password": password, "next": there}
    answer = await browser.post("/sign-in", "/sign-in", form, status)
    return str(answer.headers.get("location", answer.text))


async def test_the_one_time_link_makes_the_first_account_and_works_once(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        link = await first_link(runtime)
        await browser.get(link)
        await browser.post(link, link, {"email": EMAIL, "password": PASSWORD, "again": PASSWORD})
        assert "خروج" in (await browser.get("/")).text
        await browser.get(link, 404)
    async with runtime.db.read() as session:
        account = await session.scalar(select(Staff))
    assert account is not None
    assert (account.email, account.role) == (EMAIL, Role.ADMIN)
    assert account.password is not None
    assert account.password.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("password", "again", "says"),
    [
        ("قصيرة", "قصيرة", "قصيرة"),
        (PASSWORD, PASSWORD + "!", "غير متطابقتين"),
        ("ط" * 300, "ط" * 300, "طويلة"),
    ],
)
async def test_a_bad_password_is_refused_in_words(
    runtime: Runtime, app: Starlette, password: str, again: str, says: str
) -> None:
    async with browsing(app) as browser:
        link = await first_link(runtime)
        answer = await browser.post(
            link, link, {"email": EMAIL, "password": password, "again": again}, 422
        )
        assert says in answer.text
        assert (await browser.get(link)).status_code == 200  # the link is not used up


async def test_signing_in_leads_to_the_page_that_was_asked_for(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        browser.client.cookies.clear()
        answer = await browser.get("/cases", 303)
        assert answer.headers["location"] == "/sign-in?next=/cases"
        assert await sign_in(browser, there="/cases") == "/cases"


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\t//evil.example",
    ],
)
async def test_nobody_is_sent_to_another_site(runtime: Runtime, app: Starlette, there: str) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        browser.client.cookies.clear()
        assert await sign_in(browser, there=there) == "/"


async def test_a_wrong_password_and_an_unknown_account_look_the_same(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        before = re.sub(r'value="[^"]*"', "", await sign_in(browser, "not this one", 422))
        await join(runtime, browser)
        browser.client.cookies.clear()
        after = re.sub(r'value="[^"]*"', "", await sign_in(browser, "not this one", 422))
        assert before == after


async def test_redis_sees_digests_only(runtime: Runtime, app: Starlette) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        browser.client.cookies.clear()
        for _ in range(FREE_TRIES):
            await sign_in(browser, "not this one", 422)
        assert "انتظر" in await sign_in(browser, PASSWORD, 429)
        kept = [key.decode() async for key in runtime.redis.client.scan_iter()]
        assert kept
        assert not any("salma" in key for key in kept)


async def test_signing_out_ends_the_session_on_the_server(runtime: Runtime, app: Starlette) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        stolen = browser.client.cookies["tammen_session"]
        await browser.post("/", "/sign-out", {})
        async with browsing(app, session=stolen) as thief:
            await thief.get("/", 303)


async def test_a_session_ends_when_it_is_idle(
    runtime: Runtime, app: Starlette, clock: SetClock
) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        for _ in range(3):
            clock.advance(minutes=29)
            await browser.get("/")
        clock.advance(minutes=31)
        await browser.get("/", 303)


async def test_a_page_that_renews_itself_keeps_no_session_alive(
    runtime: Runtime, app: Starlette, clock: SetClock
) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        for _ in range(3):
            clock.advance(minutes=9)
            await browser.part("/board")
        clock.advance(minutes=4)
        await browser.get("/", 303)


async def test_sessions_last_as_long_as_the_settings_say(runtime: Runtime, clock: SetClock) -> None:
    changed = {"session_idle_minutes": 10, "session_life_hours": 1}
    settings = runtime.settings.model_copy(update=changed)
    runtime = replace(runtime, settings=settings)
    async with browsing(create_app(runtime)) as browser:
        await join(runtime, browser)
        for _ in range(6):
            clock.advance(minutes=9)
            await browser.get("/")
        clock.advance(minutes=7)
        await browser.get("/", 303)


async def test_a_blocked_account_is_out_at_once(runtime: Runtime, app: Starlette) -> None:
    async with browsing(app) as browser:
        await join(runtime, browser)
        async with runtime.db.begin() as session:
            account = await accounts.by_email(session, EMAIL)
            assert account is not None
            await accounts.block(session, account, runtime.clock(), None)
        await browser.get("/", 303)
        await sign_in(browser, PASSWORD, 422)


async def test_cookies_are_out_of_reach_of_scripts_and_other_sites(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        link = await first_link(runtime)
        form = {"email": EMAIL, "password": PASSWORD, "again": PASSWORD}
        answer = await browser.post(link, link, form)
        set_cookies = answer.headers.get_list("set-cookie")
        assert [cookie.partition("=")[0] for cookie in set_cookies] == [
            "tammen_session",
            "tammen_device",
        ]
        for set_cookie in set_cookies:
            assert "HttpOnly" in set_cookie
            assert "SameSite=lax" in set_cookie
            assert "Secure" not in set_cookie
    async with runtime.db.read() as session:
        row = await session.scalar(select(StaffSession))
    assert row is not None
    assert row.token.hex() not in set_cookies[0]


async def test_behind_https_cookies_belong_to_this_very_host(
    runtime: Runtime, clock: SetClock
) -> None:
    changed = {"public_url": "https://tammen.example", "second_factor_set": "off"}
    runtime = replace(runtime, settings=runtime.settings.model_copy(update=changed))
    async with browsing(create_app(runtime)) as browser:
        browser.client.base_url = URL("https://tammen.example")
        link = await first_link(runtime)
        shown = await browser.get(link)
        form = {"email": EMAIL, "password": PASSWORD, "again": PASSWORD}
        joined = await browser.post(link, link, form)
        left = await browser.post("/", "/sign-out", {})
        set_cookies: list[str] = []
        for answer in (shown, joined, left):
            set_cookies += answer.headers.get_list("set-cookie")
    assert [cookie.partition("=")[0] for cookie in set_cookies] == [
        "__Host-tammen_csrf",
        "__Host-tammen_session",
        "__Host-tammen_device",
        "__Host-tammen_session",
    ]
    for cookie in set_cookies:
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


async def second_admin(runtime: Runtime) -> str:
    """Add another administrator; return the cookie of their session."""
    async with runtime.db.begin() as session:
        admin, _token = await accounts.add(
            session, "huda@mofa.example", Role.ADMIN, None, runtime.clock(), None
        )
    return await builders.cookie(runtime, admin)


async def waiting(runtime: Runtime, scenario: builders.Scenario) -> list[int]:
    """Return the numbers of the changes that wait for a second administrator."""
    async with runtime.db.read() as session:
        changes_waiting = await changes.waiting(session, scenario.staff[Role.ADMIN])
    return [change.id for change in changes_waiting]


async def test_two_administrators_add_an_account_that_sets_its_own_password(
    runtime: Runtime, app: Starlette, scenario: builders.Scenario
) -> None:
    token = await builders.cookie(runtime, scenario.staff[Role.ADMIN])
    async with browsing(app, session=token) as browser:
        form = {"email": "omar@mofa.example", "role": "post_officer", "country": "TR"}
        await browser.post("/staff", "/staff", form)
        assert "omar@mofa.example" not in (await browser.get("/staff")).text
        refused = await browser.post("/staff", "/staff", form, 422)
        assert "ينتظر شخصًا ثانيًا" in refused.text
        [change] = await waiting(runtime, scenario)
        await browser.post("/changes", f"/changes/{change}/approve", {}, 409)
    async with browsing(app, session=await second_admin(runtime)) as browser:
        shown = await browser.post("/changes", f"/changes/{change}/approve", {}, 200)
        [link] = re.findall(r'value="http://tammen\.example(/join/[^"]+)"', shown.text)
        assert "omar@mofa.example" in (await browser.get("/staff")).text
    async with browsing(app) as newcomer:
        assert Page((await newcomer.get(link)).text).count("[name=email]") == 0
        await newcomer.post(link, link, {"password": PASSWORD, "again": PASSWORD})
        await newcomer.get("/")
