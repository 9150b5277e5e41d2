"""One's own account: password, sessions, second factors, and proving again who one is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.routing import Route

from bot.consular.staff import accounts, hashing, sessions, totp
from bot.models import Role, Staff, StaffSession
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

PASSWORD = "طمّن أمّك عليك كل مساء"
NEW_PASSWORD = "ثلاث قطط تنام فوق السطح"
EMAIL = "salma@mofa.example"


@pytest.fixture
async def owner(runtime: Runtime) -> Staff:
    """An account with a password."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        account, token = await accounts.add(session, EMAIL, Role.HQ_OFFICER, None, now, None)
        await accounts.use_link(session, token, None, await hashing.digest(PASSWORD), now)
    return account


@pytest.fixture
async def browser(runtime: Runtime, app: Starlette, owner: Staff) -> AsyncIterator[Browser]:
    """The owner's browser, signed in."""
    async with browsing(app, "en", await builders.cookie(runtime, owner)) as opened:
        yield opened


async def session_count(runtime: Runtime) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(StaffSession)) or 0


async def test_people_change_their_own_password_and_other_sessions_end(
    runtime: Runtime, app: Starlette, browser: Browser, owner: Staff
) -> None:
    stolen = await builders.cookie(runtime, owner)
    own_token = browser.client.cookies["tammen_session"]
    form = {"present": "wrong", "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    refused = await browser.post("/account", "/account/password", form, 422)
    assert "present password is not right" in refused.text
    form["present"] = PASSWORD
    weak = {**form, "new": "salma12345678", "again": "salma12345678"}
    refused = await browser.post("/account", "/account/password", weak, 422)
    assert "easy to guess" in refused.text
    assert await session_count(runtime) == 2
    await browser.post("/account", "/account/password", form)
    assert await session_count(runtime) == 1
    assert "changed the password" in (await browser.get("/account")).text
    for old in (stolen, own_token):
        async with browsing(app, "en", old) as other:
            await other.get("/", 303)
    async with browsing(app, "en") as anew:
        for password, status in [(PASSWORD, 422), (NEW_PASSWORD, 303)]:
            await anew.post("/sign-in", "/sign-in", {"email": EMAIL, "password": password}, status)


async def test_people_see_and_end_their_sessions(
    runtime: Runtime, app: Starlette, browser: Browser, owner: Staff
) -> None:
    origin = sessions.Origin("Firefox, Linux", "192.0.2.0/24")
    async with runtime.db.begin() as session:
        token, row = await sessions.sign_in(session, owner, runtime.clock(), origin)
        stranger = await builders.account(session, Role.ADMIN, runtime.clock())
        _, of_stranger = await sessions.sign_in(session, stranger, runtime.clock())
    shown = Page((await browser.get("/account")).text)
    assert shown.count("[data-sessions] li") == 2
    assert any(
        "Firefox, Linux" in text and "192.0.2.0/24" in text
        for text in shown.texts("[data-sessions] li")
    )
    await browser.post("/account", f"/account/sessions/{of_stranger.id}/end", {})
    assert await session_count(runtime) == 3
    await browser.post("/account", f"/account/sessions/{row.id}/end", {})
    async with browsing(app, "en", token) as other:
        await other.get("/", 303)
    await builders.cookie(runtime, owner)
    await browser.post("/account", "/account/sessions/end", {})
    assert await session_count(runtime) == 2
    await browser.get("/account")


async def test_sessions_tell_where_they_were_begun(app: Starlette, owner: Staff) -> None:
    async with browsing(app, "en") as anew:
        anew.client.headers["User-Agent"] = (
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        )
        await anew.post("/sign-in", "/sign-in", {"email": EMAIL, "password": PASSWORD})
        [text] = Page((await anew.get("/account")).text).texts("[data-sessions] li")
    assert "Firefox, Linux" in text
    assert "127.0.0.0/24" in text


async def test_a_factor_is_added_and_removed_after_proving_again_who_one_is(
    runtime: Runtime, browser: Browser, clock: SetClock
) -> None:
    page = await browser.get("/account/factor")
    secret = Page(page.text).text("code.secret").replace(" ", "")
    code = totp.code_at(secret, int(clock().timestamp()) // 30)
    await browser.post("/account/factor", "/account/factor", {"proof_code": code}, 200)
    clock.advance(minutes=6)
    asked = await browser.post("/account", "/account/codes", {}, 401)
    assert "Is it you?" in asked.text
    old_token = browser.client.cookies["tammen_session"]
    code = totp.code_at(secret, int(clock().timestamp()) // 30)
    made = await browser.post("/account", "/account/codes", {"proof_code": code}, 200)
    assert Page(made.text).count(".codes li") == 10
    assert browser.client.cookies["tammen_session"] != old_token
    refused = await browser.post("/account", "/account/app/remove", {}, 409)
    assert "this is the last one" in refused.text
    assert "added a second factor" in (await browser.get("/account")).text


GUARDED = {
    "/account/app/remove",
    "/account/codes",
    "/account/factor",
    "/account/passkeys/{id:int}/remove",
    "/account/sessions/end",
    "/account/sessions/{id:int}/end",
    "/advisories/{id:int}/approve",
    "/advisories/{id:int}/not-reached.csv",
    "/crises/{id:int}/people/file",
    "/advisories/{id:int}/override",
    "/cases/{id:int}/release",
    "/changes/{id:int}/approve",
    "/staff",
    "/staff/{id:int}/block",
    "/staff/{id:int}/factors/reset",
    "/staff/{id:int}/link",
    "/transports/{id:int}/manifest.pdf",
    "/transports/{id:int}/manifest.xlsx",
    "/people/{id:int}/warden",
    "/people/file",
}


def test_grave_routes_ask_again(app: Starlette) -> None:
    pages = [route for route in app.routes if isinstance(route, Route)]
    guarded = {page.path for page in pages if getattr(page, "asks_again", False)}
    assert guarded == GUARDED


async def test_what_was_filled_in_waits_while_the_owner_proves_who_they_are(
    runtime: Runtime, app: Starlette, clock: SetClock
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        admin, token = await accounts.add(session, EMAIL, Role.ADMIN, None, now, None)
        await accounts.use_link(session, token, None, await hashing.digest(PASSWORD), now)
    async with browsing(app, "en", await builders.cookie(runtime, admin)) as browser:
        clock.advance(minutes=6)
        form = {"email": "omar@mofa.example", "role": "auditor"}
        asked = await browser.post("/staff", "/staff", form, 401)
        waiting = [post for post in Page(asked.text).posts if "email" in post]
        assert [(post["email"], post["role"]) for post in waiting] == [
            ("omar@mofa.example", "auditor")
        ]
        wrong = {**form, "proof_password": "not this one"}
        refused = await browser.post("/staff", "/staff", wrong, 401)
        assert "That is not right" in refused.text
        right = {**form, "proof_password": PASSWORD}
        await browser.post("/staff", "/staff", right)
        assert "omar@mofa.example" in (await browser.get("/changes")).text
        await browser.post("/staff", "/staff", {**form, "email": "ali@mofa.example"})
        assert "ali@mofa.example" in (await browser.get("/changes")).text


async def test_a_download_asks_first_and_then_comes(
    runtime: Runtime, app: Starlette, clock: SetClock, scenario: Scenario
) -> None:
    account = scenario.staff[Role.HQ_OFFICER]
    hashed = await hashing.digest(PASSWORD)
    async with runtime.db.begin() as session:
        (await session.get_one(Staff, account.id)).password = hashed
    path = f"/advisories/{scenario.advisory_ids['sending']}/not-reached.csv"
    async with browsing(app, "en", await builders.cookie(runtime, account)) as browser:
        clock.advance(minutes=6)
        asked = await browser.get(path, 303)
        page = asked.headers["location"]
        assert page == f"/confirm?next={path}"
        form = {"next": path, "proof_password": PASSWORD}
        answer = await browser.post(page, "/confirm", form)
        assert answer.headers["location"] == path
        assert (await browser.get(path)).headers["content-type"].startswith("text/csv")
