"""Wardens on the pages: asked on a record, listed with their tests, shown beside a crisis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.crises import warden_reports, warden_tests
from bot.consular.people import wardens
from bot.consular.people.wardens import Area
from bot.models import (
    AuditNote,
    CheckInStatus,
    OutboundMessage,
    Person,
    Role,
    Staff,
    Warden,
    WardenState,
)
from bot.runtime.runtime import Runtime
from tests import asking, builders, wardening
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "ar", token) as browser:
        yield browser


async def somebody(runtime: Runtime, *indices: str, name: str = "سلمى الورفلي") -> int:
    """Register somebody in Sfax; return their number."""
    async with runtime.db.begin() as session:
        person = await wardening.registered(session, runtime.clock(), *indices, name=name)
    return person.id


async def warden_of_sfax(runtime: Runtime, staff: Staff) -> Warden:
    """Make somebody the warden of Sfax."""
    number = await somebody(runtime, "telegram:7001")
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, number)
        return await wardening.warden(session, staff, person, runtime.clock())


async def test_somebody_is_asked_on_their_record_and_it_shows_that_they_agreed(
    runtime: Runtime, officer: Browser
) -> None:
    number = await somebody(runtime, "telegram:7001")
    record = f"/people/{number}"
    page = Page((await officer.get(record)).text)
    offered = page.texts("section[aria-labelledby=wardening] option")
    assert offered[:2] == ["صفاقس", "تونس"]
    await officer.post(record, f"{record}/warden", {"area": "city"})
    async with runtime.db.begin() as session:
        warden = (await session.scalars(select(Warden))).one()
        sent = (
            await session.scalars(
                select(OutboundMessage).where(OutboundMessage.person_id == number)
            )
        ).one()
        person = await session.get_one(Person, number)
        assert "صفاقس" in str(sent.content)
        await wardens.answer(session, person, warden.id, True, runtime.clock())
    page = Page((await officer.get(record)).text)
    line = page.text("section[aria-labelledby=wardening] li")
    assert "صفاقس، تونس" in line
    assert wardens.AGREEMENT in line
    listed = Page((await officer.get("/wardens")).text)
    assert listed.text(f"#warden-{warden.id} th") == "سلمى الورفلي"
    await officer.post(record, f"/wardens/{warden.id}/end", {})
    async with runtime.db.read() as session:
        assert (await session.get_one(Warden, warden.id)).state is WardenState.ENDED
        actions = list(
            await session.scalars(
                select(AuditNote.action).where(AuditNote.action.startswith("warden."))
            )
        )
    assert actions == ["warden.invited", "warden.active", "warden.ended"]


@pytest.mark.parametrize("area", ["", "moon", "tag:nobody", "city"])
async def test_a_wrong_choice_asks_nobody(
    runtime: Runtime, officer: Browser, scenario: Scenario, area: str
) -> None:
    number = await somebody(runtime, "telegram:7001")
    if area == "city":
        async with runtime.db.begin() as session:
            (await session.get_one(Person, number)).city = None
    await officer.post(f"/people/{number}", f"/people/{number}/warden", {"area": area}, 409)
    async with runtime.db.read() as session:
        assert (await session.scalars(select(Warden))).all() == []


async def test_somebody_whom_no_message_reaches_is_not_asked(
    runtime: Runtime, officer: Browser
) -> None:
    number = await somebody(runtime)
    await officer.post(f"/people/{number}", f"/people/{number}/warden", {"area": "city"}, 409)
    async with runtime.db.read() as session:
        assert (await session.scalars(select(Warden))).all() == []


async def test_the_list_is_filtered_and_shows_who_did_not_answer_a_test(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    warden = await warden_of_sfax(runtime, scenario.staff[Role.HQ_OFFICER])
    await officer.post("/wardens", f"/wardens/{warden.id}/test", {})
    page = Page((await officer.get("/wardens?country=tn&state=active")).text)
    assert page.count(f"#warden-{warden.id}") == 1
    assert page.count(f"#warden-{warden.id} strong.late") == 0
    async with runtime.db.begin() as session:
        test = (await warden_tests.latest(session, [warden.id]))[warden.id]
        test.sent_at -= warden_tests.ANSWER_TIME
    page = Page((await officer.get("/wardens")).text)
    assert page.count(f"#warden-{warden.id} strong.late") == 1
    for other in ("?country=TR", "?state=ended"):
        page = Page((await officer.get(f"/wardens{other}")).text)
        assert page.count(f"#warden-{warden.id}") == 0
    assert (await officer.get("/wardens?country=<b>&state=%27")).status_code == 200


async def test_the_coverage_is_a_file_of_counts(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        staff = scenario.staff[Role.HQ_OFFICER]
        keeper = await wardening.registered(session, now, "telegram:7001", city="IS/Reykjavik")
        await wardening.registered(session, now, "telegram:7002", city="IS/Reykjavik")
        await wardening.registered(session, now, "telegram:7003", city="IS/Akureyri")
        area = Area("IS", keeper.city)
        await wardening.warden(session, staff, keeper, now, area)
    table = (await officer.get("/wardens/coverage.csv?country=IS")).content.decode("utf-8-sig")
    counts = [line.split(",")[2:] for line in table.splitlines()[1:]]
    assert counts == [['"1"', '"0"', '"1"'], ['"2"', '"1"', '"0"']]
    book = await officer.get("/wardens/coverage.xlsx?country=IS")
    assert book.content[:2] == b"PK"


async def test_a_crisis_shows_each_warden_with_who_is_silent(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    staff = scenario.staff[Role.HQ_OFFICER]
    warden = await warden_of_sfax(runtime, staff)
    people = [await somebody(runtime, f"telegram:71{n}", name="Omar") for n in range(3)]
    now = runtime.clock()
    async with runtime.db.begin() as session:
        crisis = await builders.earthquake(session, staff, now, countries=["TN"])
        await asking.ask_everyone(session, crisis, now)
        keeper = await session.get_one(Person, warden.person_id)
        await warden_reports.report(
            session, warden.id, keeper, crisis, people[0], CheckInStatus.SAFE, "١ بخير", now
        )
    page = Page((await officer.get(f"/crises/{crisis.id}/wardens")).text)
    line = f"#warden-{warden.id}"
    counts = [page.text(f"{line} dd.{name}") for name in ("people", "silent", "reported")]
    assert counts == ["3", "2", "1"]
    link = f'a[href="/crises/{crisis.id}/wardens"]'
    assert Page((await officer.get(f"/crises/{crisis.id}")).text).count(link) == 1
    record = Page((await officer.get(f"/people/{people[0]}")).text)
    assert record.text("section[aria-labelledby=wardening] .said") == "١ بخير"
