"""The menu of the console: every screen is to be seen, whatever the width and the language."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from bot.models import Role
from tests import builders
from tests.browser.conftest import Site

pytestmark = pytest.mark.timeout(120)

# How many rows the links have, and those that are cut at an edge of the menu or the window.
ROWS_AND_CUT = """() => {
    const menu = document.querySelector('.menu').getBoundingClientRect();
    const links = [...document.querySelectorAll('.menu a')];
    const boxes = links.map(link => link.getBoundingClientRect());
    const cut = links.filter((_, number) => {
        const box = boxes[number];
        return box.left < Math.max(0, menu.left) - 1
            || box.right > Math.min(innerWidth, menu.right) + 1
            || box.bottom > menu.bottom + 1;
    });
    const rows = new Set(boxes.map(box => Math.round(box.bottom)));
    return [rows.size, cut.map(link => link.innerText)];
}"""
HEADER = "document.querySelector('.top').offsetHeight"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.APPROVER])
@pytest.mark.parametrize("language", ["ar", "en"])
async def test_no_screen_is_cut_from_the_menu(
    site: Site, chromium: Browser, language: str, role: Role
) -> None:
    scenario = await builders.scenario(site.runtime)
    session = await builders.cookie(site.runtime, scenario.staff[role])
    for width, most_rows, most_pixels in ((1280, 1, 115), (800, 2, 160), (360, 4, 190)):
        tab = await chromium.new_context(viewport={"width": width, "height": 700})
        await tab.add_cookies([{"name": "tammen_session", "value": session, "url": site.url}])
        page = await tab.new_page()
        await page.goto(f"{site.url}/?lang={language}")
        rows, cut = await page.evaluate(ROWS_AND_CUT)
        assert (cut, rows <= most_rows) == ([], True), width
        assert await page.evaluate(HEADER) <= most_pixels, width
        await tab.close()
