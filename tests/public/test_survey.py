"""The page of a survey: one link, the same questions, and nothing for whoever altered it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.people import reply_links
from bot.consular.reference import country_reach
from bot.consular.surveys import drafts, links
from bot.models import Person, SignUp, SignUpAnswer, Survey, SurveyAnswer
from bot.runtime.runtime import Runtime
from tests import builders, reaching
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.surveying import DAYS, SCHOOL, ask, event, got, opened, survey


@pytest.fixture
async def browser(app: Starlette) -> AsyncIterator[Browser]:
    async with browsing(app, "ar") as opened_browser:
        yield opened_browser


async def linked(runtime: Runtime, draft: drafts.Draft) -> tuple[Person, str]:
    """Open a survey, and return whoever got a link by SMS, and its path."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await country_reach.seed(session)
        await reaching.enter(session, "DE", "sms_two_way", "no", now)
        await reaching.enter(session, "DE", "sms_link_ok", "yes", now)
        person = await reaching.reader(session, now, "DE")
        person.consented_at = person.registered_at = now
        person.timezone = "Europe/Istanbul"
        await opened(session, team.officer, team.approver, draft, now)
    await ask(runtime)
    (question,) = await got(runtime, person.id)
    path = re.search(r"/s/[\w-]+", question.text)
    assert path, question.text
    return person, path[0]


async def test_a_survey_is_answered_and_changed_by_its_link(
    runtime: Runtime, browser: Browser
) -> None:
    person, path = await linked(runtime, survey(runtime.clock(), SCHOOL, DAYS))
    page = Page((await browser.get(path)).text)
    assert page.texts("legend") == [SCHOOL.words["ar"], DAYS.words["ar"]]
    await browser.post(path, path, {"q1": "1"}, 422)
    await browser.post(path, path, {"q1": "1", "q2": "9"}, 422)
    done = await browser.post(path, path, {"q1": "1", "q2": "3"}, 200)
    assert "سجّلنا جوابك" in done.text
    await browser.post(path, path, {"q1": "2", "q2": "3"}, 200)
    async with runtime.db.read() as session:
        rows = await session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.question))
        kept = [(row.person_id, row.question, row.choice) for row in rows]
    assert kept == [(person.id, 1, "2"), (person.id, 2, "3")]
    shown = Page((await browser.get(path)).text)
    assert shown.only('input[name="q1"][checked]').attributes["value"] == "2"


async def test_an_invitation_is_answered_by_its_link(runtime: Runtime, browser: Browser) -> None:
    _person, path = await linked(runtime, event(runtime.clock(), seats=3))
    assert "لقاء الجالية" in (await browser.get(path)).text
    for wrong in ({}, {"choice": "7"}, {"choice": "2", "companions": "9"}, {"choice": "x"}):
        await browser.post(path, path, wrong, 422)
    done = await browser.post(path, path, {"choice": "2", "companions": "2"}, 200)
    assert "حجزنا لك ولمن معك" in done.text
    refused = await browser.post(path, path, {"choice": "2", "companions": "5"}, 200)
    assert "لم يبق مكان لهذا العدد" in refused.text
    async with runtime.db.read() as session:
        own = (await session.scalars(select(SignUp))).one()
    assert (own.answer, own.companions) == (SignUpAnswer.COMING, 2)


async def test_a_link_is_of_one_survey_and_ends_kindly(
    runtime: Runtime, clock: SetClock, browser: Browser
) -> None:
    person, path = await linked(runtime, survey(clock()))
    token = path.removeprefix("/s/")
    keyring = runtime.keyring
    others = [
        f"{token[:-2]}xx",
        "x",
        "é" * 40,
        reply_links.reply_token(keyring, person.id, clock()),
        links.token(keyring, 2, person.id, clock()),
        links.token(keyring, 1, person.id + 1, clock()),
    ]
    for other in others:
        await browser.get(f"/s/{other}", 404)
    await browser.get(f"/r/{token}", 404)
    assert (await browser.get(f"/s/{token}.")).status_code == 200  # a full stop is no part of it
    clock.advance(days=3)
    over = await browser.get(path)
    assert "انتهى وقت الجواب" in over.text
    await browser.post("/verify", path, {"q1": "1"}, 409)
    async with runtime.db.read() as session:
        assert (await session.scalars(select(SurveyAnswer))).all() == []
        assert (await session.get_one(Survey, 1)).closed_at is None
    clock.advance(days=7, hours=1)
    await browser.get(path, 404)
