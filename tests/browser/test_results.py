"""What became of an advisory, in a real browser: the curve is drawn, grows by itself, and nothing
inline is needed.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from bot.models import Role
from tests import builders
from tests.browser.conftest import Site

pytestmark = pytest.mark.timeout(120)

DRAWN = """() => {
  const canvas = document.querySelector('tammen-curve').shadowRoot.querySelector('canvas')
  if (!canvas) return 0
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return data.some(value => value) ? canvas.clientWidth : 0
}"""


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_curve_is_drawn_and_the_page_follows(
    site: Site, chromium: Browser, language: str
) -> None:
    scenario = await builders.scenario(site.runtime)
    context = await chromium.new_context(viewport={"width": 390, "height": 800})
    session = await builders.cookie(site.runtime, scenario.staff[Role.HQ_OFFICER])
    await context.add_cookies([{"name": "tammen_session", "value": session, "url": site.url}])
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    await page.goto(
        f"{site.url}/advisories/{scenario.advisory_ids['sending']}/results?lang={language}"
    )
    await expect(page.locator(".tally .queued dd")).to_have_text(
        "0", timeout=30_000
    )  # by itself, as it is sent
    await expect(page.locator(".tally .delivered dd")).not_to_have_text("0", timeout=30_000)
    await page.wait_for_selector("tammen-curve", timeout=30_000)
    await page.wait_for_function(f"() => ({DRAWN})() > 250", timeout=30_000)
    await page.get_by_text({"ar": "في جدول", "en": "As a table"}[language]).click()
    async with page.expect_response("**/results/figures", timeout=30_000):
        pass
    await page.wait_for_function("() => !document.querySelector('.htmx-request')")
    await expect(page.locator("#table-of-time tbody tr").last).to_be_visible()  # it stays open
    assert wrong == []
