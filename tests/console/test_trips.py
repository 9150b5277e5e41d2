"""Trips in the console: the record, the list by country and day with its files, and officers."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.people import facts
from bot.models import AuditNote, Role, Trip
from bot.runtime.runtime import Runtime
from tests import builders, travelling
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.travelling import DAY


@dataclass(frozen=True)
class Journey:
    """Somebody from Istanbul, who travels to Sudan in two days, for three; by `today`."""

    person_id: int
    trip_id: int
    today: date


@pytest.fixture
async def journey(runtime: Runtime, scenario: Scenario) -> Journey:
    now = runtime.clock()
    today = now.date()
    async with runtime.db.begin() as session:
        person = await travelling.resident(session, now, "telegram:7001")
        await facts.set_name(session, person, "سالم المبروك")
        begins_on, until = today + 2 * DAY, today + 4 * DAY
        trip = await travelling.plan(session, person, "SD/Khartoum", begins_on, until, now)
        await travelling.plan(session, person, "MT", today + 20 * DAY, None, now)
    return Journey(person.id, trip.id, today)


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in English."""
    cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "en", cookie) as browser:
        yield browser


async def _trip(runtime: Runtime, trip_id: int) -> Trip:
    async with runtime.db.read() as session:
        return await session.get_one(Trip, trip_id)


async def _acts(runtime: Runtime) -> list[str]:
    async with runtime.db.read() as session:
        return list(await session.scalars(select(AuditNote.action).order_by(AuditNote.id)))


async def test_who_travels_is_counted_by_country_and_day(
    runtime: Runtime, officer: Browser, journey: Journey
) -> None:
    page = Page((await officer.get("/people/trips")).text)
    assert page.texts("#to-SD td") == ["1", "0", "0", "1", "1", "1", "0", "0"]
    assert page.count("#to-MT") == 0
    assert page.texts(f"#trip-{journey.trip_id} th") == ["سالم المبروك"]
    last = (journey.today + 25 * DAY).isoformat()
    later = Page((await officer.get(f"/people/trips?country=MT&until={last}")).text)
    assert (later.count("#to-SD"), later.figure("#to-MT td:nth-of-type(1)")) == (0, 1)
    assert "trips.viewed" in await _acts(runtime)


@pytest.mark.parametrize("query", ["from=x&until=y", "country=ZZ", "page=0", "until=1999-01-01"])
async def test_what_is_no_filter_is_left_out(
    officer: Browser, journey: Journey, query: str
) -> None:
    await officer.get(f"/people/trips?{query}")


async def test_the_numbers_come_as_files_without_a_name(officer: Browser, journey: Journey) -> None:
    answer = await officer.get("/people/trips/file?kind=csv")
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:3] == ["Country", "All", journey.today.isoformat()]
    assert rows == [["Sudan", "1", "0", "0", "1", "1", "1", "0", "0"]]
    workbook = await officer.get("/people/trips/file?kind=xlsx")
    assert workbook.content[:2] == b"PK"
    assert "سالم".encode() not in answer.content
    await officer.get("/people/trips/file?kind=exe", 404)


async def test_a_post_sees_numbers_to_its_country_and_names_of_its_own_alone(
    runtime: Runtime, app: Starlette, scenario: Scenario, journey: Journey
) -> None:
    """The scenario's post is in Sudan; the traveller is in Turkey still."""
    cookie = await builders.cookie(runtime, scenario.staff[Role.POST_OFFICER])
    last = (journey.today + 25 * DAY).isoformat()
    async with browsing(app, "ar", cookie) as browser:
        page = Page((await browser.get(f"/people/trips?until={last}")).text)
        assert (page.figure("#to-SD td:nth-of-type(1)"), page.count("#to-MT")) == (1, 0)
        assert page.count(f"#trip-{journey.trip_id}") == 0
        assert "سالم المبروك" not in (await browser.get("/people/trips")).text


async def test_the_record_shows_residence_plans_and_how_trips_ended(
    runtime: Runtime, officer: Browser, journey: Journey
) -> None:
    record = f"/people/{journey.person_id}"
    page = Page((await officer.get(record)).text)
    assert "Istanbul" in page.text("#trips dl")
    assert "planned" in page.text(f"#trip-{journey.trip_id}")
    await officer.post(record, f"/trips/{journey.trip_id}/end", {})
    ended = await _trip(runtime, journey.trip_id)
    assert ended.ending == "staff"
    shown = Page((await officer.get(record)).text).text(f"#trip-{journey.trip_id}")
    assert "ended by an officer" in shown
    assert "hq_officer@mofa.example" in shown or "officer@mofa.example" in shown
    await officer.post(record, f"/trips/{journey.trip_id}/end", {}, 409)


async def test_an_officer_puts_days_right_and_bad_days_change_nothing(
    runtime: Runtime, officer: Browser, journey: Journey
) -> None:
    record, path = f"/people/{journey.person_id}", f"/trips/{journey.trip_id}/correct"
    first = journey.today + 3 * DAY
    for fields in (
        {"from": "soon", "until": ""},
        {"from": first.isoformat(), "until": "2026-02-31"},
        {"from": first.isoformat(), "until": journey.today.isoformat()},
        {"from": "2029-01-01", "until": ""},
    ):
        await officer.post(record, path, fields, 409)
    assert (await _trip(runtime, journey.trip_id)).begins_on == journey.today + 2 * DAY
    await officer.post(record, path, {"from": first.isoformat(), "until": ""})
    changed = await _trip(runtime, journey.trip_id)
    assert (changed.begins_on, changed.until) == (first, None)
    assert "trip.changed" in await _acts(runtime)


async def test_the_search_says_who_is_on_a_trip(
    runtime: Runtime, officer: Browser, journey: Journey
) -> None:
    assert (
        "on a trip"
        not in (await officer.post("/people", "/people", {"query": "المبروك"}, 200)).text
    )
    await travelling.go_on(runtime, runtime.clock() + 2 * DAY)
    found = (await officer.post("/people", "/people", {"query": "المبروك"}, 200)).text
    assert "on a trip" in found
