"""The pictures of the README. `pytest --update` takes them anew; otherwise only that they can be taken is tested."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from bot.consular import crises, seed
from bot.consular import staff as accounts
from bot.messages import Channel
from bot.models import CheckIn, CheckInStatus, Crisis, Person, Role, Staff
from bot.runtime import Runtime
from bot.settings import ROOT
from tests.browser.conftest import Site
from tests.browser.test_phone_page import heard, open_page, register, said
from tests.console import world

pytestmark = pytest.mark.timeout(180)

PEOPLE = {"TN": 620, "TR": 540, "SD": 410, "EG": 385, "GB": 240, "MT": 160, "IT": 95, "DE": 70, "JO": 44, "UA": 21}
ANSWERS = {CheckInStatus.SAFE: 231, CheckInStatus.HELP: 9, CheckInStatus.MEDICAL: 3, CheckInStatus.EVACUATE: 58}


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where the pictures go."""
    return ROOT / "docs" / "pictures" if request.config.getoption("--update") else tmp_path


async def test_a_picture_of_the_phone_page(site: Site, chromium: Browser, pictures: Path) -> None:
    page, wrong = await open_page(chromium, site)
    await register(page)
    await page.locator("#write-text").fill("السلام عليكم")
    await page.keyboard.press("Enter")
    await expect(said(page, "text").last).to_be_visible(timeout=15000)
    await page.locator("#write-text").fill("بخير")
    await page.keyboard.press("Enter")
    await expect(page.locator("#log-text .theirs .words")).to_have_count(2, timeout=15000)
    await heard(page, "", "text")
    await take(page, pictures / "phone.png")
    assert wrong == []


async def test_a_picture_of_the_board(site: Site, chromium: Browser, pictures: Path) -> None:
    officer = await crisis_in_sudan(site.runtime)
    context = await chromium.new_context(viewport={"width": 1200, "height": 860}, locale="ar")
    session = await world.cookie(site.runtime, officer)
    await context.add_cookies([{"name": "tammen_session", "value": session, "url": site.url}])
    page = await context.new_page()
    await page.goto(f"{site.url}/?lang=ar")
    await expect(page.locator(".tally .safe dd")).to_have_text("231")
    await take(page, pictures / "board.png")


async def take(page: Page, path: Path) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=path)
    assert path.stat().st_size > 20_000


async def crisis_in_sudan(runtime: Runtime) -> Staff:
    """Many people in many countries, a crisis, and who answered so far."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        officer, _token = await accounts.add(session, "duty@tammen.example", Role.HQ_OFFICER, None, now, None)
        for country, people in PEOPLE.items():
            await seed.people(session, people, [country], Channel.PHONE, 7, now - timedelta(days=9))
        crisis = await crises.open_crisis(
            session, officer, "Fighting in Khartoum", "اشتباكات الخرطوم", ["SD"], False, now - timedelta(hours=2)
        )
        there = list(await session.scalars(select(Person.id).where(Person.country == "SD").order_by(Person.id)))
        session.add_all(_answers(crisis, there))
    return officer


def _answers(crisis: Crisis, there: list[int]) -> list[CheckIn]:
    statuses = [status for status, people in ANSWERS.items() for _ in range(people)]
    at = crisis.opened_at + timedelta(minutes=4)
    return [
        CheckIn(person_id=person_id, crisis_id=crisis.id, status=status, at=at, country="SD", via="phone")
        for person_id, status in zip(there, statuses, strict=False)
    ]
