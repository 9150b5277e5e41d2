"""Numbers too long for a database, or for Python, in every place of every route."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from bot.models import Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import browsing
from tests.pages import hostile
from tests.pages.reader import Page as Loaded

NUMBERS = ["9" * 18, "9" * 19, "9" * 30, "9" * 5000, "٩" * 30, "-1", "1e999", "nan", "²"]
SAME = {"Sec-Fetch-Site": "same-origin"}

Clients = dict[Role, tuple[httpx.AsyncClient, str]]  # with the token of their forms


@pytest.fixture
async def clients(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Clients]:
    """A browser of each role, signed in."""
    from contextlib import AsyncExitStack  # noqa: PLC0415

    async with AsyncExitStack() as stack:
        opened: Clients = {}
        for role in Role:
            session = await builders.cookie(runtime, scenario.staff[role])
            browser = await stack.enter_async_context(browsing(app, "en", session))
            csrf = Loaded((await browser.get("/")).text).posts[0]["csrf"]
            opened[role] = (browser.client, csrf)
        yield opened


@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
async def test_in_an_address_it_is_a_page_that_nobody_made(
    app: Starlette, clients: Clients, number: str
) -> None:
    failed = []
    for page in hostile.pages(app):
        client, csrf = clients[hostile.role_for(page)]
        for method in page.methods or ():
            data = {"csrf": csrf} if method == "POST" else None
            path = hostile.address(page, number)
            answer = await client.request(method, path, data=data, headers=SAME)
            if answer.status_code >= 500:
                failed.append((method, page.path, answer.status_code))
    client, _csrf = clients[Role.ADMIN]
    for route in hostile.machines(app):
        answer = await client.get(hostile.address(route, number), params={"id": number})
        if answer.status_code >= 500 and route.path != "/health/ready":
            failed.append(("GET", route.path, answer.status_code))
    assert failed == []


@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
async def test_in_a_query_it_is_no_error_of_ours(
    app: Starlette, clients: Clients, scenario: Scenario, number: str
) -> None:
    failed = []
    for page in hostile.pages(app):
        if "GET" not in (page.methods or ()):
            continue
        client, _csrf = clients[hostile.role_for(page)]
        path = hostile.real_address(page, scenario)
        query = dict.fromkeys(hostile.queries(page), number)
        answer = await client.get(path, params=query)
        if answer.status_code >= 500:
            failed.append((page.path, answer.status_code))
    assert failed == []


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", NUMBERS, ids=range(len(NUMBERS)))
async def test_in_a_field_it_is_refused_with_words(
    app: Starlette, clients: Clients, scenario: Scenario, number: str
) -> None:
    failed = []
    for page in hostile.pages(app):
        if page.methods != {"POST"} or page.path in {"/sign-out", "/sign-in"}:
            continue
        client, csrf = clients[hostile.role_for(page)]
        path = hostile.real_address(page, scenario)
        names = hostile.fields(page)
        sets = [names] if number != "9" * 30 else [names, *([name] for name in names)]
        for chosen in sets:
            data = {"csrf": csrf, **dict.fromkeys(chosen, number)}
            answer = await client.post(path, data=data, headers=SAME)
            if answer.status_code >= 500:
                failed.append((page.path, chosen[:1], len(chosen), answer.status_code))
    assert failed == []
