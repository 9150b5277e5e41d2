"""A report about somebody on the pages: who it may be, the decision, and files of others."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.crises import cases, reports
from bot.consular.crises.reports import Description
from bot.consular.people import facts, placement
from bot.models import AuditNote, Case, OutboundMessage, Person, ReportMatch, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.consular.crises.test_pfif import FILE
from tests.pages.reader import Page


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


@pytest.fixture
async def report(runtime: Runtime, scenario: Scenario) -> Case:
    """Mona asks about Salem, who is on record in Khartoum."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        sought = await session.get_one(Person, scenario.person_id)
        sought.country, sought.city = "SD", "SD/Khartoum"
        placement.mark(sought)
        reporter = await builders.person(session, now, "telegram:77", country="EG")
        await facts.set_name(session, reporter, "منى عمران")
        report = await cases.report(session, reporter, "brother", "missing", "خوي سالم", now)
        told = Description("Salem bin Omran", "الخرطوم", "من يومين", "+218912345678")
        await reports.describe(session, report, told)
    return report


async def count(runtime: Runtime, table: type) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_report_shows_who_it_may_be_about_and_why(
    runtime: Runtime, officer: Browser, scenario: Scenario, report: Case
) -> None:
    page = Page((await officer.get(f"/cases/{report.id}")).text)
    assert page.texts("section[aria-labelledby=sought] dd") == [
        "Salem bin Omran",
        "الخرطوم",
        "من يومين",
        "+218912345678",
    ]
    assert page.text("ol.candidates a") == "سالم بن عمران"
    assert page.texts("ol.candidates .why span") == [
        "2 names",
        "the number",
        "the city",
        "120 points",
    ]
    assert page.only("ol.candidates a").attributes["href"] == f"/people/{scenario.person_id}"
    async with runtime.db.read() as session:
        looks = select(AuditNote.subject).where(AuditNote.action == "matches.viewed")
        noted = list(await session.scalars(looks.order_by(AuditNote.id)))
    assert noted == [f"case:{report.id}", f"person:{scenario.person_id}"]
    own = Page((await officer.get(f"/cases/{scenario.case_id}")).text)
    assert not own.count("section[aria-labelledby=sought]")


async def test_a_candidate_is_shown_with_the_place_that_is_known(
    runtime: Runtime, officer: Browser, report: Case
) -> None:
    async with runtime.db.begin() as session:
        words = {"country": None, "place_words": "كامبو ٥"}
        namesake = await builders.person(session, runtime.clock(), **words)
        await facts.set_name(session, namesake, "Salem Omran Elzintani")
    page = Page((await officer.get(f"/cases/{report.id}")).text)
    assert page.texts("ol.candidates > li > .soft") == ["Khartoum, Sudan", "“كامبو ٥”"]


async def test_a_person_is_confirmed_shown_on_both_pages_and_taken_back(
    runtime: Runtime, officer: Browser, scenario: Scenario, report: Case
) -> None:
    here = f"/cases/{report.id}"
    fields = {"person": str(scenario.person_id)}
    done = await officer.post(here, f"{here}/match", fields)
    assert done.headers["location"] == f"{here}?done=matched"
    page = Page((await officer.get(here)).text)
    assert page.text(".confirmed a") == "سالم بن عمران"
    assert not page.count("ol.candidates")
    assert "Until they answer, tell the reporter nothing." in page.text("main")
    record = Page((await officer.get(f"/people/{scenario.person_id}")).text)
    assert record.only("section[aria-labelledby=seekers] a").attributes["href"] == here
    assert await count(runtime, OutboundMessage) > 0
    await officer.post(here, f"{here}/unmatch", fields)
    record = Page((await officer.get(f"/people/{scenario.person_id}")).text)
    assert not record.count("section[aria-labelledby=seekers]")
    await officer.post(here, f"{here}/reject", fields)
    page = Page((await officer.get(here)).text)
    assert not page.count("ol.candidates a")
    assert page.text("details li a") == "سالم بن عمران"


async def test_a_post_sees_nobody_of_other_countries(
    runtime: Runtime, app: Starlette, scenario: Scenario, report: Case
) -> None:
    async with runtime.db.begin() as session:
        reporter = await session.get_one(Person, report.person_id)
        reporter.country = "SD"
        sought = await session.get_one(Person, scenario.person_id)
        sought.country = "EG"
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    here = f"/cases/{report.id}"
    async with browsing(app, "en", token) as post:
        page = Page((await post.get(here)).text)
        assert not page.count("ol.candidates a")
        fields = {"person": str(scenario.person_id)}
        await post.post(here, f"{here}/match", fields, status=409)
        await post.get("/cases/exchange", status=403)
    assert await count(runtime, ReportMatch) == 0


async def test_files_of_other_organisations_go_out_and_come_in(
    runtime: Runtime, officer: Browser, scenario: Scenario, report: Case
) -> None:
    page = "/cases/exchange"
    shown = Page((await officer.get(page)).text)
    data = {"csrf": shown.posts[0]["csrf"], "crisis": str(scenario.crisis_id)}
    headers = {"Sec-Fetch-Site": "same-origin"}
    files = {"file": ("missing.xml", FILE.encode(), "application/xml")}
    taken = await officer.client.post(f"{page}/import", data=data, files=files, headers=headers)
    assert taken.status_code == 200
    assert Page(taken.text).text("[role=status]").startswith("2 new reports.")
    wrong = {"file": ("missing.xml", b"<pfif/>", "application/xml")}
    refused = await officer.client.post(f"{page}/import", data=data, files=wrong, headers=headers)
    assert refused.status_code == 422
    assert Page(refused.text).text(".wrong").startswith("Line 1: this is not PFIF 1.4")
    async with runtime.db.begin() as session:
        shared = await cases.get(session, report.id)
        shared.crisis_id = scenario.crisis_id
        reporter = await session.get_one(Person, report.person_id)
        await reports.share(session, shared, reporter, runtime.clock())
    out = await officer.post(page, f"{page}/export", {"crisis": str(scenario.crisis_id)}, 200)
    assert out.headers["content-type"].startswith("application/xml")
    assert "attachment" in out.headers["content-disposition"]
    assert "Salem bin Omran" in out.text
    assert "منى" not in out.text
