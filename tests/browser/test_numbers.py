"""Telephone numbers in Arabic, as Chromium draws them: in the order of dialling."""

from __future__ import annotations

import math

import pytest
from playwright.async_api import Browser, FloatRect, Locator, Page
from sqlalchemy import select

from bot.consular.reference import posts
from bot.consular.staff import accounts
from bot.messages import Form
from bot.models import Post, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.browser.conftest import Site
from tests.browser.test_phone_page import heard, open_page, said

pytestmark = pytest.mark.timeout(180)

NUMBER = "+90 312 438 11 10"
DIALLED = "+903124381110"
# Where each character of a number is drawn, from the text node that holds it.
PLACES = """
(element, number) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const start = walker.currentNode.data.indexOf(number)
    if (start < 0) continue
    return [...number].map((_, place) => {
      const range = document.createRange()
      range.setStart(walker.currentNode, start + place)
      range.setEnd(walker.currentNode, start + place + 1)
      const { left, top, right, bottom } = range.getBoundingClientRect()
      return [left, top, right, bottom]
    })
  }
  return []
}
"""
# Draws the number alone over the same place, from left to right, in the same font.
ALONE = """
(element, [number, [left, top, right, bottom]]) => {
  const alone = document.createElement('div')
  const { font, color, textDecoration, textUnderlineOffset } = getComputedStyle(element)
  const paper = [element, ...ancestors(element)].find(isOpaque)
  Object.assign(alone.style, {
    font, color, textDecoration, textUnderlineOffset,
    direction: 'ltr', position: 'fixed', left: `${left}px`, top: `${top}px`,
    height: `${bottom - top}px`, lineHeight: `${bottom - top}px`, whiteSpace: 'pre', zIndex: 9,
    background: getComputedStyle(paper).backgroundColor
  })
  alone.textContent = number
  document.body.append(alone)

  function ancestors (node) {
    return node.parentElement ? [node.parentElement, ...ancestors(node.parentElement)] : []
  }
  function isOpaque (node) {
    return getComputedStyle(node).backgroundColor.startsWith('rgb(')
  }
}
"""

Box = list[float]  # left, top, right, bottom


async def boxes(element: Locator, number: str) -> list[Box]:
    """Return where each character of a number is drawn."""
    places: list[Box] = await element.evaluate(PLACES, number)
    return places


async def check_drawn(page: Page, element: Locator, number: str) -> None:
    """Compare the place of every digit, and the picture with that of the number alone."""
    await page.evaluate("document.fonts.ready")
    await element.scroll_into_view_if_needed()
    drawn = await boxes(element, number)
    lefts = [box[0] for box in drawn]
    assert len(lefts) == len(number)
    assert lefts == sorted(lefts)
    assert len({box[1] for box in drawn}) == 1  # on one line
    left, top, right, bottom = lefts[0], drawn[0][1], drawn[-1][2], drawn[0][3]
    clip = FloatRect(
        x=math.ceil(left),
        y=math.ceil(top),
        width=math.floor(right) - math.ceil(left),
        height=math.floor(bottom) - math.ceil(top),
    )
    in_text = await page.screenshot(clip=clip)
    await element.evaluate(ALONE, [number, [left, top, right, bottom]])
    assert in_text == await page.screenshot(clip=clip)


async def save_number(runtime: Runtime) -> int:
    """Give the first post in Türkiye a number."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        if not await session.scalar(select(Post.id).where(Post.country == "TR")):
            await posts.seed(session)
        post = (await session.scalars(select(Post).where(Post.country == "TR"))).first()
        assert post is not None
        await posts.save(
            session, post, {"emergency_phone": NUMBER, "phone": NUMBER}, "staff:1", now
        )
        return post.id


@pytest.mark.parametrize("form", list(Form))
async def test_a_bubble_shows_the_number_in_the_order_of_dialling(
    site: Site, chromium: Browser, form: Form
) -> None:
    await save_number(site.runtime)
    page, wrong = await open_page(chromium, site)
    for words, answer in {"مكاني": "في أي مدينة", "أنقرة": "حفظنا مكانك", "نجدة": DIALLED}.items():
        await page.locator(f"#write-{form}").fill(words)
        await page.locator(f"#write-{form}").press("Enter")
        await heard(page, answer, form)
    bubble = said(page, form).last
    assert DIALLED in await bubble.inner_text()
    await check_drawn(page, bubble, DIALLED)
    assert wrong == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_console_links_to_the_number_in_the_order_of_dialling(
    site: Site, chromium: Browser, language: str
) -> None:
    await save_number(site.runtime)
    async with site.runtime.db.begin() as session:
        officer, _token = await accounts.add(
            session, "other@mofa.example", Role.ADMIN, None, site.runtime.clock(), None
        )
    context = await chromium.new_context(viewport={"width": 1200, "height": 860}, locale=language)
    cookie = await builders.cookie(site.runtime, officer)
    await context.add_cookies([{"name": "tammen_session", "value": cookie, "url": site.url}])
    page = await context.new_page()
    await page.goto(f"{site.url}/posts?lang={language}")
    link = page.locator(f'a[href="tel:{DIALLED}"]').first
    await check_drawn(page, link, NUMBER)
