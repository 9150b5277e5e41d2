"""The link of "are you still there?": who gets it, and what its page understands."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.broadcasts import place_questions
from bot.consular.crises import place_answers
from bot.consular.people import reply_links
from bot.models import Case, CaseKind, Person, PlaceAnswer, PlaceQuestion
from bot.pages.rendering import STATIC
from bot.runtime.runtime import Runtime
from tests import builders, reaching
from tests.clock import SetClock
from tests.console.browser import browsing
from tests.freshening import ask, asked, registered
from tests.pages.reader import Page


async def someone(runtime: Runtime, *indices: str) -> Person:
    async with runtime.db.begin() as session:
        return await registered(session, runtime.clock(), 200, *indices)


@pytest.fixture
async def person(runtime: Runtime) -> Person:
    """Somebody in Istanbul who was asked whether they are still there."""
    person = await someone(runtime, "sms:+905550000001")
    assert await ask(runtime) == 1
    return person


def link(runtime: Runtime, person: Person) -> str:
    return f"/r/{reply_links.reply_token(runtime.keyring, person.id, runtime.clock())}"


async def question(runtime: Runtime, person: Person) -> PlaceQuestion:
    async with runtime.db.read() as session:
        return await session.get_one(PlaceQuestion, person.id)


async def record(runtime: Runtime, person: Person) -> Person:
    async with runtime.db.read() as session:
        return await session.get_one(Person, person.id)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_page_is_small_and_names_no_place(
    runtime: Runtime, app: Starlette, person: Person, language: str
) -> None:
    async with browsing(app, language) as browser:
        page = (await browser.get(link(runtime, person))).text
    assert "<script" not in page
    assert len(page.encode()) + (STATIC / "public/reply.css").stat().st_size < 10_000
    assert page.count('name="status"') == 3
    assert not re.search("Istanbul|Türkiye|إسطنبول|تركيا", page)


async def test_still_there_confirms_the_place(
    runtime: Runtime, app: Starlette, person: Person
) -> None:
    path = link(runtime, person)
    async with browsing(app, "en") as browser:
        answer = await browser.post(path, path, {"status": "still"}, 200)
    assert "still there" in answer.text
    assert (await record(runtime, person)).placed_at == runtime.clock()
    assert (await question(runtime, person)).answer is PlaceAnswer.STILL_THERE


@pytest.mark.parametrize(
    ("where", "city", "words"),
    [
        ("أنقرة", "TR/Ankara", None),
        ("Bengasi, near the port", "LY/Benghazi", "Bengasi, near the port"),
        ("camp 4 behind the school", "TR/Istanbul", "camp 4 behind the school"),
    ],
)
async def test_whoever_moved_says_where(
    runtime: Runtime, app: Starlette, person: Person, where: str, city: str, words: str | None
) -> None:
    path = link(runtime, person)
    async with browsing(app, "ar") as browser:
        answer = await browser.post(path, path, {"status": "moved", "where": where}, 200)
    assert "سجّلنا أنك انتقلت" in answer.text
    kept = await record(runtime, person)
    assert (kept.city, kept.place_words) == (city, words)
    assert (await question(runtime, person)).answer is PlaceAnswer.MOVED


async def test_a_name_of_two_places_is_asked_about(
    runtime: Runtime, app: Starlette, person: Person
) -> None:
    path = link(runtime, person)
    async with browsing(app, "en") as browser:
        shown = await browser.post(path, path, {"status": "moved", "where": "Tripoli"}, 200)
        codes = re.findall(r'name="place" value="([^"]+)"', shown.text)
        assert {"LY/Tripoli", "other"} < set(codes)
        await browser.post(path, path, {"step": "place", "place": "LY/Tripoli"}, 200)
    assert (await record(runtime, person)).city == "LY/Tripoli"


@pytest.mark.parametrize("form", [{}, {"status": "moved", "where": " "}, {"status": "safe"}])
async def test_what_is_no_answer_changes_nothing(
    runtime: Runtime, app: Starlette, person: Person, form: dict[str, str]
) -> None:
    path = link(runtime, person)
    async with browsing(app, "en") as browser:
        shown = await browser.post(path, path, form, 422)
    assert Page(shown.text).count("[role=alert]") == 1
    assert (await question(runtime, person)).answered_at is None


async def test_a_cry_opens_a_case(runtime: Runtime, app: Starlette, person: Person) -> None:
    path = link(runtime, person)
    async with browsing(app, "en") as browser:
        answer = await browser.post(path, path, {"status": "help", "where": "محاصر"}, 200)
    assert "our people will see it" in answer.text
    async with runtime.db.read() as session:
        case = (await session.scalars(select(Case))).one()
    assert (case.person_id, case.kind) == (person.id, CaseKind.LIFE)
    assert "محاصر" in (case.note or "")


async def test_a_link_answers_a_few_times_and_a_cry_always(
    runtime: Runtime, app: Starlette, person: Person
) -> None:
    path = link(runtime, person)
    async with browsing(app, "en") as browser:
        for _ in range(place_answers.MAX_ANSWERS):
            await browser.post(path, path, {"status": "still"}, 200)
        late = await browser.post(path, path, {"status": "moved", "where": "Ankara"}, 200)
        assert "used many times" in late.text
        await browser.post(path, path, {"status": "help"}, 200)
    assert (await record(runtime, person)).city == "TR/Istanbul"


async def test_links_that_answer_nothing_have_ended(
    runtime: Runtime, app: Starlette, person: Person, clock: SetClock
) -> None:
    stranger = await someone(runtime, "telegram:7")
    async with browsing(app, "en") as browser:
        await browser.get(link(runtime, stranger), 404)
        path = link(runtime, person)
        clock.advance(days=31)
        await browser.get(path, 404)
    assert (await question(runtime, person)).answered_at is None


async def test_a_crisis_goes_first(runtime: Runtime, app: Starlette, person: Person) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now - timedelta(minutes=1))
        await builders.fan_out(session, crisis.broadcast_id, now)
    async with browsing(app, "en") as browser:
        page = (await browser.get(link(runtime, person))).text
    assert page.count('name="status"') == 4


@pytest.mark.parametrize(
    ("cells", "has_link", "is_asked"),
    [
        ({"sms_two_way": "no"}, True, True),
        ({"sms_two_way": "no"}, False, False),
        ({"sms_two_way": "no", "sms_link_ok": "no"}, True, False),
        ({"sms_two_way": "none"}, True, False),
        ({"sms_two_way": "yes"}, False, True),
        ({}, False, True),
    ],
)
async def test_who_could_not_answer_is_not_asked_and_is_counted(
    runtime: Runtime, cells: dict[str, str], has_link: bool, is_asked: bool
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for name, value in cells.items():
            await reaching.enter(session, "TR", name, value, now)
        person = await registered(session, now, 200)
        await builders.address(session, person, "sms:+905550000001", now, region="TR")
        due = await place_questions.count_due(session, now, has_link)
        unreachable = await place_questions.count_unreachable(session, now, has_link)
    assert (due, unreachable) == (({"TR": 1}, {}) if is_asked else ({}, {"TR": 1}))
    assert await ask(runtime, has_link=has_link) == is_asked
    assert await asked(runtime) == ([person.id] if is_asked else [])


async def test_who_has_telegram_too_is_asked_there(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await reaching.enter(session, "TR", "sms_two_way", "none", now)
        person = await registered(session, now, 200, "telegram:1")
        await builders.address(session, person, "sms:+905550000001", now, region="TR")
        assert await place_questions.count_unreachable(session, now, has_link=False) == {}
    assert await ask(runtime) == 1
