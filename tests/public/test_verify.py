"""The public page "is this from us?": small, without scripts and cookies, and nobody is known."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.broadcasts import passages, place_question_words
from bot.consular.surveys import course, drafts
from bot.messages import Form, Language
from bot.models import Base, PlaceQuestionKind, Staff, Survey, Verification
from bot.pages.rendering import STATIC
from bot.public import verify
from bot.runtime.runtime import Runtime
from tests import builders, surveying, verifying
from tests.console.browser import Browser, browsing
from tests.verifying import TEXTS

ADDRESS = "/verify"
PAGE_BYTES = 15_000
WORDS = {
    "ar": ("وما زالت صحيحة", "أحدٌ غيّر في رسالتنا", "هذا ليس منا"),
    "en": ("still holds", "somebody changed our message", "This is not from us"),
}

QUESTION_WORDS = {
    "ar": ("وما زالت صحيحة", "أحدٌ غيّر في رسالتنا", "نعم، هذا منا", "يشبه سؤالنا عن مكانك"),
    "en": (
        "still holds",
        "somebody changed our message",
        "Yes, this is ours",
        "like our question about your place",
    ),
}
OVER = {"ar": "وقتها انتهى", "en": "its time is over"}


async def paste(browser: Browser, text: str, language: str) -> httpx.Response:
    """Paste a text into the form and send it."""
    return await browser.client.post(
        f"{ADDRESS}?lang={language}",
        files={"text": (None, text)},
        headers={"Sec-Fetch-Site": "same-origin"},
    )


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_page_is_small_and_leaves_nothing_in_the_browser(
    app: Starlette, language: str
) -> None:
    async with browsing(app, language) as browser:
        page = await browser.client.get(f"{ADDRESS}?lang={language}")
    assert "<script" not in page.text
    assert "set-cookie" not in page.headers
    size = len(page.content) + (STATIC / "public/reply.css").stat().st_size
    assert size < PAGE_BYTES
    assert f'lang="{language}"' in page.text


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_pasted_text_is_judged_at_once_in_the_readers_language(
    runtime: Runtime, app: Starlette, language: str
) -> None:
    await verifying.crossing(runtime)
    own = TEXTS[language]
    forged = own.replace("234 567", "234 599")
    strange = "Free visas for all Libyans in Germany this week only, register now"
    async with browsing(app, language) as browser:
        for text, words in zip((own, forged, strange), WORDS[language], strict=True):
            answer = await paste(browser, text, language)
            assert answer.status_code == 200
            assert words in answer.text
            assert "set-cookie" not in answer.headers
    async with runtime.db.read() as session:
        counted = await session.scalars(select(Verification.outcome).order_by(Verification.outcome))
        assert list(counted) == ["changed", "current", "unknown"]


async def test_what_was_pasted_is_in_no_table(runtime: Runtime, app: Starlette) -> None:
    marker = "canary-4711-zebra crossing the border tonight without anybody"
    async with browsing(app) as browser:
        answer = await paste(browser, marker, "en")
    assert answer.status_code == 200
    async with runtime.db.read() as session:
        for table in Base.metadata.sorted_tables:
            rows = (await session.execute(select(table))).all()
            assert "canary-4711" not in repr(rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "الصق كلام الرسالة"),
        ("🚨🙏", "الصق كلام الرسالة"),
        ("عاجل", "الصق كلام الرسالة"),
        ("كلمة " * 20_000, "أطول من أي رسالة"),
        ("word " * 20_000, "أطول من أي رسالة"),
    ],
)
async def test_what_is_no_message_gets_a_clear_answer(
    runtime: Runtime, app: Starlette, text: str, words: str
) -> None:
    async with browsing(app) as browser:
        answer = await paste(browser, text, "ar")
    assert answer.status_code == 422
    assert words in answer.text
    async with runtime.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Verification)) == 0


async def test_a_markup_is_shown_as_text(runtime: Runtime, app: Starlette) -> None:
    await verifying.crossing(runtime, text_en=TEXTS["en"] + " <b>bold</b>")
    async with browsing(app, "en") as browser:
        answer = await paste(browser, TEXTS["en"].replace("30", "90"), "en")
    assert "&lt;b&gt;bold" in answer.text


async def test_a_network_asks_so_often_and_then_waits(runtime: Runtime, app: Starlette) -> None:
    async with browsing(app, "en") as browser:
        for _ in range(verify.MAX_QUESTIONS_OF_NETWORK):
            answer = await paste(browser, "one two three four five six", "en")
            assert answer.status_code == 200
        answer = await paste(browser, "one two three four five six", "en")
    assert answer.status_code == 429
    assert "quarter of an hour" in answer.text


async def test_feeds_sign_in_and_reply_pages_lead_to_it(app: Starlette) -> None:
    async with browsing(app, "en") as browser:
        for address in ("/feeds/advisories.atom", "/feeds/advisories.rss", "/sign-in", "/r/gone"):
            page = await browser.client.get(address)
            assert "/verify?lang=" in page.text, address


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_survey_and_the_question_about_the_place_are_known_here_too(
    runtime: Runtime, app: Starlette, language: Language
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
    number = await surveying.open_one(runtime, team, surveying.event(now))
    async with runtime.db.read() as session:
        (invitation,) = drafts.written(await session.get_one(Survey, number), language)
    place = {"ar": "إسطنبول", "en": "Istanbul"}[language]
    question = passages.text_of(
        place_question_words.wording(place, PlaceQuestionKind.HALF_YEAR, language, Form.CHAT)
    )
    texts = (
        invitation,
        f"{invitation} +218912345678",
        question,
        f"{question} https://visa-help.info/ly",
    )
    async with browsing(app, language) as browser:
        for text, words in zip(texts, QUESTION_WORDS[language], strict=True):
            assert words in (await paste(browser, text, language)).text
        async with runtime.db.begin() as session:
            officer = await session.get_one(Staff, team.officer.id)
            event = await session.get_one(Survey, number)
            await course.close(session, officer, event, now)
        assert OVER[language] in (await paste(browser, invitation, language)).text
