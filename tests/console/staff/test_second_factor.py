"""A password is not enough for those who see names: the second step, and setting it up."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from httpx import URL
from starlette.applications import Starlette

from bot.consular.audit import trail
from bot.consular.staff import accounts, hashing, totp
from bot.models import Role, Staff
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.passkey import Authenticator

PASSWORD = "طمّن أمّك عليك كل مساء"
EMAIL = "salma@mofa.example"
SITE = "https://tammen.example"


@pytest.fixture
def runtime_of_https(runtime: Runtime) -> Runtime:
    """The same behind https, where second factors are required."""
    settings = runtime.settings.model_copy(update={"public_url": SITE})
    return replace(runtime, settings=settings)


@pytest.fixture
def https_app(runtime_of_https: Runtime) -> Starlette:
    return create_app(runtime_of_https)


@pytest.fixture
async def browser(https_app: Starlette) -> AsyncIterator[Browser]:
    async with browsing(https_app, "en") as opened:
        opened.client.base_url = URL(SITE)
        yield opened


async def account(runtime: Runtime, role: Role = Role.HQ_OFFICER) -> Staff:
    """An account with a password."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        added, token = await accounts.add(session, EMAIL, role, None, now, None)
        await accounts.use_link(session, token, None, await hashing.digest(PASSWORD), now)
    return added


async def sign_in(browser: Browser) -> str:
    """Give the password; return the page that comes next."""
    form = {"email": EMAIL, "password": PASSWORD, "next": "/cases"}
    answer = await browser.post("/sign-in", "/sign-in", form)
    return str(answer.headers["location"])


def secret_on(page: httpx.Response) -> str:
    return Page(page.text).text("code.secret").replace(" ", "")


def options_on(page: httpx.Response) -> str:
    [options] = re.findall(r'data-options="([^"]*)"', page.text)
    return html.unescape(options)


async def enrol_app(runtime: Runtime, browser: Browser) -> tuple[str, list[str]]:
    """Set up an app; return its secret and the recovery codes."""
    page = await sign_in(browser)
    secret = secret_on(await browser.get(page))
    code = totp.code_at(secret, int(runtime.clock().timestamp()) // 30)
    shown = await browser.post(page, "/sign-in/enrol", {"proof_code": code}, 200)
    return secret, Page(shown.text).texts(".codes li")


async def test_the_first_sign_in_sets_up_an_app_and_shows_recovery_codes_once(
    runtime: Runtime, browser: Browser, clock: SetClock
) -> None:
    await account(runtime)
    page = await sign_in(browser)
    assert page == "/sign-in/enrol?next=/cases"
    for closed in ("/", "/people", "/account", "/account/factor"):
        answer = await browser.get(closed, 303)
        assert answer.headers["location"].startswith("/sign-in")
    shown = await browser.get(page)
    assert Page(shown.text).count(".qr svg") == 1
    assert 'href="/cases"' in shown.text or "next" in shown.text
    refused = await browser.post(page, "/sign-in/enrol", {"proof_code": "000000"}, 422)
    assert "The code is not right" in refused.text
    secret = secret_on(shown)
    code = totp.code_at(secret, int(clock().timestamp()) // 30)
    half_open = browser.client.cookies["__Host-tammen_session"]
    codes = await browser.post(page, "/sign-in/enrol", {"proof_code": code, "next": "/cases"}, 200)
    assert len(Page(codes.text).texts(".codes li")) == 10
    assert browser.client.cookies["__Host-tammen_session"] != half_open
    await browser.get("/cases")


async def test_later_sign_ins_ask_for_a_code_which_works_once(
    runtime: Runtime, browser: Browser, clock: SetClock
) -> None:
    await account(runtime)
    secret, _ = await enrol_app(runtime, browser)
    await browser.post("/", "/sign-out", {})
    clock.advance(minutes=2)
    page = await sign_in(browser)
    assert page == "/sign-in/second?next=/cases"
    await browser.get("/sign-in/enrol", 303)  # who has one cannot set up another in this way
    await browser.post(page, "/sign-in/enrol", {"proof_code": "000000"})
    await browser.get("/", 303)
    await browser.post(page, "/sign-in/second", {"proof_password": PASSWORD}, 422)
    code = totp.code_at(secret, int(clock().timestamp()) // 30)
    answer = await browser.post(page, "/sign-in/second", {"proof_code": code, "next": "/cases"})
    assert answer.headers["location"] == "/cases"
    await browser.get("/cases")
    await browser.post("/", "/sign-out", {})
    page = await sign_in(browser)
    await browser.post(page, "/sign-in/second", {"proof_code": code}, 422)


async def test_a_recovery_code_stands_in_once(runtime: Runtime, browser: Browser) -> None:
    await account(runtime)
    _, codes = await enrol_app(runtime, browser)
    for status in (303, 422):
        await browser.client.get("/")
        browser.client.cookies.delete("__Host-tammen_session")
        page = await sign_in(browser)
        await browser.post(page, "/sign-in/second", {"proof_code": codes[0]}, status)


async def test_a_passkey_is_a_second_factor(runtime: Runtime, browser: Browser) -> None:
    await account(runtime)
    key = Authenticator(SITE)
    page = await sign_in(browser)
    made = key.create(options_on(await browser.get(page)))
    csrf = {"csrf": Page((await browser.client.get("/sign-in")).text).posts[0]["csrf"]}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = await browser.client.post(
        "/sign-in/enrol", data={**csrf, "proof_passkey": made}, headers=headers
    )
    assert answer.status_code == 200
    assert len(Page(answer.text).texts(".codes li")) == 10
    await browser.post("/", "/sign-out", {})
    page = await sign_in(browser)
    signed = key.get(options_on(await browser.get(page)))
    csrf = {"csrf": Page((await browser.client.get("/sign-in")).text).posts[0]["csrf"]}
    answer = await browser.client.post(
        "/sign-in/second", data={**csrf, "proof_passkey": signed}, headers=headers
    )
    assert answer.status_code == 303
    await browser.get("/")


async def test_guessing_codes_grows_slow(runtime: Runtime, browser: Browser) -> None:
    await account(runtime)
    await enrol_app(runtime, browser)
    browser.client.cookies.delete("__Host-tammen_session")
    page = await sign_in(browser)
    for _ in range(5):
        await browser.post(page, "/sign-in/second", {"proof_code": "000000"}, 422)
    refused = await browser.post(page, "/sign-in/second", {"proof_code": "000000"}, 429)
    assert int(refused.headers["retry-after"]) >= 1


async def test_an_auditor_sees_no_names_and_needs_none(runtime: Runtime, browser: Browser) -> None:
    await account(runtime, Role.AUDITOR)
    assert await sign_in(browser) == "/cases"
    await browser.get("/audit")


async def test_an_admin_resets_lost_factors(
    runtime: Runtime, https_app: Starlette, browser: Browser
) -> None:
    owner = await account(runtime)
    await enrol_app(runtime, browser)
    async with runtime.db.begin() as session:
        admin = await builders.account(session, Role.ADMIN, runtime.clock())
    token = await builders.cookie(runtime, admin)
    async with browsing(https_app, "en", token) as second:
        second.client.base_url = URL(SITE)
        assert "has a second factor" in (await second.get("/staff")).text
        await second.post("/staff", f"/staff/{owner.id}/factors/reset", {})
    await browser.get("/", 303)
    assert await sign_in(browser) == "/sign-in/enrol?next=/cases"
    async with runtime.db.read() as session:
        notes = await trail.of(session, f"staff:{owner.id}")
    assert "staff.factors_reset" in [note.action for note in notes]


async def test_where_it_is_off_the_account_page_says_so(runtime: Runtime, app: Starlette) -> None:
    await account(runtime)
    async with browsing(app, "en") as at_home:
        assert await sign_in(at_home) == "/cases"
        assert "Second factors are off" in (await at_home.get("/account")).text
