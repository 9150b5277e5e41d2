"""The screen of exercises: start a scenario, see what happened, stop it, wipe what was invented."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.drills import drills, wiping
from bot.consular.staff import accounts
from bot.models import AuditNote, Crisis, CrisisState, Person, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

KYIV: dict[str, str | list[str]] = {"scenario": "kyiv", "people": "20"}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    session = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "ar", session) as browser:
        yield browser


async def test_an_exercise_is_started_followed_stopped_and_wiped(
    runtime: Runtime, officer: Browser, clock: SetClock, scenario: Scenario
) -> None:
    shown = Page((await officer.get("/exercises")).text)
    assert shown.count("#scenario-khartoum, #scenario-istanbul, #scenario-kyiv") == 3
    answer = await officer.post("/exercises", "/exercises/start", KYIV)
    page = Page((await officer.get(answer.headers["location"].partition("#")[0])).text)
    assert page.texts("#exercises section h2 .tag.drill") == ["تمرين"]
    assert page.count(".inject") == 1
    clock.advance(minutes=12)
    part = Page((await officer.part("/exercises/part")).text)
    assert part.count(".inject") == 3
    assert "I am in a shelter" in (await officer.part("/exercises/part")).text
    async with runtime.db.read() as session:
        exercise = next(iter(await drills.exercises(session)))
        assert (exercise.people, exercise.is_under_way) == (20, True)
    board = (await officer.get("/board")).text
    real = board.index(f'id="crisis-{scenario.crisis_id}"')
    assert real < board.index(f'id="crisis-{exercise.crisis.id}"')
    await officer.post("/exercises", f"/exercises/{exercise.crisis.id}/stop", {})
    async with runtime.db.read() as session:
        crisis = await session.get_one(Crisis, exercise.crisis.id)
        assert crisis.state is CrisisState.CLOSED
        people = await session.scalar(select(func.count()).where(~Person.synthetic))
        invented = await wiping.count_invented(session)
    asked = Page((await officer.get("/exercises/wipe")).text)
    assert asked.text("main p.big") == f"{invented} شخصًا"
    await officer.post("/exercises/wipe", "/exercises/wipe", {})
    assert "مُسح كل ما هو تجريبي" in (await officer.get("/exercises?done=wiped")).text
    async with runtime.db.read() as session:
        assert await wiping.count_invented(session) == 0
        assert await session.scalar(select(func.count()).where(~Person.synthetic)) == people
        actions = set(await session.scalars(select(AuditNote.action)))
        assert {"drill.started", "drill.stopped", "drill.wiped"} <= actions


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scenario": "mars", "people": "20"}, "لا سيناريو بهذا الاسم"),
        ({"scenario": "kyiv", "people": "many"}, "في التمرين من"),
        ({"scenario": "kyiv", "people": "1001"}, "tammen drill start"),
    ],
)
async def test_what_cannot_be_played_is_refused_in_words(
    officer: Browser, fields: dict[str, str | list[str]], words: str
) -> None:
    answer = await officer.post("/exercises", "/exercises/start", fields, 422)
    assert words in answer.text


async def test_a_post_plays_in_its_own_country_only(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        email = "kyiv@mofa.example"
        post, _token = await accounts.add(session, email, Role.POST_OFFICER, "UA", now, None)
    async with browsing(app, "en", await builders.cookie(runtime, post)) as browser:
        shown = Page((await browser.get("/exercises")).text)
        assert shown.count("form[action='/exercises/start']") == 1
        answer = await browser.post(
            "/exercises", "/exercises/start", {"scenario": "khartoum", "people": "20"}, 422
        )
        assert "There is no such scenario." in answer.text


async def test_only_an_approver_is_offered_to_ask_real_people_in_a_drill(
    runtime: Runtime, app: Starlette, scenario: Scenario, officer: Browser
) -> None:
    assert 'name="real_people"' not in (await officer.get("/crises/new")).text
    form: dict[str, str | list[str]] = {
        "name_ar": "زلزال إسطنبول",
        "name_en": "Earthquake in Istanbul",
        "country": ["TR"],
        "drill": "1",
        "real_people": "1",
    }
    refused = await officer.post("/crises/new", "/crises", form, 422)
    assert Page(refused.text).count(".wrong") == 1
    session_of_approver = await builders.cookie(runtime, scenario.staff[Role.APPROVER])
    async with browsing(app, "en", session_of_approver) as browser:
        assert 'name="real_people"' in (await browser.get("/crises/new")).text
        asked = await browser.post("/crises/new", "/crises/check", form, 200)
        assert "Real people are asked too, in an exercise." in asked.text
        await browser.post("/crises/new", "/crises", form)
    async with runtime.db.read() as session:
        crisis = await session.scalar(select(Crisis).order_by(Crisis.id.desc()).limit(1))
        assert crisis is not None
        assert (crisis.drill, crisis.real_people) == (True, True)
