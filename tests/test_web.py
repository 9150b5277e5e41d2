"""What every answer has, what is refused before any page, and what machines ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from starlette.applications import Starlette

from bot.models import Role
from bot.runtime.database import open_database
from bot.runtime.redis import open_redis
from bot.runtime.runtime import Runtime
from bot.signals import bells
from bot.web import create_app
from tests import builders
from tests.console.browser import browsing
from tests.pages.reader import Page


@pytest.mark.parametrize(
    "path", ["/sign-in", "/phone", "/nowhere", "/static/tammen.css", "/health/live"]
)
async def test_every_answer_has_the_security_headers(app: Starlette, path: str) -> None:
    async with browsing(app) as browser:
        headers = (await browser.client.get(path)).headers
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == ("public, max-age=3600" if "static" in path else "no-store")


async def test_pages_point_to_assets_that_may_be_kept_for_ever(app: Starlette) -> None:
    async with browsing(app) as browser:
        page = (await browser.get("/sign-in")).text
        address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
        assert "immutable" in (await browser.client.get(address)).headers["cache-control"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_a_form_of_another_site_is_refused(
    runtime: Runtime,
    app: Starlette,
    scenario: builders.Scenario,
    headers: dict[str, str],
) -> None:
    session = await builders.cookie(runtime, scenario.staff[Role.ADMIN])
    async with browsing(app, session=session) as browser:
        csrf = Page((await browser.get("/")).text).posts[0]["csrf"]
        answer = await browser.client.post("/sign-out", data={"csrf": csrf}, headers=headers)
        assert answer.status_code == 403
        await browser.get("/")  # still signed in


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://tammen.example"}]
)
async def test_a_form_without_its_token_is_refused(
    runtime: Runtime,
    app: Starlette,
    scenario: builders.Scenario,
    headers: dict[str, str],
) -> None:
    session = await builders.cookie(runtime, scenario.staff[Role.ADMIN])
    async with browsing(app, session=session) as browser:
        for csrf in ("", "somebody else's"):
            answer = await browser.client.post("/sign-out", data={"csrf": csrf}, headers=headers)
            assert answer.status_code == 403
        csrf = Page((await browser.get("/")).text).posts[0]["csrf"]
        assert (
            await browser.client.post("/sign-out", data={"csrf": csrf}, headers=headers)
        ).status_code == 303


async def test_a_body_over_a_megabyte_is_refused_even_when_its_length_is_not_told(
    app: Starlette,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(12):
            yield b"x" * 100_000

    headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
    async with browsing(app) as browser:
        told = await browser.client.post("/sign-in", content=b"x" * 1_000_001, headers=headers)
        untold = await browser.client.post("/sign-in", content=chunks(), headers=headers)
    assert (told.status_code, untold.status_code) == (413, 413)


@pytest.mark.parametrize(
    ("path", "cookie", "accepts", "language"),
    [
        ("/sign-in", "", "en-GB,en;q=0.9,ar;q=0.5", "en"),
        ("/sign-in", "", "fr, ar;q=0.8, en;q=0.2", "ar"),
        ("/sign-in", "", "de", "ar"),
        ("/sign-in", "", "en;q=nonsense", "ar"),
        ("/sign-in", "ar", "en", "ar"),
        ("/sign-in?lang=en", "ar", "ar", "en"),
        ("/sign-in?lang=xx", "", "en", "en"),
    ],
)
async def test_the_language_of_a_page(
    app: Starlette, path: str, cookie: str, accepts: str, language: str
) -> None:
    async with browsing(app, language) as browser:
        browser.client.headers["Accept-Language"] = accepts
        if cookie:
            browser.client.cookies.set("tammen_lang", cookie)
        await browser.get(path)


async def test_a_chosen_language_is_remembered_by_the_account(
    runtime: Runtime,
    app: Starlette,
    scenario: builders.Scenario,
) -> None:
    account = scenario.staff[Role.APPROVER]
    async with browsing(app, "en", await builders.cookie(runtime, account)) as browser:
        await browser.get("/?lang=en")
    async with browsing(app, "en", await builders.cookie(runtime, account)) as elsewhere:
        elsewhere.client.headers["Accept-Language"] = "ar"
        await elsewhere.get("/")


# What machines ask


async def test_it_is_ready_with_a_worker_and_says_when_rasa_is_missing(
    runtime: Runtime, app: Starlette
) -> None:
    async with browsing(app) as browser:
        assert (await browser.get("/health/live")).json() == {"live": True}
        answer = await browser.get("/health/ready", 503)
        assert answer.json() == {"ready": False, "missing": ["worker", "nlu"]}
        await bells.beat(runtime.redis, "test")
        answer = await browser.get("/health/ready")
        assert answer.json() == {"ready": True, "missing": ["nlu"]}


async def test_it_is_whole_when_rasa_answers(runtime: Runtime, unused_tcp_port: int) -> None:
    async def status(request: web.Request) -> web.Response:
        return web.Response(status=200 if request.query.get("token") == "secret" else 401)

    rasa = web.Application()
    rasa.router.add_get("/status", status)
    runner = web.AppRunner(rasa)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    update = {"nlu_url": f"http://127.0.0.1:{unused_tcp_port}", "nlu_token": "secret"}
    object.__setattr__(runtime, "settings", runtime.settings.model_copy(update=update))
    await bells.beat(runtime.redis, "test")
    async with browsing(create_app(runtime)) as browser:
        assert (await browser.get("/health/ready")).json() == {"ready": True, "missing": []}
    await runner.cleanup()


async def test_what_is_away_is_named(runtime: Runtime, unused_tcp_port: int) -> None:
    away = f"127.0.0.1:{unused_tcp_port}"
    database = open_database(f"postgresql+asyncpg://nobody@{away}/none", runtime.keyring)
    redis = open_redis(f"redis://{away}")
    object.__setattr__(runtime, "db", database)
    object.__setattr__(runtime, "redis", redis)
    async with browsing(create_app(runtime)) as browser:
        answer = await browser.get("/health/ready", 503)
    assert answer.json()["missing"] == ["database", "redis", "worker", "nlu"]
    await redis.aclose()
    await database.close()


async def test_metrics_name_nobody(
    runtime: Runtime, app: Starlette, scenario: builders.Scenario
) -> None:
    async with browsing(app) as browser:
        text = (await browser.get("/metrics")).text
    assert "tammen_inbound" in text
    assert "+999" not in text
    assert "سالم" not in text


async def measured(runtime: Runtime, shown: str, **settings: str | None) -> int:
    changed = runtime.settings.model_copy(update=settings)
    async with browsing(create_app(replace(runtime, settings=changed))) as browser:
        headers = {"Authorization": shown}
        return (await browser.client.get("/metrics", headers=headers)).status_code


async def test_metrics_are_for_whoever_has_the_token(runtime: Runtime) -> None:
    token = "a-token-of-the-metrics"
    site = {"public_url": "https://tammen.example"}
    assert await measured(runtime, f"Bearer {token}", metrics_token=token, **site) == 200
    for shown in ("", token, "Bearer ", f"Bearer {token}x"):
        assert await measured(runtime, shown, metrics_token=token) == 404
    assert await measured(runtime, "Bearer None", **site) == 404
    assert await measured(runtime, "", host="0.0.0.0") == 404
    assert await measured(runtime, "") == 200


async def test_an_error_of_ours_is_a_kind_page_and_tells_nothing(runtime: Runtime) -> None:
    broken = create_app(runtime)
    broken.state.phone = None
    async with browsing(broken, "en") as browser:
        answer = await browser.get("/phone", 500)
    assert "It is our mistake" in answer.text
    assert "Traceback" not in answer.text
