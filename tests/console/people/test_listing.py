"""Lists of people: the vulnerable first, the doubtful apart, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.models import AuditNote, Person
from bot.runtime.runtime import Runtime
from tests import builders, listing
from tests.builders import Team
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page

PRESENT = ["مراد", "هدى", "سالم"]
DOUBTFUL = ["=نادية", "خالد"]


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    async with runtime.db.begin() as session:
        return await builders.team(session, runtime.clock())


@pytest.fixture
async def people(runtime: Runtime, team: Team) -> dict[str, Person]:
    async with runtime.db.begin() as session:
        return await listing.add_all(session, runtime.clock())


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, team: Team) -> AsyncIterator[Browser]:
    async with browsing(app, "en", await builders.cookie(runtime, team.officer)) as browser:
        yield browser


def names(page: Page, part: str) -> list[str]:
    return page.texts(f"section[aria-labelledby={part}] .people strong[dir]")


async def test_the_vulnerable_stand_first_and_the_doubtful_apart(
    officer: Browser, people: dict[str, Person]
) -> None:
    page = Page((await officer.get("/people?country=TR")).text)
    assert (names(page, "present"), names(page, "doubtful")) == (PRESENT, DOUBTFUL)
    assert (page.figure("#present strong"), page.figure("#doubtful strong")) == (3, 2)
    medical = Page((await officer.get("/people?country=&need=vulnerable")).text)
    assert names(medical, "present") == ["مراد", "هدى", "فاطمة"]
    assert names(medical, "doubtful") == ["=نادية"]
    babies = Page((await officer.get("/people?country=&need=infant")).text)
    assert (names(babies, "present"), names(babies, "doubtful")) == (["فاطمة"], [])


async def test_the_file_holds_what_the_list_shows_and_no_formula(
    runtime: Runtime, officer: Browser, people: dict[str, Person]
) -> None:
    path = "/people?country=TR"
    form = {"country": "TR", "need": "", "kind": "csv"}
    answer = await officer.post(path, "/people/file", form, 200)
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert [row[1].removeprefix("'") for row in rows] == PRESENT + DOUBTFUL
    doubtful = head.index("Place doubtful: not counted as present")
    assert [row[doubtful] for row in rows] == ["", "", "", "yes", "yes"]
    assert rows[3][1] == "'=نادية"
    workbook = await officer.post(path, "/people/file", {**form, "kind": "xlsx"}, 200)
    assert workbook.content[:2] == b"PK"
    await officer.post(path, "/people/file", {**form, "kind": "exe"}, 409)
    async with runtime.db.read() as session:
        query = select(AuditNote.detail).where(AuditNote.action == "people.downloaded")
        details = list(await session.scalars(query))
    assert [(detail["people"], detail["country"]) for detail in details] == [(5, "TR"), (5, "TR")]


async def test_a_search_sets_the_doubtful_apart_too(
    officer: Browser, people: dict[str, Person]
) -> None:
    found = await officer.post("/people", "/people?country=TR", {"query": "خالد"}, 200)
    page = Page(found.text)
    assert (names(page, "present"), names(page, "doubtful")) == ([], ["خالد"])
    elsewhere = await officer.post("/people", "/people?country=TN", {"query": "خالد"}, 200)
    assert names(Page(elsewhere.text), "doubtful") == []


async def test_a_post_lists_its_own_country_alone(
    runtime: Runtime, app: Starlette, team: Team, people: dict[str, Person]
) -> None:
    async with browsing(app, "en", await builders.cookie(runtime, team.post)) as browser:
        page = Page((await browser.get("/people?country=")).text)
        assert names(page, "present") == PRESENT
        assert page.texts("select[name=country] option") == ["all", "Türkiye"]
        refused = await browser.get("/people?country=TN", 409)
        assert "فاطمة" not in refused.text
        form = {"country": "TN", "kind": "csv"}
        await browser.post("/people", "/people/file", form, 409)


async def test_a_long_list_has_pages_of_each_part(
    runtime: Runtime, officer: Browser, team: Team
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for _ in range(51):
            await builders.person(session, now)
            await builders.person(session, now, placed_at=now - listing.LONG)
    first = Page((await officer.get("/people?country=TR")).text)
    sections = ("#present", "#doubtful")
    assert [first.figure(f"{part} strong") for part in sections] == [51, 51]
    assert first.count("section[aria-labelledby=present] li") == 50
    second = Page((await officer.get("/people?country=TR&doubtful=1&present=2")).text)
    assert second.count("section[aria-labelledby=present] li") == 1
    assert second.count("section[aria-labelledby=doubtful] li") == 50
