"""What the console's pages do by themselves: numbers follow what is chosen, counts follow what
happens.
"""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.models import Role
from tests import builders
from tests.browser.conftest import Site
from tests.browser.test_phone_page import open_page, said

pytestmark = pytest.mark.timeout(180)


async def sign_in(chromium: Browser, site: Site) -> tuple[Page, list[str], str]:
    """An officer's page, what goes wrong on it, and the session's token."""
    scenario = await builders.scenario(site.runtime)
    token = await builders.cookie(site.runtime, scenario.staff[Role.HQ_OFFICER])
    context = await chromium.new_context(locale="ar")
    await context.add_cookies([{"name": "tammen_session", "value": token, "url": site.url}])
    page, wrong = await context.new_page(), list[str]()
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    return page, wrong, token


async def test_numbers_follow_the_countries_that_are_chosen(site: Site, chromium: Browser) -> None:
    page, wrong, _token = await sign_in(chromium, site)
    await page.goto(f"{site.url}/crises/new")
    await page.get_by_label("ابحث عن بلد").fill("تُركيّا")  # found however it is written
    await expect(page.locator(".choice:visible")).to_have_count(1)
    await page.locator(".choice:visible").click()
    await expect(page.locator("#estimate .lead dd")).to_be_visible()
    await page.goto(f"{site.url}/advisories/new")
    await page.locator(".choice", has_text="السودان").first.click()
    await expect(page.locator("#estimate .lead dd")).to_be_visible()
    assert wrong == []


async def test_the_board_follows_what_people_say(site: Site, chromium: Browser) -> None:
    page, wrong, _token = await sign_in(chromium, site)
    await page.goto(site.url)
    total = page.locator("section:has(#where) .big strong")
    before = int(await total.inner_text())
    phone, _ = await open_page(chromium, site)
    await phone.locator("#write-chat").fill("أنا بخير في إسطنبول")
    await phone.keyboard.press("Enter")
    await expect(said(phone).last).to_be_visible(timeout=15000)
    await expect(total).to_have_text(str(before + 1), timeout=15000)
    assert wrong == []


async def test_a_new_case_waits_behind_a_line_and_nothing_moves(
    site: Site, chromium: Browser
) -> None:
    page, wrong, _token = await sign_in(chromium, site)
    await page.goto(f"{site.url}/cases")
    rows = page.locator("ol.cases > li")
    before = await rows.evaluate_all("rows => rows.map(row => row.id)")
    phone, _ = await open_page(chromium, site)
    await phone.locator("#write-chat").fill("نحن محاصرون تحت القصف")
    await phone.keyboard.press("Enter")
    await expect(said(phone).last).to_be_visible(timeout=15000)
    line = page.locator("#news a")
    await expect(line).to_be_visible(timeout=15000)
    assert await rows.evaluate_all("rows => rows.map(row => row.id)") == before
    await line.click()
    await expect(rows).to_have_count(len(before) + 1)
    assert wrong == []


async def test_the_board_is_live_when_the_line_is_slow(site: Site, chromium: Browser) -> None:
    page, _wrong, _token = await sign_in(chromium, site)
    htmx_is_there = asyncio.Event()
    page.on(
        "requestfinished",
        lambda request: htmx_is_there.set() if "htmx.min" in request.url else None,
    )

    async def after_htmx(route: Route) -> None:
        await htmx_is_there.wait()
        await route.continue_()

    await page.route("**/hx-sse.min.js*", after_htmx)
    async with page.expect_request("**/board/changes"):
        await page.goto(site.url)


async def test_a_page_whose_session_ended_while_the_line_was_cut_asks_to_sign_in(
    site: Site, chromium: Browser
) -> None:
    page, _wrong, _token = await sign_in(chromium, site)
    async with page.expect_request("**/cases/list?*"):  # the stream is there and spoke
        await page.goto(f"{site.url}/cases")
    await page.context.clear_cookies()
    await page.evaluate(r"document.querySelector('[hx-sse\\:connect]')._htmx.sse.reader.cancel()")
    await expect(page.get_by_label("كلمة المرور")).to_be_visible(timeout=15000)


async def test_a_page_whose_session_ended_asks_to_sign_in(site: Site, chromium: Browser) -> None:
    page, _wrong, _token = await sign_in(chromium, site)
    await page.goto(f"{site.url}/cases")
    await page.context.clear_cookies()
    await expect(page.get_by_label("كلمة المرور")).to_be_visible(timeout=15000)
