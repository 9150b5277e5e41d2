"""Surveys on the pages: written, previewed in numbers, opened by two, counted, and by name."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.changes import changes
from bot.consular.changes.kinds import SurveyOpening
from bot.consular.surveys import drafts
from bot.models import AuditNote, Change, Role, Survey, SurveyState
from bot.runtime.runtime import Runtime
from tests import builders, surveying
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.surveying import ask, event, press, registered, survey

SURVEY: dict[str, str | list[str]] = {
    "kind": "survey",
    "title_ar": "مدرسة ليبية",
    "title_en": "A Libyan school",
    "country": ["DE"],
    "cities": "برلين",
    "zone": "Africa/Tripoli",
    "ends_at": "2026-11-26T18:30",
    "q1_ar": "هل تريدون مدرسة ليبية هنا؟",
    "q1_en": "Do you want a Libyan school here?",
    "q1_a1_ar": "نعم",
    "q1_a1_en": "Yes",
    "q1_a2_ar": "لا",
    "q1_a2_en": "No",
}
EVENT: dict[str, str | list[str]] = {
    "kind": "event",
    "title_ar": "لقاء الجالية",
    "title_en": "Community evening",
    "venue_ar": "مقر السفارة",
    "venue_en": "The embassy",
    "country": ["DE"],
    "zone": "Africa/Tripoli",
    "starts_at": "2026-11-27T18:30",
    "ends_at": "2026-11-26T18:30",
    "seats": "٤٠",
}


BERLIN = {"country": "DE", "city": "DE/Berlin"}
GERMANY = {"countries": ["DE"]}


async def signed_in(runtime: Runtime, scenario: Scenario, role: Role) -> str:
    return await builders.cookie(runtime, scenario.staff[role])


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    token = await signed_in(runtime, scenario, Role.HQ_OFFICER)
    async with browsing(app, "ar", token) as browser:
        yield browser


@pytest.fixture
async def approver(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An approver, signed in, in English."""
    token = await signed_in(runtime, scenario, Role.APPROVER)
    async with browsing(app, "en", token) as browser:
        yield browser


async def of_number(runtime: Runtime, survey_id: int) -> Survey:
    async with runtime.db.read() as session:
        return await session.get_one(Survey, survey_id)


async def test_a_survey_is_written_previewed_and_opened_by_two(
    runtime: Runtime, officer: Browser, approver: Browser
) -> None:
    async with runtime.db.begin() as session:
        for address in ("telegram:1", "sms:+4915112345678"):
            await registered(session, runtime.clock(), address, **BERLIN)
        await registered(session, runtime.clock(), "telegram:2", country="DE", city="DE/Hamburg")
    answer = await officer.post("/surveys/new", "/surveys", SURVEY)
    assert answer.headers["location"] == "/surveys/1?done=saved"
    written = await of_number(runtime, 1)
    assert written.audience == {"cities": ["DE/Berlin"]}
    assert written.ends_at.isoformat() == "2026-11-26T16:30:00+00:00"
    page = Page((await officer.get("/surveys/1")).text)
    numbers = {name: page.text(f"#{name}") for name in ("asked", "buttons", "numbers", "none")}
    assert numbers == {"asked": "2", "buttons": "1", "numbers": "1", "none": "0"}
    assert "هل تريدون مدرسة ليبية هنا؟" in page.texts("p.said")[0]
    form = Page((await officer.get("/surveys/1/edit")).text)
    assert form.only('input[name="cities"]').attributes["value"] == "برلين"
    await officer.post("/surveys/1", "/surveys/1/submit", {})
    assert "/changes#change-1" in (await officer.get("/surveys/1")).text
    card = (await approver.get("/changes")).text
    assert "Do you want a Libyan school here?" in card
    assert 'href="/surveys/1"' in card
    await approver.post("/changes", "/changes/1/approve", {})
    assert (await of_number(runtime, 1)).state is SurveyState.OPEN
    listed = Page((await officer.get("/surveys")).text)
    assert listed.texts("ul.people strong") == ["مدرسة ليبية"]
    await officer.get("/surveys/1/edit", 404)


async def test_an_event_is_written_changed_and_given_up(runtime: Runtime, officer: Browser) -> None:
    await officer.post("/surveys/new?kind=event", "/surveys", EVENT)
    assert (await of_number(runtime, 1)).seats == 40
    await officer.post("/surveys/1/edit", "/surveys/1", {**EVENT, "seats": ""})
    assert (await of_number(runtime, 1)).seats is None
    await officer.post("/surveys/1", "/surveys/1/cancel", {})
    assert (await of_number(runtime, 1)).state is SurveyState.CANCELLED
    await officer.get("/surveys/1")


@pytest.mark.parametrize(
    ("field", "typed", "reason"),
    [
        ("ends_at", "2026-11-20T10:00", "يجب أن ينتهي الجواب بعد الآن"),
        ("ends_at", "", "حتى متى"),
        ("ends_at", "tomorrow", "2026-11-25T18:30"),
        ("q1_a2_ar", "", "كل جواب"),
        ("title_en", "", "العنوان"),
        ("cities", "طرابلس", "طرابلس"),
        ("country", [], "اختر"),
    ],
)
async def test_a_wrong_form_says_why_and_keeps_what_was_typed(
    runtime: Runtime, officer: Browser, field: str, typed: str | list[str], reason: str
) -> None:
    form = SURVEY | {field: typed}
    if field == "country":
        form["cities"] = ""
    shown = Page((await officer.post("/surveys/new", "/surveys", form, 422)).text)
    assert reason in shown.text("main .wrong")
    assert shown.only('input[name="q1_ar"]').attributes["value"] == SURVEY["q1_ar"]
    async with runtime.db.read() as session:
        assert (await session.scalars(select(Survey))).all() == []


async def test_a_post_neither_asks_nor_sees_another_country(
    runtime: Runtime, app: Starlette, scenario: Scenario, officer: Browser
) -> None:
    await officer.post("/surveys/new", "/surveys", SURVEY)
    token = await signed_in(runtime, scenario, Role.POST_OFFICER)  # in Sudan
    async with browsing(app, "en", token) as post:
        shown = await post.post("/surveys/new", "/surveys", SURVEY, 422)
        assert "This account looks after Sudan only." in shown.text
        assert Page((await post.get("/surveys")).text).count("ul.people a") == 0
        for path in ("", "/edit", "/names", "/results.csv", "/results.xlsx"):
            await post.get(f"/surveys/1{path}", 404)
        await post.post("/surveys/new", "/surveys/1/submit", {}, 409)
        await post.post("/surveys/new", "/surveys/1/cancel", {}, 409)
    assert (await of_number(runtime, 1)).state is SurveyState.DRAFT


async def test_an_auditor_may_not_look(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    token = await signed_in(runtime, scenario, Role.AUDITOR)
    async with browsing(app, "en", token) as auditor:
        await auditor.get("/surveys", 403)


async def test_results_are_floors_on_the_page_and_in_the_files(
    runtime: Runtime, clock: SetClock, officer: Browser, scenario: Scenario
) -> None:
    by = scenario.staff
    async with runtime.db.begin() as session:
        draft = survey(clock(), audience=GERMANY)
        await surveying.opened(session, by[Role.HQ_OFFICER], by[Role.APPROVER], draft, clock())
        people = [await registered(session, clock(), f"telegram:{n}", **BERLIN) for n in range(9)]
    await ask(runtime)
    for number, person in enumerate(people):
        await press(runtime, person, f"/survey 1 1 {1 if number < 7 else 2}")
    assert Page((await officer.get("/surveys/1")).text).count("section.figures") == 0
    await officer.post("/surveys/1", "/surveys/1/close", {})
    page = Page((await officer.get("/surveys/1")).text)
    assert page.texts("section.figures h3") == ["الجميع", "برلين"]
    assert page.texts("section.figures:first-of-type dd") == ["5", "–", "5"]
    assert page.text("#asked") == "9"
    table = (await officer.get("/surveys/1/results.csv")).content.decode("utf-8-sig")
    assert '"ألمانيا","برلين","هل تريدون مدرسة ليبية هنا؟","نعم","5"' in table.splitlines()
    assert '"","","","سُئلوا","9"' in table.splitlines()
    assert '"لا"' not in table
    assert (await officer.get("/surveys/1/results.xlsx")).content[:2] == b"PK"


async def test_who_comes_is_listed_by_name_and_noted(
    runtime: Runtime, clock: SetClock, officer: Browser, scenario: Scenario
) -> None:
    by = scenario.staff
    async with runtime.db.begin() as session:
        draft = event(clock(), seats=2)
        await surveying.opened(session, by[Role.HQ_OFFICER], by[Role.APPROVER], draft, clock())
        comes = await registered(session, clock(), "telegram:1", name="سالم")
        waits = await registered(session, clock(), "telegram:2", name="هدى")
        await registered(session, clock(), "telegram:3", name="لا يُذكر")
    await ask(runtime)
    await press(runtime, comes, "/event_with 1 1")
    await press(runtime, waits, "/event 1 1")
    page = Page((await officer.get("/surveys/1/names")).text)
    assert page.texts("ol.coming a bdi") == ["سالم"]
    assert page.texts("ol.waiting a bdi") == ["هدى"]
    assert "ومعهم 1" in page.text("ol.coming .tag").replace("\u2068", "").replace("\u2069", "")
    async with runtime.db.read() as session:
        notes = select(AuditNote.subject).where(AuditNote.action == "sign_up.viewed")
        assert list(await session.scalars(notes)) == [f"person:{comes.id}", f"person:{waits.id}"]
    shown = Page((await officer.get("/surveys/1")).text)
    counts = {name: shown.text(f"#{name}") for name in ("coming", "people", "waiting")}
    assert counts == {"coming": "1", "people": "2", "waiting": "1"}


async def test_a_refused_survey_stays_a_draft(
    runtime: Runtime, clock: SetClock, approver: Browser, scenario: Scenario
) -> None:
    author = scenario.staff[Role.HQ_OFFICER]
    async with runtime.db.begin() as session:
        written = await drafts.write(session, author, survey(clock()), clock())
        opening = SurveyOpening(written.id)
        await changes.propose(session, author, opening, clock())
    await approver.post("/changes", "/changes/1/refuse", {})
    assert (await of_number(runtime, 1)).state is SurveyState.DRAFT
    async with runtime.db.read() as session:
        assert (await session.get_one(Change, 1)).decided_at == clock()
