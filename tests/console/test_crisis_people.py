"""The people behind the board, as officers see them and work on them."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.crises import board, outreach
from bot.consular.people import tags
from bot.models import (
    AuditNote,
    Case,
    CaseKind,
    CheckIn,
    Crisis,
    OutboundMessage,
    Outreach,
    OutreachKind,
    Person,
    Role,
)
from bot.runtime.runtime import Runtime
from tests import asking, builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

TOLD = {
    "status": "help",
    "source": "relative",
    "relation": "brother",
    "means": "phone",
    "words": "أخوه يقول إنه محاصر في الطابق الثالث",
}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


@pytest.fixture
async def silent(runtime: Runtime, scenario: Scenario) -> Person:
    """Somebody in Khartoum who has not answered, with a number."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(
            session,
            now,
            "phone:9",
            name="هدى الزنتاني",
            country="SD",
            city="SD/Khartoum",
            phone="+249912345678",
            party_size=4,
            placed_at=None,
        )
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        await asking.ask_everyone(session, crisis, now - timedelta(minutes=31))
        return person


def path_of(scenario: Scenario) -> str:
    return f"/crises/{scenario.crisis_id}/people"


async def audited(runtime: Runtime, action: str) -> list[int]:
    """How many people each look or file had."""
    query = select(AuditNote.detail).where(AuditNote.action == action).order_by(AuditNote.id)
    async with runtime.db.read() as session:
        return [detail["people"] for detail in await session.scalars(query)]


async def count(runtime: Runtime, table: type) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def test_one_click_leads_from_the_start_page_to_the_silent_of_a_city(
    runtime: Runtime, officer: Browser, scenario: Scenario, silent: Person
) -> None:
    start = Page((await officer.get("/")).text)
    links = start.texts(".silent-places a")
    khartoum = next(text for text in links if text.startswith("Khartoum"))
    link = start.only('.silent-places a[href*="SD/Khartoum"]').attributes["href"] or ""
    page = Page((await officer.get(link.strip())).text)
    assert page.count("table.roster tbody tr") == int(khartoum.split()[-1])
    row = f"#person-{silent.id}"
    assert page.text(f"{row} th a") == "هدى الزنتاني"
    dialled = page.only(f"{row} .phone a")
    assert dialled.attributes["href"] == "tel:+249912345678"
    assert dialled.attributes["dir"] == "ltr"
    assert page.text(f"{row} .n") == "4"
    assert page.text(f"{row} .standing") == "has not answered"
    assert page.text(f"{row} .step") == "call"


async def test_every_figure_of_the_board_is_a_list_of_as_many_people(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    page = Page((await officer.get(f"/crises/{scenario.crisis_id}")).text)
    figures = page.figures(".tally")
    assert sum(figures.values()) > 0
    for standing, people in figures.items():
        listed = Page((await officer.get(f"{path_of(scenario)}?standing={standing}")).text)
        assert listed.figure(".title .big strong") == people
    assert await audited(runtime, "crisis_people.viewed") == [
        min(people, 50) for people in figures.values() if people
    ]


async def test_filters_stand_in_the_address_and_odd_ones_do_nothing(
    runtime: Runtime, officer: Browser, scenario: Scenario, silent: Person
) -> None:
    async with runtime.db.begin() as session:
        hq = scenario.staff[Role.HQ_OFFICER]
        await tags.add(session, hq, silent.id, "vulnerable", runtime.clock())
    path = path_of(scenario)
    first = Page((await officer.get(f"{path}?sort=urgent")).text)
    assert first.texts("table.roster tbody th a")[0] == "هدى الزنتاني"
    only = Page((await officer.get(f"{path}?tag=vulnerable&city=الخرطوم&channel=phone")).text)
    assert only.texts("table.roster tbody th .tag") == ["vulnerable"]
    names = Page((await officer.get(f"{path}?sort=name&country=SD")).text)
    listed = names.texts("table.roster tbody th a")
    assert listed.index("سالم بن عمران") < listed.index("هدى الزنتاني")
    odd = await officer.get(f"{path}?standing=king&country=zz&channel=x&sort=;drop&page=0")
    assert Page(odd.text).figure(".title .big strong") == first.figure(".title .big strong")
    nobody = Page((await officer.get(f"{path}?city=Atlantis")).text)
    assert nobody.text(".calm") == "Nobody here."


async def test_a_post_of_another_country_sees_nobody(
    runtime: Runtime, app: Starlette, scenario: Scenario, silent: Person
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        hq = scenario.staff[Role.HQ_OFFICER]
        away = await builders.earthquake(session, hq, now, countries=["TR"])
        cairo = await builders.person(session, now, country="EG", name="منى")
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "ar", token) as browser:
        await browser.get(f"/crises/{away.id}/people", 404)
        text = (await browser.get(path_of(scenario))).text
        assert "هدى الزنتاني" in text
        assert "منى" not in text
        await browser.get(f"{path_of(scenario)}/mark?person={cairo.id}", 404)
        form = {**TOLD, "person": str(cairo.id)}
        await browser.post("/changes", f"{path_of(scenario)}/tell", form, 409)
    auditor = await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    async with browsing(app, "en", auditor) as browser:
        await browser.get(path_of(scenario), 403)
        start = Page((await browser.get("/")).text)
        assert start.count('a[href*="/people"]') == 0
    assert await count(runtime, Outreach) == 0


async def test_what_was_told_is_marked_shown_and_taken_back(
    runtime: Runtime, officer: Browser, scenario: Scenario, silent: Person, clock: SetClock
) -> None:
    path = path_of(scenario)
    answers = await count(runtime, CheckIn)
    mark = f"{path}/mark?person={silent.id}&standing=no_answer"
    form = {**TOLD, "person": str(silent.id), "from": "list", "list": "standing=no_answer"}
    clock.advance(minutes=5)
    for missing in ("status", "source", "means", "relation"):
        await officer.post(mark, f"{path}/tell", {**form, missing: ""}, 409)
    assert await count(runtime, CheckIn) == answers
    back = await officer.post(mark, f"{path}/tell", form)
    assert back.headers["location"] == f"{path}?standing=no_answer&done=marked"
    page = Page((await officer.get(f"{path}?standing=help")).text)
    row = f"#person-{silent.id}"
    assert "a brother · spoke by telephone · hq_officer@mofa.example" in page.text(row)
    assert "life at risk" in page.text(f"{row} .step")
    record = f"/people/{silent.id}"
    told = Page((await officer.get(record)).text)
    assert told.texts("#outreach ~ .timeline .said")[0] == TOLD["words"]
    undo = told.only('form[action^="/outreach/"]').attributes["action"] or ""
    back = await officer.post(record, undo, {"person": str(silent.id), "from": "record"})
    assert back.headers["location"] == f"{record}?done=mark_undone"
    assert await count(runtime, CheckIn) == answers
    assert "taken back" in (await officer.get(record)).text
    async with runtime.db.read() as session:
        kinds = select(Case.kind).where(Case.person_id == silent.id)
        assert list(await session.scalars(kinds)) == [CaseKind.LIFE]


async def test_calls_in_vain_are_counted_with_the_last(
    officer: Browser, scenario: Scenario, silent: Person, runtime: Runtime
) -> None:
    path = path_of(scenario)
    form = {"person": str(silent.id), "from": "list", "list": ""}
    for kind in ("no_answer", "wrong_number"):
        await officer.post(path, f"{path}/call", {**form, "kind": kind})
    await officer.post(path, f"{path}/call", {**form, "kind": "king"}, 409)
    page = Page((await officer.get(f"{path}?city=SD/Khartoum&standing=no_answer")).text)
    row = page.text(f"#person-{silent.id}")
    assert "called 2 times · last" in row
    assert "hq_officer@mofa.example" in row
    assert "the number is wrong" in row
    assert "ask again by message" in row


async def test_one_person_is_asked_again_once_in_half_an_hour(
    officer: Browser, scenario: Scenario, silent: Person, runtime: Runtime, clock: SetClock
) -> None:
    path = path_of(scenario)
    form = {"person": str(silent.id), "from": "list", "list": ""}
    await officer.post(path, f"{path}/ask", form)
    refused = await officer.post(path, f"{path}/ask", form, 409)
    assert "less than 30 minutes" in refused.text
    async with runtime.db.read() as session:
        query = select(OutboundMessage).where(OutboundMessage.person_id == silent.id)
        assert len((await session.scalars(query)).all()) == 2  # the roll call, and once more


async def test_exercise_people_are_marked_and_in_drills_alone(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        hq = scenario.staff[Role.HQ_OFFICER]
        await builders.person(session, now, country="TN", name="سعاد", synthetic=True)
        drill = await builders.earthquake(session, hq, now, countries=["TN"], drill=True)
        real = await builders.earthquake(session, hq, now, countries=["TN"])
    page = Page((await officer.get(f"/crises/{drill.id}/people?sort=name")).text)
    marked = page.texts("table.roster tr:has(.tag.drill) th a")
    assert marked == ["سعاد"]
    assert page.texts("table.roster .tag.drill") == ["exercise person"]
    assert "سعاد" not in (await officer.get(f"/crises/{real.id}/people?sort=name")).text


async def test_the_file_is_read_back_as_it_was_filtered(
    runtime: Runtime, officer: Browser, scenario: Scenario, silent: Person
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, silent.id)
        person.place_words = "=HYPERLINK(1)"
    path = path_of(scenario)
    form = {"kind": "csv", "city": "SD/Khartoum", "standing": "no_answer"}
    answer = await officer.post(path, f"{path}/file", form, 200)
    assert answer.headers["content-disposition"].endswith('-people.csv"')
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    listed = Page((await officer.get(f"{path}?city=SD/Khartoum&standing=no_answer")).text)
    assert len(rows) == listed.figure(".title .big strong")
    row = next(row for row in rows if row["Name"] == "هدى الزنتاني")
    assert row["Phone"] == "'+249912345678"
    assert row["City"] == "Khartoum · =HYPERLINK(1)"
    assert (row["How they are"], row["What to do now"]) == ("has not answered", "call")
    assert {row["Country"] for row in rows} == {"Sudan"}
    workbook = await officer.post(path, f"{path}/file", {**form, "kind": "xlsx"}, 200)
    assert workbook.content.startswith(b"PK")
    await officer.post(path, f"{path}/file", {**form, "kind": "exe"}, 409)
    assert await audited(runtime, "crisis_people.downloaded") == [len(rows)] * 2


async def test_the_list_for_paper_has_numbers_and_boxes(
    runtime: Runtime, officer: Browser, scenario: Scenario, silent: Person
) -> None:
    sheet = await officer.get(f"{path_of(scenario)}/sheet?city=SD/Khartoum&standing=no_answer")
    page = Page(sheet.text)
    assert "+249912345678" in page.texts(".sheet .number")
    assert page.count(".tick-box") == page.count(".sheet tbody tr")
    assert await audited(runtime, "crisis_people.printed") == [page.count(".tick-box")]


async def test_the_map_has_a_circle_for_each_place_and_the_table_the_same_figures(
    runtime: Runtime, officer: Browser, scenario: Scenario, silent: Person
) -> None:
    text = (await officer.get(f"/crises/{scenario.crisis_id}")).text
    page = Page(text)
    async with runtime.db.read() as session:
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        figures = await board.board(session, crisis, runtime.clock())
    assert page.count(".crisis-map circle") == min(40, len(figures.places))
    assert page.count("#places tbody tr") == len(figures.places)
    khartoum = next(place for place in figures.places if place.city == "SD/Khartoum")
    names = page.texts("#places tbody th")
    cells = page.texts(f"#places tbody tr:nth-child({names.index('Khartoum Sudan') + 1}) td")
    assert cells == [*map(str, khartoum.counts.values()), str(khartoum.stale)]
    assert "http" not in text.partition("<svg viewBox")[2].partition("</svg>")[0]


async def test_a_mark_of_a_colleague_is_not_to_be_undone_by_a_post(
    runtime: Runtime, app: Starlette, scenario: Scenario, silent: Person
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        crisis = await session.get_one(Crisis, scenario.crisis_id)
        hq = scenario.staff[Role.HQ_OFFICER]
        kind = OutreachKind.NO_ANSWER
        attempt = await outreach.call(session, hq, crisis, silent.id, kind, "", now)
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "en", token) as browser:
        record = f"/people/{silent.id}"
        assert Page((await browser.get(record)).text).count('form[action^="/outreach/"]') == 0
        await browser.post(record, f"/outreach/{attempt.id}/undo", {}, 409)
