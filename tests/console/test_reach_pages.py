"""The page of what countries let through, and the previews that say who can answer."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.changes import changes
from bot.consular.reference import country_reach, posts
from bot.models import Change, Crisis, Role
from bot.runtime.runtime import Runtime
from tests import asking, builders, reaching
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

ENTERED = {
    "country": "DE",
    "property": "sms_two_way",
    "value": "yes",
    "source": "letter of the network",
    "as_of": "2026-02-03",
}


@asynccontextmanager
async def signed_in(
    runtime: Runtime, app: Starlette, scenario: Scenario, role: Role, language: str = "en"
) -> AsyncIterator[Browser]:
    token = await builders.cookie(runtime, scenario.staff[role])
    async with browsing(app, language, token) as browser:
        yield browser


@pytest.fixture
async def seeded(runtime: Runtime, scenario: Scenario) -> Scenario:
    """The scenario, with the table of countries."""
    async with runtime.db.begin() as session:
        await country_reach.seed(session)
    return scenario


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_each_country_with_a_post_says_how_somebody_there_can_answer(
    runtime: Runtime, app: Starlette, seeded: Scenario, language: str
) -> None:
    async with runtime.db.read() as session:
        countries = {post.country for post in await posts.everything(session)}
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER, language) as officer:
        shown = Page((await officer.get("/reach")).text)
        for country in countries:
            assert len(shown.text(f'.reach [data-country="{country}"] dd')) > 20
        assert shown.count(".reach [data-country]") >= len(countries)
        listed = Page((await officer.get("/posts")).text)
        assert listed.count('main a[href="/reach"]') == 1
        assert listed.count('main a[href="/reach?country=TR"]') >= 1
        one = Page((await officer.get("/reach?country=ae")).text)
        assert "2026-11-01" in one.text("main section.card:first-of-type dl")
        nowhere = Page((await officer.get("/reach?country=ZZ")).text)
        assert nowhere.count(".reach [data-country]") >= len(countries)


async def test_a_cell_is_proposed_approved_and_then_read(
    runtime: Runtime, app: Starlette, seeded: Scenario
) -> None:
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER) as officer:
        answer = await officer.post("/reach?country=DE", "/reach", ENTERED)
        assert answer.headers["location"] == "/reach?country=DE&done=proposed"
        shown = Page((await officer.get("/reach?country=DE")).text)
        assert "yes" in shown.text("main .lacks")
        again = await officer.post("/reach?country=DE", "/reach", ENTERED, 422)
        assert "waits for a second person" in Page(again.text).text("main .wrong")
        await officer.get("/changes")
    async with runtime.db.read() as session:
        change = (await session.scalars(select(Change))).one()
    async with signed_in(runtime, app, seeded, Role.APPROVER) as approver:
        listed = Page((await approver.get("/changes")).text)
        assert "letter of the network · 2026-02-03" in listed.text(f"#change-{change.id}")
        await approver.post("/changes", f"/changes/{change.id}/approve", {})
        shown = Page((await approver.get("/reach?country=DE")).text)
        assert "letter of the network" in shown.text("main section.card:first-of-type dl")
    async with signed_in(runtime, app, seeded, Role.AUDITOR) as auditor:
        trail = Page((await auditor.get("/audit")).text)
        assert "entered what a country lets through" in trail.text("main")
        assert "Germany" in trail.text("main")


WRONG = [
    ({"value": "perhaps"}, "is one of"),
    ({"source": ""}, "where this is from"),
    ({"as_of": "3026-01-01"}, "still to come"),
    ({"property": "colour"}, "has no"),
    ({"property": "SMS_TWO_WAY"}, "has no"),
    ({"country": "ZZ"}, "Not a country code"),
]


@pytest.mark.parametrize(("change", "wrong"), WRONG)
async def test_what_cannot_be_is_refused_and_what_was_typed_stays(
    runtime: Runtime, app: Starlette, seeded: Scenario, change: dict[str, str], wrong: str
) -> None:
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER) as officer:
        answer = await officer.post("/reach?country=DE", "/reach", ENTERED | change, 422)
        assert wrong in Page(answer.text).text("main .wrong")
    async with runtime.db.read() as session:
        assert await changes.waiting(session, seeded.staff[Role.HQ_OFFICER]) == []


@pytest.mark.parametrize(("typed", "code"), [("لا", "no"), ("لا يصل شيء", "none"), ("yes", "yes")])
async def test_an_answer_is_entered_in_the_words_of_the_reader(
    runtime: Runtime, app: Starlette, seeded: Scenario, typed: str, code: str
) -> None:
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER, "ar") as officer:
        shown = Page((await officer.get("/reach?country=DE")).text)
        assert shown.count("#values option") == 4
        await officer.post("/reach?country=DE", "/reach", ENTERED | {"value": typed})
        assert "ينتظر" in Page((await officer.get("/reach?country=DE")).text).text("main .lacks")
    async with runtime.db.read() as session:
        change = (await session.scalars(select(Change))).one()
        assert change.proposed["value"] == code


async def test_a_post_sees_all_countries_and_enters_its_own(
    runtime: Runtime, app: Starlette, seeded: Scenario
) -> None:
    async with signed_in(runtime, app, seeded, Role.POST_OFFICER) as officer:
        assert Page((await officer.get("/reach?country=DE")).text).count("#enter") == 0
        assert Page((await officer.get("/reach?country=SD")).text).count("#enter") == 1
        answer = await officer.post("/reach?country=SD", "/reach", ENTERED, 422)
        assert "looks after" in Page(answer.text).text("main .wrong")
    async with signed_in(runtime, app, seeded, Role.AUDITOR) as auditor:
        await auditor.get("/reach", 403)
        await auditor.get("/reach.csv", 403)


async def test_the_cells_are_a_file_of_all_or_of_one_country(
    runtime: Runtime, app: Starlette, seeded: Scenario
) -> None:
    async with runtime.db.begin() as session:
        await reaching.enter(session, "AE", "sms_note", '=HYPERLINK("x")', runtime.clock())
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER) as officer:
        everything = (await officer.get("/reach.csv")).content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(everything)))
        assert lines[0] == ["Country", "Property", "Says", "Source", "As of"]
        assert len(lines) > 80
        one = (await officer.get("/reach.csv?country=AE")).content.decode("utf-8-sig")
        cells = list(csv.reader(io.StringIO(one)))[1:]
        assert len(cells) == 6
        assert {cell[0] for cell in cells} == {"United Arab Emirates"}
        assert [cell[2] for cell in cells if cell[1] == "Note"] == ['\'=HYPERLINK("x")']
        workbook = (await officer.get("/reach.xlsx?country=AE")).content
        with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
            assert packed.read("xl/worksheets/sheet1.xml").count(b"<row ") == 7


@pytest.mark.parametrize(("language", "words"), [("en", "cannot answer"), ("ar", "الرد غير ممكن")])
async def test_the_form_of_a_crisis_says_who_cannot_answer(
    runtime: Runtime, app: Starlette, seeded: Scenario, language: str, words: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for _ in range(3):
            await reaching.reader(session, now, "AE")
        await reaching.reader(session, now, "QA")
    form: dict[str, str | list[str]] = {
        "name_ar": "زلزال إسطنبول",
        "name_en": "Earthquake in Istanbul",
        "country": ["TR"],
    }
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER, language) as officer:
        shown = Page((await officer.post("/crises/new", "/crises/check", form, 200)).text)
        lines = shown.texts(".answering li")
        assert len(lines) == 2
        assert words in lines[0]
        draft: dict[str, str | list[str]] = {
            **builders.ROAD_ADVISORY,
            "country": ["TR"],
            "text_en": "See mofa.gov.ly/a",
        }
        answer = await officer.post("/advisories/new", "/advisories/preview", draft, 200)
        page = Page(answer.text)
        assert len(page.texts(".answering li")) == 2
        assert "mofa.gov.ly" not in page.texts(".screen.sms .said")[-1]


async def test_an_officer_reads_before_asking_again_that_no_answer_can_come(
    runtime: Runtime, app: Starlette, seeded: Scenario
) -> None:
    now = runtime.clock()
    officer_account = seeded.staff[Role.HQ_OFFICER]
    async with runtime.db.begin() as session:
        mute = await reaching.reader(session, now, "AE")
        crisis = await builders.earthquake(session, officer_account, now, has_link=True)
        await builders.fan_out(session, crisis.broadcast_id, now)
        await asking.send_all(session, now - timedelta(hours=2))
        assert isinstance(crisis, Crisis)
    async with signed_in(runtime, app, seeded, Role.HQ_OFFICER) as officer:
        path = f"/crises/{crisis.id}/people/mark?person={mute.id}"
        shown = Page((await officer.get(path)).text)
        assert "1 can read this and cannot answer" in shown.text("main .lacks")
