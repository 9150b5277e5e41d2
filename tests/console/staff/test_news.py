"""Owners hear by e-mail of what changes how they sign in, and of browsers we do not know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette

from bot.consular.staff import accounts, hashing
from bot.models import Role, Staff
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.console.browser import browsing
from tests.servers import smtp
from tests.servers.smtp import MailServer

PASSWORD = "طمّن أمّك عليك كل مساء"
NEW_PASSWORD = "ثلاث قطط تنام فوق السطح"
EMAIL = "salma@mofa.example"
ADMIN = "huda@mofa.example"


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    """A mail server."""
    async with smtp.running() as server:
        yield server


@pytest.fixture
def mailing(runtime: Runtime, mail: MailServer) -> Starlette:
    """The web application with a mail server."""
    update = {"smtp_url": mail.url, "smtp_from": "tammen@mofa.example"}
    settings = runtime.settings.model_copy(update=update)
    return create_app(replace(runtime, settings=settings))


@pytest.fixture
async def owner(runtime: Runtime) -> Staff:
    """An account with a password, whose owner reads English."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        account, token = await accounts.add(session, EMAIL, Role.HQ_OFFICER, None, now, None)
        await accounts.use_link(session, token, None, await hashing.digest(PASSWORD), now)
        await accounts.set_language(session, account, "en")
    return account


async def test_each_change_of_an_account_is_told_to_its_owner(
    runtime: Runtime, mailing: Starlette, mail: MailServer, owner: Staff
) -> None:
    async with browsing(mailing, "en", await builders.cookie(runtime, owner)) as browser:
        form = {"present": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
        await browser.post("/account", "/account/password", form)
        await browser.post("/account", "/account/codes", {}, 200)
    assert mail.told(EMAIL) == [
        "The password of your account was changed.",
        "New recovery codes were made for your account.",
    ]
    assert "tell your administrator now" in mail.letters[0].get_content()


async def test_a_reset_by_an_admin_is_told_to_the_owner_and_not_to_the_admin(
    runtime: Runtime, mailing: Starlette, mail: MailServer, owner: Staff
) -> None:
    async with runtime.db.begin() as session:
        admin, _token = await accounts.add(session, ADMIN, Role.ADMIN, None, runtime.clock(), None)
    async with browsing(mailing, "en", await builders.cookie(runtime, admin)) as browser:
        await browser.post("/staff", f"/staff/{owner.id}/factors/reset", {})
    assert mail.told(EMAIL) == ["An administrator removed all second factors of your account."]
    assert mail.told(ADMIN) == []


async def test_a_browser_that_was_inside_before_is_no_news(
    runtime: Runtime, mailing: Starlette, mail: MailServer, owner: Staff
) -> None:
    signing_in = {"email": EMAIL, "password": PASSWORD}
    async with browsing(mailing, "en") as browser:
        await browser.post("/sign-in", "/sign-in", signing_in)
        await browser.post("/account", "/sign-out", {})
        await browser.post("/sign-in", "/sign-in", signing_in)
    assert mail.told(EMAIL) == [
        "Somebody signed in to your account in a browser that we do not know."
    ]


async def test_a_mail_server_that_is_away_stops_nobody(
    runtime: Runtime, mail: MailServer, owner: Staff
) -> None:
    update = {"smtp_url": "smtp://127.0.0.1:9", "smtp_from": "tammen@mofa.example"}
    settings = runtime.settings.model_copy(update=update)
    app = create_app(replace(runtime, settings=settings))
    async with browsing(app, "en", await builders.cookie(runtime, owner)) as browser:
        await browser.post("/account", "/account/codes", {}, 200)
    assert mail.letters == []
