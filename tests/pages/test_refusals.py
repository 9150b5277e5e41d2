"""What is refused is counted and logged by page, and bodies of another type are refused."""

from __future__ import annotations

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from bot.models import Role
from bot.pages.shield import Headers
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario


def asking(app: Starlette, cookie: str = "") -> httpx.AsyncClient:
    headers = {"Cookie": f"tammen_session={cookie}", "Sec-Fetch-Site": "same-origin"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://inside:8000", headers=headers)


def counted(status: int) -> float:
    return REGISTRY.get_sample_value("tammen_refusals_total", {"status": str(status)}) or 0


async def test_a_refusal_is_counted_and_logged_with_page_and_account(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    auditor = scenario.staff[Role.AUDITOR]
    before = counted(403)
    async with asking(app, await builders.cookie(runtime, auditor)) as client:
        with capture_logs() as logs:
            assert (await client.get("/people/1")).status_code == 403
    assert counted(403) == before + 1
    (line,) = [entry for entry in logs if entry["event"] == "refused"]
    assert (line["status"], line["method"], line["staff_id"]) == (403, "GET", auditor.id)
    assert line["page"].startswith("bot.console.people.")


async def test_a_method_that_no_page_has_is_counted_and_strange_addresses_fill_no_log(
    app: Starlette,
) -> None:
    methods, missing = counted(405), counted(404)
    async with asking(app) as client:
        with capture_logs() as logs:
            assert (await client.request("TRACE", "/sign-in")).status_code == 405
            assert (await client.get("/wp-login.php")).status_code == 404
    assert (counted(405), counted(404)) == (methods + 1, missing + 1)
    assert [line["status"] for line in logs if line["event"] == "refused"] == [405]


@pytest.mark.parametrize("sent_type", ["application/json", "text/plain", ""])
async def test_a_body_that_is_no_form_is_refused(app: Starlette, sent_type: str) -> None:
    headers = {"Content-Type": sent_type} if sent_type else {}
    async with asking(app) as client:
        answer = await client.post("/sign-in", content=b'{"email": "a"}', headers=headers)
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.headers["accept-post"]


async def test_what_machines_ask_for_is_a_file_and_pages_are_pages(app: Starlette) -> None:
    async with asking(app) as client:
        health = await client.get("/health/live")
        page = await client.get("/sign-in")
    assert health.headers["content-type"].startswith("application/json")
    assert health.headers["content-disposition"] == 'attachment; filename="api.json"'
    assert "content-disposition" not in page.headers


async def test_behind_https_browsers_ask_for_nothing_else(runtime: Runtime) -> None:
    async def page(_request: Request) -> Response:
        return Response()

    middleware = [Middleware(Headers, is_https=True)]
    app = Starlette(routes=[Route("/", page)], middleware=middleware)
    async with asking(app) as client:
        answer = await client.get("/")
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_signing_out_empties_what_the_browser_kept(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with asking(app, token) as client:
        page = (await client.get("/account")).text
        csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
        left = await client.post("/sign-out", data={"csrf": csrf})
    assert (left.status_code, left.headers["clear-site-data"]) == (303, '"cache", "storage"')
