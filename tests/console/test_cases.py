"""The list of cases and the page of one, as officers see them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.audit import trail
from bot.consular.crises import cases, handling
from bot.models import AuditNote, Case, CaseKind, CaseOutcome, CaseState, Person, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.clock import SetClock
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

OUTCOMES = {
    CaseOutcome.REACHED_SAFETY: "reached safety",
    CaseOutcome.TREATED: "treated",
    CaseOutcome.FOUND: "found",
    CaseOutcome.RELEASED: "released",
    CaseOutcome.EVACUATED: "evacuated",
    CaseOutcome.ADVISED: "given advice",
    CaseOutcome.HANDED_OVER: "handed to another authority",
    CaseOutcome.UNREACHABLE: "could not be reached",
    CaseOutcome.MISTAKE: "a mistake",
    CaseOutcome.DIED: "died",
}
CLOSING = {"outcome": "found", "words": "وصل إلى أهله"}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


async def case_of(runtime: Runtime, case_id: int) -> Case:
    async with runtime.db.read() as session:
        return await session.get_one(Case, case_id)


async def count_looks(runtime: Runtime, action: str) -> int:
    query = select(func.count()).select_from(AuditNote).where(AuditNote.action == action)
    async with runtime.db.read() as session:
        return await session.scalar(query) or 0


async def test_the_list_shows_name_place_household_and_words(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        person.city, person.country, person.party_size = "SD/Khartoum", "SD", 4
    page = Page((await officer.get("/cases")).text)
    row = f"#case-{scenario.case_id}"
    assert page.text(f"{row} .who") == "سالم بن عمران"
    assert page.text(f"{row} .where") == "Khartoum, Sudan · 4 people"
    assert page.text(f"{row} .words") == "محاصرون في البيت والقصف قريب"
    assert "not seen yet" in page.text(f"#state-{scenario.case_id}")
    assert page.count("ol.cases form") == 0  # nothing is done to a case in the list
    assert await count_looks(runtime, "cases.viewed") == 1


async def test_the_live_part_tells_no_names_and_moves_nothing(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    page = Page((await officer.get("/cases")).text)
    address = page.only("#news").attributes["hx-get"] or ""
    assert not Page((await officer.part(address)).text).count("a")
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:5", name="هدى الزنتاني")
        await cases.open_case(session, person, CaseKind.LIFE, "تحت الأنقاض", now)
        taken = await cases.get(session, scenario.case_id)
        await handling.take(session, scenario.staff[Role.APPROVER], taken, now)
    text = (await officer.part(address)).text
    part = Page(text)
    assert part.texts("a") == ["1 new"]
    assert part.text(f"#state-{scenario.case_id}") == "taken · approver@mofa.example"
    assert part.only(f"#state-{scenario.case_id}").attributes["hx-swap-oob"] == "true"
    assert "هدى" not in text
    assert "سالم" not in text
    assert "button" not in re.findall(r"<(\w+)", text)
    assert await count_looks(runtime, "cases.viewed") == 1
    assert "هدى الزنتاني" in (await officer.get("/cases")).text


async def test_every_case_is_on_a_page_and_filters_stand_in_the_address(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for _ in range(110):
            person = await builders.person(session, now, country=None, synthetic=True)
            await cases.open_case(session, person, CaseKind.HUMAN, "", now)
    numbers = set()
    for page in (1, 2, 3):
        shown = Page((await officer.get(f"/cases?page={page}")).text)
        numbers.update(shown.texts("ol.cases h2"))
    assert len(numbers) == 113
    first = Page((await officer.get("/cases?country=none&sort=newest&drill=drill")).text)
    assert first.count("ol.cases > li") == 50
    assert first.texts("ol.cases > li .tag.drill") == ["EXERCISE"] * 50
    assert first.texts("ol.cases > li .tag:not(.drill)") == ["no country"] * 50
    further = first.only("nav.row a").attributes["href"]
    assert further == "?country=none&drill=drill&sort=newest&page=2"
    assert Page((await officer.get(f"/cases{further}")).text).count("ol.cases > li") == 50
    odd = await officer.get("/cases?kind=king&state=x&country=zz&sort=;drop&owner=%00")
    assert Page(odd.text).count("ol.cases > li") == 50


async def test_a_case_is_worked_on_and_closed_on_its_own_page(
    runtime: Runtime, officer: Browser, scenario: Scenario, clock: SetClock
) -> None:
    path = f"/cases/{scenario.case_id}"
    page = Page((await officer.get(path)).text)
    assert page.text("#said ~ .said") == "محاصرون في البيت والقصف قريب"
    assert page.texts('a[href^="tel:"]') == ["+218912345678"]
    assert f'href="/people/{scenario.person_id}"' in (await officer.get(path)).text
    seen = await case_of(runtime, scenario.case_id)
    assert seen.seen_at is not None
    await officer.post(path, f"{path}/take", {})
    await officer.post(path, f"{path}/notes", {"words": "اتصلت به، لا يرد"})
    await officer.post(path, f"{path}/kind", {"kind": "medical"})
    await officer.post(path, f"{path}/kind", {"kind": "king"}, 409)
    await officer.post(path, f"{path}/close", {"outcome": "found", "words": " "}, 409)
    await officer.post(path, f"{path}/close", {"words": "وصل"}, 409)
    assert (await case_of(runtime, scenario.case_id)).state is CaseState.TAKEN
    answer = await officer.post(path, f"{path}/close", CLOSING)
    closed = await officer.get(answer.headers["location"])
    assert f'action="{path}/undo"' in closed.text
    assert "The case is closed." in closed.text
    await officer.post(path, f"{path}/undo", {})
    assert (await case_of(runtime, scenario.case_id)).state is CaseState.TAKEN
    await officer.post(path, f"{path}/close", CLOSING)
    clock.advance(seconds=31)
    late = (await officer.get(path)).text
    assert f'action="{path}/undo"' not in late
    await officer.post(path, f"{path}/undo", {}, 409)
    done = await case_of(runtime, scenario.case_id)
    assert (done.state, done.outcome) == (CaseState.CLOSED, CaseOutcome.FOUND)
    await officer.post(path, f"{path}/reopen", {"reason": "اتصل أخوه"})
    page = Page((await officer.get(path)).text)
    assert page.texts("#notes ~ .timeline .said") == [
        "اتصل أخوه",
        "وصل إلى أهله",
        "وصل إلى أهله",
        "اتصلت به، لا يرد",
    ]
    course = page.texts("#course ~ .timeline li")
    assert "saw a case first" in course[1]
    assert "opened a closed case again" in course[-1]
    async with runtime.db.read() as session:
        notes = await trail.of(session, f"case:{scenario.case_id}")
    assert [note.action for note in reversed(notes)] == [
        "case.opened",
        "case.seen",
        "case.taken",
        "case.noted",
        "case.kind_changed",
        "case.closed",
        "case.close_undone",
        "case.closed",
        "case.reopened",
    ]


async def test_how_a_case_can_end(officer: Browser, scenario: Scenario) -> None:
    page = Page((await officer.get(f"/cases/{scenario.case_id}")).text)
    first, *outcomes = page.texts("select[name=outcome] option")
    assert first == "choose"  # nobody closes a case as what happened to stand first
    assert outcomes == list(OUTCOMES.values())
    assert list(CaseOutcome) == list(OUTCOMES)


async def test_a_case_is_handed_to_a_colleague(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    path = f"/cases/{scenario.case_id}"
    post = scenario.staff[Role.POST_OFFICER]
    await officer.post(path, f"{path}/hand", {"colleague": str(post.id)})
    assert (await case_of(runtime, scenario.case_id)).owner_id == post.id
    assert "to: post_officer@mofa.example" in Page((await officer.get(path)).text).text("main")
    auditor = scenario.staff[Role.AUDITOR]
    await officer.post(path, f"{path}/hand", {"colleague": str(auditor.id)}, 409)
    await officer.post(path, f"{path}/hand", {"colleague": "x"}, 409)


async def test_whoever_must_not_be_called_has_no_link_to_call(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, scenario.person_id)
        person.no_calls_at = runtime.clock()
    page = Page((await officer.get(f"/cases/{scenario.case_id}")).text)
    assert page.count('a[href^="tel:"]') == 0
    assert "+218912345678" in page.text("main")
    assert "asked not to be called" in page.text("main > .alarm")


async def test_what_waits_is_a_red_number_on_every_page(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario, clock: SetClock
) -> None:
    page = Page((await officer.get("/posts")).text)
    assert page.figure('#alarm [data-figure="cases"]') == 3
    assert "1 case has waited" in page.text("#lives")  # 42 minutes
    part = Page((await officer.part("/cases/alarm")).text)
    assert part.figure('[data-figure="cases"]') == 3
    seen = Page((await officer.get(f"/cases/{scenario.case_id}")).text)
    assert seen.text("#lives") == ""
    assert seen.figure('#alarm [data-figure="cases"]') == 3  # over its time
    token = await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    async with browsing(app, "en", token) as browser:
        assert Page((await browser.get("/")).text).count("#alarm") == 0
        await browser.get("/cases/alarm", 403)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:9", country="SD")
        await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
    assert Page((await officer.get("/posts")).text).text("#lives") == ""
    clock.advance(minutes=6)
    post = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "ar", post) as browser:
        lives = Page((await browser.get("/people")).text).text("#lives")
    assert "خطر على الحياة" in lives


async def test_a_hold_goes_back_to_the_page_of_the_case(
    officer: Browser, scenario: Scenario
) -> None:
    path = f"/cases/{scenario.case_id}"
    form = {"reason": "أمر من المحكمة", "from": "case"}
    answer = await officer.post(path, f"{path}/hold", form)
    assert answer.headers["location"] == f"{path}?done=held"
    assert "أمر من المحكمة" in (await officer.get(path)).text


async def test_a_post_reads_a_case_without_a_country(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, country=None)
        await builders.address(session, person, "sms:+249912345678", now, region="SD")
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "ar", token) as browser:
        listed = Page((await browser.get("/cases")).text)
        assert listed.count(f"#case-{case.id}") == 1
        page = await browser.get(f"/cases/{case.id}")
    assert f"/people/{person.id}" not in page.text  # the record is nobody's yet
    assert "+249912345678" in page.text
