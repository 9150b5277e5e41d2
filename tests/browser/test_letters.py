"""Letters on the page of a case: a ready reply fills the box, and answers come by themselves."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import select

from bot.consular.crises import cases, ready_replies
from bot.models import CaseKind, Person
from tests.browser.conftest import Site
from tests.browser.test_console import sign_in
from tests.browser.test_phone_page import open_page, said

pytestmark = pytest.mark.timeout(180)


async def test_an_officer_and_a_person_write_to_each_other(site: Site, chromium: Browser) -> None:
    page, wrong, _token = await sign_in(chromium, site)
    phone, _ = await open_page(chromium, site)
    await phone.locator("#write-chat").fill("السلام عليكم")
    await phone.keyboard.press("Enter")
    await expect(said(phone).last).to_be_visible(timeout=15000)
    async with site.runtime.db.begin() as session:
        await ready_replies.seed(session, site.runtime.clock())
        newest = select(Person).order_by(Person.id.desc()).limit(1)
        person = (await session.scalars(newest)).one()
        case = await cases.open_case(
            session, person, CaseKind.HUMAN, "أريد موظفًا", site.runtime.clock()
        )
    await page.goto(f"{site.url}/cases/{case.id}")
    await page.locator("select[name=reply]").select_option("1")
    box = page.locator("#letter-words")
    await expect(box).to_have_value("وصلنا كلامك ونقرأه الآن. أين أنت بالضبط؟ اكتب الحي أو أي معلم "
                                    "قريب منك، أو شاركنا موقعك.")  # fmt: skip
    await box.fill("أين أنت بالضبط؟")
    await page.get_by_role("button", name="أرسل الرسالة").click()
    await expect(page.locator(".letters > li.out")).to_have_count(1)
    await expect(said(phone).last).to_contain_text("أين أنت بالضبط؟", timeout=15000)
    await phone.locator("#write-chat").fill("خلف المدرسة")
    await phone.keyboard.press("Enter")
    await expect(page.locator(".letters > li.in .said")).to_have_text("خلف المدرسة", timeout=15000)
    assert wrong == []
