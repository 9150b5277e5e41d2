"""The pictures of the README.

`pytest --update` takes them anew; otherwise only that they can be taken is tested.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from bot.consular.advisories import lifecycle, progress, wording
from bot.consular.broadcasts import fan_out
from bot.consular.crises import crises
from bot.consular.staff import accounts
from bot.messages import Channel
from bot.models import (
    CheckIn,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
    Role,
    Staff,
)
from bot.runtime.runtime import Runtime
from bot.runtime.settings import ROOT
from tests import builders
from tests.browser.conftest import Site
from tests.browser.test_phone_page import heard, open_page, register, said

pytestmark = pytest.mark.timeout(180)

PEOPLE = {
    "TN": 620,
    "TR": 540,
    "SD": 410,
    "EG": 385,
    "GB": 240,
    "MT": 160,
    "IT": 95,
    "DE": 70,
    "JO": 44,
    "UA": 21,
}
SAID = {
    "headline_ar": "غادروا الخرطوم من الطريق الشرقي",
    "headline_en": "Leave Khartoum by the eastern road",
    "text_ar": "الطريق إلى بورتسودان مفتوح حتى السادسة مساءً.",
    "text_en": "The road to Port Sudan is open until six in the evening.",
    "instruction_ar": "خذوا الماء وأوراقكم، واكتبوا إلينا حين تصلون.",
    "instruction_en": "Take water and your papers, and write to us when you arrive.",
    "sms_ar": "الطريق الشرقي مفتوح حتى 6 مساءً. خذوا الماء والأوراق.",
    "sms_en": "The eastern road is open until 6 pm. Take water and papers.",
}
WHY = {Channel.TELEGRAM: ["blocked"] * 4, Channel.SMS: ["unreachable"] * 9 + ["unroutable"] * 2}
ANSWERS = {
    CheckInStatus.SAFE: 231,
    CheckInStatus.HELP: 9,
    CheckInStatus.MEDICAL: 3,
    CheckInStatus.EVACUATE: 58,
}


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
    page = await officers_page(site, chromium, officer)
    await page.goto(f"{site.url}/?lang=ar")
    await expect(page.locator(".tally .safe dd")).to_have_text("231")
    await take(page, pictures / "board.png")


async def test_a_picture_of_writing_an_advisory(
    site: Site, chromium: Browser, pictures: Path
) -> None:
    page = await officers_page(site, chromium, await abroad(site.runtime), 960)
    await page.goto(f"{site.url}/advisories/new?lang=ar")
    for name, words in SAID.items():
        await page.locator(f"[name={name}]").fill(words)
    await page.locator("[name=severity]").select_option("Severe")
    await page.locator("[name=country][value=SD]").check()
    await page.locator("#group-0 [data-drawing] > summary").click()
    for name, number in {"latitude": "15.6", "longitude": "32.5", "km": "250"}.items():
        await page.locator(f"[data-{name}]").fill(number)
    await page.locator("[data-km]").press("Tab")  # the map goes there
    await expect(page.locator("#group-0 .map .city").first).to_be_visible()
    await expect(page.locator("#estimate .whom").first).to_contain_text("250")
    await page.evaluate(
        "scrollBy(0, document.querySelector('#group-0 .choices').getBoundingClientRect().top - 80)"
    )
    await take(page, pictures / "writing.png")


async def test_a_picture_of_what_became_of_an_advisory(
    site: Site, chromium: Browser, pictures: Path
) -> None:
    officer = await abroad(site.runtime)
    advisory_id = await sent_out(site.runtime, officer)
    page = await officers_page(site, chromium, officer, 1140)
    await page.goto(f"{site.url}/advisories/{advisory_id}/results?lang=ar")
    await expect(page.locator(".tally .queued dd")).to_have_text("0")
    await expect(page.locator("tammen-curve canvas")).to_be_visible()
    await take(page, pictures / "results.png")


async def officers_page(site: Site, chromium: Browser, officer: Staff, height: int = 860) -> Page:
    context = await chromium.new_context(viewport={"width": 1200, "height": height}, locale="ar")
    session = await builders.cookie(site.runtime, officer)
    await context.add_cookies([{"name": "tammen_session", "value": session, "url": site.url}])
    return await context.new_page()


async def take(page: Page, path: Path) -> None:
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=path)
    assert path.stat().st_size > 20_000


async def crisis_in_sudan(runtime: Runtime) -> Staff:
    """Many people in many countries, a crisis, and who answered so far."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        officer, _token = await accounts.add(
            session, "duty@mofa.example", Role.HQ_OFFICER, None, now, None
        )
        for country, people in PEOPLE.items():
            await builders.population(
                session, people, [country], Channel.PHONE, now - timedelta(days=9)
            )
        crisis = await crises.open_crisis(
            session,
            officer,
            {"en": "Fighting in Khartoum", "ar": "اشتباكات الخرطوم"},
            ["SD"],
            False,
            now - timedelta(hours=2),
        )
        there = list(
            await session.scalars(
                select(Person.id).where(Person.country == "SD").order_by(Person.id)
            )
        )
        session.add_all(_answers(crisis, there))
    return officer


def _answers(crisis: Crisis, there: list[int]) -> list[CheckIn]:
    statuses = [status for status, people in ANSWERS.items() for _ in range(people)]
    at = crisis.opened_at + timedelta(minutes=4)
    return [
        CheckIn(
            person_id=person_id,
            crisis_id=crisis.id,
            status=status,
            at=at,
            country="SD",
            via="phone",
        )
        for person_id, status in zip(there, statuses, strict=False)
    ]


async def abroad(runtime: Runtime) -> Staff:
    """People in Sudan, some on Telegram, some by SMS; nobody is sent anything by the tests'
    worker.
    """
    now = runtime.clock()
    async with runtime.db.begin() as session:
        officer, _token = await accounts.add(
            session, "duty@mofa.example", Role.HQ_OFFICER, None, now, None
        )
        for channel, people in {Channel.TELEGRAM: 640, Channel.SMS: 270}.items():
            await builders.population(session, people, ["SD"], channel, now - timedelta(days=9))
    return officer


async def sent_out(runtime: Runtime, officer: Staff) -> int:
    """An advisory that went out six minutes ago: Telegram gives no receipts, SMS is slower, some
    had no luck.
    """
    now = runtime.clock() - timedelta(minutes=6)
    async with runtime.db.begin() as session:
        approver, _token = await accounts.add(
            session, "second@mofa.example", Role.APPROVER, None, now, None
        )
        said = wording.Draft(builders.texts_by_language(SAID), {"countries": ["SD"]})
        advisory = await lifecycle.draft(session, officer, said, now)
        await lifecycle.submit(session, officer, advisory, now)
        broadcast = await lifecycle.approve(session, approver, advisory, now)
        while await fan_out.fan_out(session, broadcast, 500, now):
            pass
        for channel, pace in {Channel.TELEGRAM: 30, Channel.SMS: 3}.items():
            mine = (
                select(OutboundMessage)
                .where(OutboundMessage.channel == channel)
                .order_by(OutboundMessage.id)
            )
            _became(list(await session.scalars(mine)), channel, pace, now)
        await progress.settle(session, now)
    return advisory.id


def _became(rows: list[OutboundMessage], channel: Channel, pace: int, begun: datetime) -> None:
    """So many leave a second; receipts come a few seconds later, where there are any."""
    for n, row in enumerate(rows):
        row.sent_at = begun + timedelta(seconds=1 + n / pace)
        row.state = OutboundState.SENT if channel is Channel.TELEGRAM else OutboundState.DELIVERED
        row.finished_at = (
            None if channel is Channel.TELEGRAM else row.sent_at + timedelta(seconds=2 + n % 9)
        )
        row.parts = 1
    for row, reason in zip(rows[5::21], WHY[channel], strict=False):
        row.state, row.reason, row.finished_at = OutboundState.FAILED, reason, row.sent_at
