"""Writing an advisory as an officer does: the preview follows, cities are found, areas drawn,
overrides seen live.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from bot.consular.advisories import lifecycle
from bot.models import Advisory, Role
from bot.pages.visit import OVERRIDES
from bot.signals import bells
from tests import builders
from tests.browser.conftest import Site
from tests.builders import Scenario

pytestmark = pytest.mark.timeout(180)


async def page_of(
    chromium: Browser, site: Site, scenario: Scenario, role: Role, width: int = 1280
) -> tuple[Page, list[str]]:
    """A page of this role's in Istanbul, and what goes wrong on it."""
    token = await builders.cookie(site.runtime, scenario.staff[role])
    size = {"width": width, "height": 900}
    context = await chromium.new_context(
        locale="ar",
        timezone_id="Europe/Istanbul",
        viewport=size,  # type: ignore[arg-type]
    )
    await context.add_cookies([{"name": "tammen_session", "value": token, "url": site.url}])
    page, wrong = await context.new_page(), list[str]()
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return page, wrong


async def saved(site: Site) -> Advisory:
    async with site.runtime.db.read() as session:
        return (await session.scalars(select(Advisory).order_by(Advisory.id.desc()).limit(1))).one()


async def test_an_area_is_drawn_on_the_map_and_said_in_words(site: Site, chromium: Browser) -> None:
    scenario = await builders.scenario(site.runtime)
    page, wrong = await page_of(chromium, site, scenario, Role.HQ_OFFICER)
    await page.goto(f"{site.url}/advisories/new")
    await page.locator("#group-0 [data-drawing] > summary").click()
    plot = page.locator("#group-0 .map")
    await expect(plot.locator("path").nth(100)).to_be_attached()  # the outlines of countries
    await page.locator("[data-mode=circle]").click()
    await plot.click(position={"x": 200, "y": 150})
    await plot.click(position={"x": 230, "y": 150})
    await expect(page.locator("[data-km]")).not_to_have_value("25")
    await expect(page.locator("#estimate .whom").first).to_contain_text("كم من")
    await page.locator("[data-mode=clear]").click()
    await page.locator("[data-mode=polygon]").click()
    for x, y in ((180, 120), (260, 120), (220, 200)):
        await plot.click(position={"x": x, "y": y})
    await expect(page.locator("#estimate .whom").first).to_contain_text("المنطقة المرسومة")
    await page.locator("aside button").last.click()
    await page.wait_for_url("**/advisories/*done=saved")
    assert len((await saved(site)).audience["polygon"]) == 3
    assert wrong == []


async def test_cities_are_found_while_typing_and_times_are_the_readers(
    site: Site, chromium: Browser
) -> None:
    scenario = await builders.scenario(site.runtime)
    page, wrong = await page_of(chromium, site, scenario, Role.HQ_OFFICER)
    await page.goto(site.url)  # the first page tells the zone of the browser
    await page.goto(f"{site.url}/advisories/new")
    await expect(page.get_by_text("توقيت تركيا")).to_be_visible()
    await page.locator("#group-0 details > summary").first.click()
    await page.locator("input[name=city_name]").press_sequentially("أنطاك")
    await page.locator("#cities-0 .choice", has_text="أنطاكيا").click()
    await expect(page.locator("#estimate .whom").first).to_contain_text("أنطاكيا")
    await page.locator("input[name=headline_en]").fill("Use “the” bridge ☔")
    await expect(page.locator("#estimate mark").first).to_have_text(
        "☔"
    )  # curly quotes are made plain by themselves
    await page.locator("input[name=valid_from]").fill("2026-11-26T18:30")
    await page.locator("input[name=headline_ar]").press("Enter")  # saves, and nothing else
    await page.wait_for_url("**/advisories/*done=saved")
    made_now = await saved(site)
    assert made_now.audience == {"cities": ["TR/Antakya"]}
    assert made_now.valid_from is not None
    assert made_now.valid_from.isoformat() == "2026-11-26T15:30:00+00:00"
    assert wrong == []


async def test_what_one_sent_alone_appears_on_the_approvers_page_by_itself(
    site: Site, chromium: Browser
) -> None:
    scenario = await builders.scenario(site.runtime)
    page, wrong = await page_of(chromium, site, scenario, Role.APPROVER)
    async with page.expect_response("**/overrides"):  # the stream is there and spoke
        await page.goto(f"{site.url}/people")
    async with site.runtime.db.begin() as session:
        row = await lifecycle.get(session, scenario.advisory_ids["submitted"])
        officer, reason = scenario.staff[Role.HQ_OFFICER], "الجسر ينهار الآن ولا أحد غيري هنا"
        await lifecycle.override(session, officer, row, reason, site.runtime.clock())
    await bells.announce(site.runtime.redis, OVERRIDES)
    alarm = page.locator('[data-notice="override"]')
    await expect(alarm).to_contain_text(reason, timeout=15000)
    await alarm.locator("button").click()
    await page.wait_for_url("**done=confirmed")
    await expect(page.locator('[data-notice="crisis"]')).to_have_count(1)
    await expect(alarm).to_have_count(0)
    assert wrong == []


@pytest.mark.parametrize(
    "path", ["/advisories/new?template=2", "/advisories/1", "/templates/2", "/people/1"]
)
async def test_pages_are_no_wider_than_a_telephone(
    site: Site, chromium: Browser, path: str
) -> None:
    scenario = await builders.scenario(site.runtime)
    page, wrong = await page_of(chromium, site, scenario, Role.HQ_OFFICER, width=390)
    await page.goto(site.url + path)
    await page.evaluate(
        "document.querySelectorAll('main details').forEach(box => { box.open = true })"
    )
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert wrong == []


async def test_a_form_works_without_a_script(site: Site, chromium: Browser) -> None:
    scenario = await builders.scenario(site.runtime)
    token = await builders.cookie(site.runtime, scenario.staff[Role.HQ_OFFICER])
    context = await chromium.new_context(locale="ar", java_script_enabled=False)
    await context.add_cookies([{"name": "tammen_session", "value": token, "url": site.url}])
    page = await context.new_page()
    await page.goto(f"{site.url}/advisories/new")
    await page.locator("input[name=headline_ar]").fill("عودوا إلى البيوت")
    await page.locator("input[name=country][value=SD]").check()
    await page.locator("button[value=add-out]").click()
    await page.locator("#group-1 details > summary").last.click()
    await page.locator("input[name=language_1][value=en]").check()
    await page.locator("button[value=look]").click()
    await expect(page.locator("#estimate .whom").first).to_have_text(
        "الذين في السودان، ما عدا (يقرؤون الإنجليزية)"
    )
    await page.locator("aside button").last.click()
    assert (await saved(site)).audience == {
        "all": [{"countries": ["SD"]}, {"not": {"languages": ["en"]}}]
    }


async def test_the_estimate_follows_the_last_of_quick_changes(
    site: Site, chromium: Browser
) -> None:
    scenario = await builders.scenario(site.runtime)
    page, wrong = await page_of(chromium, site, scenario, Role.HQ_OFFICER)
    await page.goto(f"{site.url}/advisories/new")
    await page.locator("#group-0 [data-drawing] > summary").click()
    await page.locator("[data-latitude]").fill("41")
    await page.locator("[data-longitude]").fill("29")
    for km in ("110", "120", "130"):
        async with page.expect_request("**/advisories/preview"):
            await page.locator("[data-km]").fill(km)
    await expect(page.locator("#estimate .whom").first).to_contain_text("130")
    assert wrong == []
