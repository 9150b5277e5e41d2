"""Every page, in both languages, for every role: who may see it, and that it is well scenario."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Route

from bot.consular.crises import sitreps
from bot.consular.staff import roles
from bot.models import Person, Role
from bot.pages.visit import ANYONE, HALF_OPEN, SIGNED_IN, Page
from bot.runtime.runtime import Runtime
from bot.web import create_app
from tests import builders, evacuating, surveying
from tests.builders import Scenario
from tests.console.browser import browsing
from tests.pages.reader import Page as Loaded

MACHINES = {
    "/health/live",
    "/health/ready",
    "/metrics",
    "/hooks/telegram",
    "/hooks/sms",
    "/hooks/sms/status",
    "/feeds/advisories.atom",
    "/feeds/advisories.rss",
    "/feeds/cap/{key}.xml",
}
# Parts that name a ready reply, a file, a person or an organisation: whoever may see them gets
# 404 without one.
NAMELESS = {
    "/cases/{id:int}/ready",
    "/cases/{id:int}/files/{file:int}",
    "/replies/{id:int}",
    "/organisations/{id:int}",
}
CHANNELLESS = {"/posts/{id:int}/poster"}  # no channel is set that it could name
STREAMS = "/changes"  # they never end; `test_live` listens to them
LINKS = {"/join/{token}", "/r/{token}", "/s/{token}"}  # need a token: their own tests load them


def pages(app: Starlette) -> list[Page]:
    """The routes that people use."""
    return [route for route in app.routes if isinstance(route, Page)]


def test_every_route_states_who_may_use_it(app: Starlette) -> None:
    known = {ANYONE, HALF_OPEN, SIGNED_IN} | frozenset().union(*roles.PERMISSIONS.values())
    others = {
        route.path
        for route in app.routes
        if isinstance(route, Route) and not isinstance(route, Page)
    }
    assert others <= MACHINES
    assert {page.may for page in pages(app)} <= known


def test_only_these_need_no_account(app: Starlette) -> None:
    free = {page.path for page in pages(app) if page.may == ANYONE}
    assert free == {
        "/sign-in",
        "/join/{token}",
        "/r/{token}",
        "/s/{token}",
        "/verify",
        "/phone",
        "/phone/numbers",
        "/phone/{n:int}/{form:form}",
        "/phone/{n:int}/{form:form}/changes",
    }


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("role", [*Role, None])
async def test_each_role_sees_its_pages_and_no_others(
    runtime: Runtime, app: Starlette, scenario: Scenario, role: Role | None, language: str
) -> None:
    session = await builders.cookie(runtime, scenario.staff[role]) if role else ""
    officer = scenario.staff[Role.HQ_OFFICER]
    sitrep_id = await sitreps.make(runtime.db, scenario.crisis_id, officer, runtime.clock())
    seated = await evacuating.seated(runtime, scenario)
    other_id = await neighbour(runtime, scenario)
    await surveying.drafted(runtime, officer, "SD")
    async with browsing(app, language, session) as browser:
        for page in pages(app):
            if (
                "GET" not in (page.methods or ())
                or page.path in LINKS
                or page.path.endswith(STREAMS)
            ):
                continue
            for path in addresses(page.path, scenario, other_id, sitrep_id, seated.transport_id):
                if path == "/sign-in" and role:
                    continue
                await browser.get(path, expected(page, role))


async def neighbour(runtime: Runtime, scenario: Scenario) -> int:
    """Somebody else in the country of the person whom the pages show."""
    async with runtime.db.read() as session:
        shown = await session.get_one(Person, scenario.person_id)
        others = select(Person.id).where(Person.country == shown.country, Person.id != shown.id)
        return (await session.scalars(others.order_by(Person.id))).first() or 0


def addresses(
    pattern: str,
    scenario: Scenario,
    other_id: int = 1,
    sitrep_id: int = 1,
    transport_id: int = 1,
) -> list[str]:
    """Real addresses of a route."""
    ids = {
        "/advisories/{id:int}": scenario.advisory_ids.values(),
        "/cases/{id:int}": [scenario.case_id],
        "/crises/{id:int}": [scenario.crisis_id],
        "/sitreps/{id:int}": [sitrep_id],
        "/transports/{id:int}": [transport_id],
        "/people/{id:int}": [scenario.person_id],
        "/posts/{id:int}": [scenario.post_id],
        "/organisations/{id:int}": [1],
        "/replies/{id:int}": [1],
        "/surveys/{id:int}": [1],
        "/templates/{id:int}": [scenario.template_id],
    }
    for start, found in ids.items():
        if pattern.startswith(start):
            pattern = pattern.replace("{person:int}", str(scenario.person_id))
            pattern = pattern.replace("{other:int}", str(other_id))
            pattern = pattern.replace("{file:int}", "1")
            return [pattern.replace("{id:int}", str(one)) for one in found]
    if pattern.endswith("/file"):
        return [f"{pattern}?kind=csv"]
    return [pattern.replace("{n:int}", "1").replace("{form:form}", "chat")]


def expected(page: Page, role: Role | None) -> int:
    """The status this role should get."""
    if page.may == HALF_OPEN:
        return 303
    if page.path == "/confirm" and role:
        return 401  # it asks who it is
    if page.may in {ANYONE, SIGNED_IN}:
        return 200 if role or page.may == ANYONE else 303
    if role is None:
        return 303
    if page.may not in roles.PERMISSIONS[role]:
        return 403
    if page.path in NAMELESS:
        return 404
    if "after-action" in page.path:
        return 409  # the crisis is open
    elsewhere = role is Role.POST_OFFICER and page.path.startswith(
        "/posts/{id:int}"
    )  # a post in another country
    if elsewhere:
        return 404
    return 422 if page.path in CHANNELLESS else 200


@pytest.mark.parametrize("role", [*Role, None])
async def test_each_role_posts_to_its_forms_and_no_others(
    runtime: Runtime, app: Starlette, scenario: Scenario, role: Role | None
) -> None:
    session = await builders.cookie(runtime, scenario.staff[role]) if role else ""
    async with browsing(app, "ar", session) as browser:
        csrf = Loaded((await browser.get("/")).text).posts[0]["csrf"] if role else ""
        for page in pages(app):
            if page.methods != {"POST"} or page.may in {ANYONE, HALF_OPEN, SIGNED_IN}:
                continue
            path = addresses(page.path, scenario)[0]
            path = re.sub(r"\{\w+:int\}", str(scenario.case_id), path)
            answer = await browser.client.post(
                path, data={"csrf": csrf}, headers={"Sec-Fetch-Site": "same-origin"}
            )
            refused = 401 if role is None else 403
            is_allowed = role is not None and page.may in roles.PERMISSIONS[role]
            assert (answer.status_code != refused) is is_allowed, f"{path}: {answer.status_code}"


async def test_the_phone_page_is_not_there_when_it_is_off(runtime: Runtime) -> None:
    object.__setattr__(
        runtime, "settings", runtime.settings.model_copy(update={"phone_set": False})
    )
    async with browsing(create_app(runtime)) as browser:
        await browser.get("/phone", 404)


async def test_a_page_nobody_made_is_a_kind_404(app: Starlette) -> None:
    async with browsing(app, "ar") as arabic, browsing(app, "en") as english:
        assert "لا شيء في هذا العنوان" in (await arabic.get("/nowhere", 404)).text
        assert "There is nothing at this address" in (await english.get("/nowhere", 404)).text
