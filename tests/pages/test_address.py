"""Whatever host a request claims, pages, redirects, links and feeds name our own."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.routing import Mount

from bot.models import Role
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders
from tests.builders import Scenario
from tests.console.browser import browsing
from tests.pages import hostile
from tests.pages.reader import Page as Loaded

FORGED = "evil.example"
CLAIMS = {
    "Host": FORGED,
    "X-Forwarded-Host": FORGED,
    "X-Forwarded-Server": FORGED,
    "X-Original-URL": f"https://{FORGED}/",
    "Forwarded": f"host={FORGED};proto=https",
}
PUBLIC = "https://tammen.example.org"


@pytest.mark.parametrize("public_url", [None, PUBLIC])
async def test_a_forged_host_is_nowhere_in_an_answer(
    runtime: Runtime, scenario: Scenario, public_url: str | None
) -> None:
    settings = runtime.settings.model_copy(update={"public_url": public_url, "phone_set": True})
    app = create_app(replace(runtime, settings=settings))
    officer = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    leaks = []
    for session in ("", officer):
        async with browsing(app, "en", session) as browser:
            paths = [hostile.real_address(page, scenario) for page in hostile.pages(app)]
            paths += [hostile.address(route, 1) for route in hostile.machines(app)]
            mounts = [route.path for route in app.routes if isinstance(route, Mount)]
            for path in {*paths, *(f"{path}/" for path in paths), *mounts, "/nowhere"}:
                answer = await browser.client.get(path, headers=CLAIMS)
                if FORGED in answer.text or FORGED in str(answer.headers):
                    leaks.append(path)
    assert leaks == []


async def test_a_redirect_leads_to_the_public_address(runtime: Runtime) -> None:
    settings = runtime.settings.model_copy(update={"public_url": PUBLIC})
    async with browsing(create_app(replace(runtime, settings=settings))) as browser:
        answer = await browser.client.get("/sign-in/", headers=CLAIMS)
    assert answer.headers["location"] == f"{PUBLIC}/sign-in"


async def test_a_form_whose_origin_is_the_host_it_claims_is_refused(
    runtime: Runtime, scenario: Scenario
) -> None:
    """A name that was made to lead here makes its own page's forms look like ours."""
    app = create_app(runtime)
    session = await builders.cookie(runtime, scenario.staff[Role.ADMIN])
    async with browsing(app, "en", session) as browser:
        csrf = Loaded((await browser.get("/")).text).posts[0]["csrf"]
        headers = {"Host": FORGED, "Origin": f"http://{FORGED}"}
        answer = await browser.client.post("/sign-out", data={"csrf": csrf}, headers=headers)
        assert answer.status_code == 403
        await browser.get("/")
