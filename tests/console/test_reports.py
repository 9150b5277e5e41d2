"""Situation and after-action reports and contingency plans, as staff see and download them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.crises import board, crises, sitreps
from bot.models import Crisis, Ground, Person, Role, SitRep
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


async def make(officer: Browser, scenario: Scenario) -> str:
    """Make a situation report by the button; its address."""
    path = f"/crises/{scenario.crisis_id}"
    answer = await officer.post(path, f"{path}/sitreps", {})
    return answer.headers["location"]


def standings(page: Page) -> list[int]:
    """The counts by standing, then of all."""
    cells = page.texts("#part-1 table td:nth-child(2)")
    return [int(cell.replace(",", "")) for cell in cells]


async def test_a_report_is_made_listed_and_shows_the_board(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/crises/{scenario.crisis_id}"
    address = await make(officer, scenario)
    page = Page((await officer.get(address)).text)
    async with runtime.db.read() as session:
        crisis = await crises.get(session, scenario.crisis_id)
        counted = await board.board(session, crisis, runtime.clock())
    assert standings(page) == [*counted.counts.values(), counted.people]
    assert page.text("h1") == "Situation report no. 1"
    assert page.count("svg[role=img]") == 2
    assert page.count("#part-5 svg circle") > 0
    assert page.count("#part-5 svg polygon.land") >= 2
    listed = Page((await officer.get(path)).text)
    assert listed.texts(".sitreps a") == ["no. 1"]
    assert "hq_officer@mofa.example" in listed.text(".sitreps li")


async def test_a_later_report_says_what_changed(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    first = await make(officer, scenario)
    shown = (await officer.get(first)).text
    async with runtime.db.begin() as session:
        for person in await session.scalars(select(Person).where(Person.country == "EG").limit(3)):
            await session.delete(person)
    second = Page((await officer.get(await make(officer, scenario))).text)
    changes = second.texts("#part-1 table td:nth-child(3)")
    assert changes[-1].strip("\u2066\u2069") == "\u22123"
    assert (await officer.get(first)).text == shown


async def test_the_report_reads_in_both_languages_from_the_same_figures(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    address = await make(officer, scenario)
    english = Page((await officer.get(address)).text)
    token = await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    async with browsing(app, "ar", token) as auditor:
        arabic = Page((await auditor.get(address)).text)
        crisis_page = Page((await auditor.get(f"/crises/{scenario.crisis_id}")).text)
        assert crisis_page.count("#sitreps ~ form") == 0
    assert arabic.text("h1") == "تقرير عن الوضع رقم 1"
    assert standings(arabic) == standings(english)


async def test_files_come_in_the_language_asked_for(officer: Browser, scenario: Scenario) -> None:
    address = await make(officer, scenario)
    pdf = await officer.get(f"{address}/pdf?in=ar")
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["content-disposition"].endswith(
        f'filename="tammen-sitrep-{scenario.crisis_id}-1-ar.pdf"'
    )
    sheets = await officer.get(f"{address}/xlsx?in=ar")
    with ZipFile(BytesIO(sheets.content)) as archive:
        assert b'rightToLeft="1"' in archive.read("xl/worksheets/sheet1.xml")
        assert "السودان" in archive.read("xl/sharedStrings.xml").decode()


async def test_a_post_sees_its_own_country_in_the_report(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    address = await make(officer, scenario)
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "en", token) as post:
        page = (await post.get(address)).text
        sheets = (await post.get(f"{address}/xlsx")).content
    assert "Sudan" in page
    assert "Egypt" not in page
    with ZipFile(BytesIO(sheets)) as archive:
        assert b"Egypt" not in archive.read("xl/sharedStrings.xml")


async def test_hours_are_set_and_wrong_ones_refused(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/crises/{scenario.crisis_id}"
    await officer.post(path, f"{path}/schedule", {"hours": "6"})
    for hours in ("169", "", "six", "-1"):
        await officer.post(path, f"{path}/schedule", {"hours": hours}, 409)
    async with runtime.db.read() as session:
        assert (await session.get_one(Crisis, scenario.crisis_id)).sitrep_hours == 6
    page = Page((await officer.get(path)).text)
    assert page.only("input[name=hours]").attributes["value"] == "6"


async def test_the_after_action_report_is_on_a_closed_crisis(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario, clock: SetClock
) -> None:
    path = f"/crises/{scenario.crisis_id}"
    await officer.get(f"{path}/after-action", 409)
    clock.advance(minutes=5)
    await officer.post(path, f"{path}/close", {"outcome": "هدأ القتال"})
    assert "After-action report" in (await officer.get(path)).text
    page = Page((await officer.get(f"{path}/after-action")).text)
    assert page.text("h1") == "After-action report"
    assert page.text("#part-3 p") == "3 cases were opened."
    assert (await officer.get(f"{path}/after-action/pdf?in=ar")).content.startswith(b"%PDF-")


async def test_the_plan_of_a_post_names_what_is_missing_until_it_is_entered(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/posts/{scenario.post_id}/plan"
    hostile = '#panic("x") =1+1 <b>'
    fields = {"ground": "meeting_point", "description_ar": "ساحة تقسيم", "description_en": hostile}
    await officer.post(path, f"{path}/enter", {**fields, "description_ar": " "}, 409)
    await officer.post(path, f"{path}/enter", fields)
    page = Page((await officer.get(path)).text)
    assert page.texts(".ground p") == ["ساحة تقسيم", hostile]
    for language in ("ar", "en"):
        pdf = await officer.get(f"{path}/pdf?in={language}")
        assert pdf.content.startswith(b"%PDF-")
    async with runtime.db.read() as session:
        (ground,) = await session.scalars(select(Ground))
    await officer.post(path, f"{path}/remove", {"entry": str(ground.id)})
    await officer.post(path, f"{path}/remove", {"entry": str(ground.id)}, 409)
    assert Page((await officer.get(path)).text).count(".ground") == 0


async def test_reports_of_a_worker_say_that_they_came_by_themselves(
    runtime: Runtime, officer: Browser, scenario: Scenario, clock: SetClock
) -> None:
    path = f"/crises/{scenario.crisis_id}"
    await officer.post(path, f"{path}/schedule", {"hours": "2"})
    due_at = clock() + timedelta(hours=2)
    await sitreps.make_due(runtime.db, scenario.crisis_id, due_at)
    assert "by itself" in Page((await officer.get(path)).text).text(".sitreps li")
    async with runtime.db.read() as session:
        assert [sitrep.made_by for sitrep in await session.scalars(select(SitRep))] == [None]
