"""A whole conversation on the phone page, in Arabic, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from sqlalchemy import select

from bot.models import Address, Person
from tests.browser.conftest import Site

pytestmark = pytest.mark.timeout(180)


async def open_page(
    chromium: Browser, site: Site, lang: str = "ar", width: int = 1200
) -> tuple[Page, list[str]]:
    """The phone page, and a list of what goes wrong on it."""
    context = await chromium.new_context(viewport={"width": width, "height": 860}, locale=lang)
    page, wrong = await context.new_page(), list[str]()
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text) if message.type in {"error", "warning"} else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "response",
        lambda answer: (
            wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        ),
    )
    await page.goto(f"{site.url}/phone?lang={lang}")
    return page, wrong


async def press(page: Page, label: str, key: str = "Shift+Tab") -> None:
    """Walks with the keyboard to the button of this name, and presses it."""
    passed = []
    for _ in range(25):
        await page.keyboard.press(key)
        name = (
            "(document.activeElement.ariaLabel ?? document.activeElement.innerText)"
            ".trim().slice(0, 40)"
        )
        passed.append(await page.evaluate(name))
        if passed[-1] == label:
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {label}: {passed}")


async def write(page: Page, words: str) -> None:
    """Types where the focus is, and sends."""
    await page.keyboard.type(words)
    await page.keyboard.press("Enter")


def said(page: Page, form: str = "chat") -> Locator:
    """What the bot said on this phone."""
    return page.locator(f"#log-{form} .theirs .words")


async def heard(page: Page, words: str, form: str = "chat") -> None:
    """Waits until the bot's last message holds these words, and the cursor is back in the line to
    write in.
    """
    await expect(said(page, form).last).to_contain_text(words, timeout=15000)
    await expect(page.locator(f"#write-{form}")).to_be_focused()
    await expect(page.locator(f"#write-{form}")).to_have_value("")


async def register(page: Page) -> None:
    """Registers, from the first button to the last question."""
    await press(page, "ابدأ", "Tab")
    await heard(page, "هل أنت بخير؟")
    await press(page, "تسجيل")
    await heard(page, "هل توافق على ذلك؟")
    await press(page, "أوافق")
    await heard(page, "ما اسمك؟")
    await write(page, "سالم بن عمران")
    await heard(page, "في أي مدينة")
    await press(page, "أشارك مكاني")
    await choose_istanbul(page)
    await heard(page, "كم عددكم")
    await write(page, "٤")
    await heard(page, "رقم هاتفك")
    await press(page, "أشارك رقمي")
    await heard(page, "اكتمل تسجيلك")


async def choose_istanbul(page: Page) -> None:
    """In the dialog: the list of cities, then Share."""
    city = page.get_by_label("المدينة")
    await expect(page.locator("dialog")).to_be_visible()
    while not await city.evaluate("field => field === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[name=latitude]")).to_have_value("41.0140")
    await expect(page.locator(".pin")).to_be_visible()
    await press(page, "أرسل المكان", "Tab")
    await expect(page.locator("dialog")).to_be_hidden()


async def test_somebody_registers_in_arabic_by_keyboard_alone(
    site: Site, chromium: Browser
) -> None:
    page, wrong = await open_page(chromium, site)
    await register(page)
    async with site.runtime.db.read() as session:
        person = (await session.scalars(select(Person))).one()
        addresses = {
            one.address.partition(":")[0] for one in await session.scalars(select(Address))
        }
    assert person.registered_at is not None
    assert (person.name, person.city, person.party_size) == ("سالم بن عمران", "TR/Istanbul", 4)
    assert person.phone is not None
    assert person.phone.startswith("+999")
    assert addresses == {"chat", "text"}  # the number they shared is a second way to reach them
    assert (
        await page.locator("#log-chat .ticks.handled").count()
        == await page.locator("#log-chat .mine").count()
    )
    assert wrong == []


async def test_both_phones_answer_in_english_in_a_window_as_small_as_a_phone(
    site: Site, chromium: Browser
) -> None:
    page, wrong = await open_page(chromium, site, "en", 360)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.get_by_role("button", name="Start").first.click()
    await expect(said(page).last).to_contain_text("?", timeout=15000)
    await page.get_by_text("SMS", exact=True).click()
    await expect(page.locator(".device.chat")).to_be_hidden()
    await page.locator("#write-text").fill("help")
    await page.keyboard.press("Enter")
    await expect(said(page, "text").last).to_contain_text("1.", timeout=15000)
    assert wrong == []


async def test_a_message_that_did_not_go_through_is_not_lost(site: Site, chromium: Browser) -> None:
    page, _wrong = await open_page(chromium, site)
    await page.context.set_offline(True)
    await page.locator("#write-text").fill("أنا بخير")
    await page.keyboard.press("Enter")
    await expect(page.locator(".device.text .lost")).to_be_visible()
    await expect(page.locator("#write-text")).to_have_value("أنا بخير")
    await page.context.set_offline(False)
    await page.locator("#write-text").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#log-text .mine")).to_have_count(1)
    await expect(page.locator(".device.text .lost")).to_be_hidden()


async def test_two_numbers_are_two_people(site: Site, chromium: Browser) -> None:
    page, _wrong = await open_page(chromium, site)
    await page.locator("#write-chat").fill("السلام عليكم")
    await page.keyboard.press("Enter")
    await expect(said(page).last).to_be_visible(timeout=15000)
    await page.get_by_role("button", name="رقم جديد").click()
    await expect(page.locator("#log-chat .mine")).to_have_count(0)
    await page.locator(".numbers a").first.click()
    await expect(page.locator("#log-chat .mine")).to_have_count(1)
