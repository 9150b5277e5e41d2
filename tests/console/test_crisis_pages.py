"""The pages of a crisis: its area, its phase, its timeline, its call list, its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.crises import crises, rounds
from bot.models import AuditNote, Call, Crisis, CrisisState, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

NEW = {
    "name_en": "Fire in Izmir",
    "name_ar": "حريق في إزمير",
    "country": "TR",
    "cities": "إزمير",
}


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", token) as browser:
        yield browser


async def open_real(runtime: Runtime, scenario: Scenario, **changes: object) -> int:
    async with runtime.db.begin() as session:
        crisis = await builders.earthquake(
            session, scenario.staff[Role.HQ_OFFICER], runtime.clock(), **changes
        )
    return crisis.id


async def crisis_of(runtime: Runtime, crisis_id: int) -> Crisis:
    async with runtime.db.read() as session:
        return await session.get_one(Crisis, crisis_id)


async def latest(runtime: Runtime) -> Crisis:
    async with runtime.db.read() as session:
        [crisis, *_older] = await crises.recent(session)
    return crisis


async def test_a_crisis_of_one_city_is_opened_with_a_warning_of_the_open_one(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    open_id = await open_real(runtime, scenario)
    page = Page((await officer.post("/crises/new", "/crises/check", NEW, 200)).text)
    assert page.count(f'.lacks a[href="/crises/{open_id}"]') == 1
    assert "Izmir" in page.texts(".tag")
    await officer.post("/crises/new", "/crises", NEW)
    crisis = await latest(runtime)
    assert crisis.area == {"cities": ["TR/Izmir"]}


async def test_a_city_that_nobody_knows_is_refused_and_the_form_stays(
    runtime: Runtime, officer: Browser
) -> None:
    before = (await latest(runtime)).id
    for path in ("/crises/check", "/crises"):
        unknown = {**NEW, "cities": "بلدة لا توجد"}
        answer = await officer.post("/crises/new", path, unknown, 422)
        page = Page(answer.text)
        assert "بلدة لا توجد" in page.text(".wrong[role=alert]")
        assert page.only('[name="cities"]').attributes["value"] == "بلدة لا توجد"
    assert (await latest(runtime)).id == before


async def test_phase_growth_and_lines_are_on_the_page_of_the_crisis(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    crisis_id = await open_real(runtime, scenario)
    at = f"/crises/{crisis_id}"
    await officer.post(at, f"{at}/phase", {"phase": "٤"})
    await officer.post(at, f"{at}/grow", {"country": "SD"})
    await officer.post(at, f"{at}/entries", {"words": "المطار يعمل حتى الغد"})
    way_out = runtime.clock() + timedelta(days=2)
    await officer.post(
        at, f"{at}/way-out", {"at": way_out.strftime("%Y-%m-%dT%H:%M"), "zone": "Africa/Tripoli"}
    )
    page = Page((await officer.get(at)).text)
    assert page.text("#phase") == "Phase 4 of 4"
    assert "المطار يعمل حتى الغد" in page.text("ol.timeline")
    crisis = await crisis_of(runtime, crisis_id)
    assert set(crises.countries_of(crisis)) == {"SD", "TR"}
    assert crisis.last_way_out_at is not None
    assert abs(crisis.last_way_out_at + timedelta(hours=2) - way_out) < timedelta(minutes=1)


async def test_it_is_closed_with_an_outcome_only_and_found_again(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    crisis_id = await open_real(runtime, scenario)
    at = f"/crises/{crisis_id}"
    await officer.post(at, f"{at}/close", {"outcome": ""}, 409)
    assert (await crisis_of(runtime, crisis_id)).state is CrisisState.OPEN
    await officer.post(at, f"{at}/close", {"outcome": "عاد الجميع سالمين"})
    assert (await crisis_of(runtime, crisis_id)).state is CrisisState.CLOSED
    page = Page((await officer.get("/crises")).text)
    assert page.count(f'a[href="/crises/{crisis_id}"]') == 1
    page = Page((await officer.get(at)).text)
    assert "عاد الجميع سالمين" in page.text("ol.timeline")


async def test_the_call_list_has_numbers_to_dial_and_hands_a_call_over(
    runtime: Runtime, app: Starlette, officer: Browser, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(
            session, now, name="هدى الزنتاني", country="SD", phone="+905551234567"
        )
        quiet = await builders.person(
            session, now, country="SD", phone="+905551234568", no_calls_at=now
        )
        crisis = await builders.earthquake(
            session, scenario.staff[Role.HQ_OFFICER], now, countries=["SD"]
        )
        await builders.fan_out(session, crisis.broadcast_id, now)
        await rounds.advance(session, crisis, now)
    at = f"/crises/{crisis.id}/calls"
    assert Page((await officer.get(at)).text).count(".call") == 0  # the post calls
    page = Page((await officer.get(f"{at}?whose=all")).text)
    card = page.only(f"#call-{person.id} a[href^='tel:']")
    assert card.attributes["href"] == "tel:+905551234567"
    assert page.text(f"#call-{person.id} h2") == "هدى الزنتاني"
    assert page.count(f"#call-{quiet.id} a[href^='tel:']") == 0
    colleague = scenario.staff[Role.HQ_OFFICER].id
    await officer.post(at + "?whose=all", f"{at}/{person.id}/hand", {"colleague": str(colleague)})
    assert Page((await officer.get(at)).text).count(".call") == 1
    looks = select(AuditNote.subject).where(AuditNote.action == "calls.viewed")
    async with runtime.db.read() as session:
        call = await session.get_one(Call, (crisis.id, person.id))
        subjects = set(await session.scalars(looks))
        assert call.officer_id == colleague
    assert subjects == {f"crisis:{crisis.id}"}


async def test_a_post_sees_calls_of_its_own_country_alone(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        own = await builders.person(session, now, country="SD")
        abroad = await builders.person(session, now)
        crisis = await builders.earthquake(
            session, scenario.staff[Role.HQ_OFFICER], now, countries=["TR", "SD"]
        )
        await builders.fan_out(session, crisis.broadcast_id, now)
        await rounds.advance(session, crisis, now)
    token = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    async with browsing(app, "ar", token) as browser:
        page = Page((await browser.get(f"/crises/{crisis.id}/calls?whose=all")).text)
    assert page.count(f"#call-{own.id}") == 1
    assert page.count(f"#call-{abroad.id}") == 0
