"""Communities in the console: figures, filters, files, estimates; who confirmed on a record."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.people import confirmations
from bot.consular.reference import estimates
from bot.models import AuditNote, CommunityEstimate, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.console.browser import browsing
from tests.freshening import registered
from tests.pages.reader import Page

ESTIMATE = {
    "country": "TR",
    "city": "",
    "figure": "٢٠٠",
    "source": "مسح السفارة",
    "day": "2026-05-01",
}


async def peopled(runtime: Runtime) -> Team:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for days in (1, 10, 200):
            await registered(session, now, days)
        await registered(session, now, 3, country="EG", city="EG/Cairo")
        return team


def rows_of(page: str) -> list[list[str]]:
    """The cells of the table, in plain words."""
    rows = []
    for row in Page(page).only("#communities").css("tbody tr"):
        rows.append([" ".join(cell.text().split()) for cell in row.css("th, td")])
    return rows


async def test_an_officer_sees_registered_people_their_age_and_the_estimate(
    runtime: Runtime, app: Starlette
) -> None:
    team = await peopled(runtime)
    cookie = await builders.cookie(runtime, team.officer)
    async with browsing(app, "en", cookie) as browser:
        await browser.post("/communities", "/communities", ESTIMATE)
        page = (await browser.get("/communities")).text
        board = (await browser.get("/")).text
    turkey, egypt = rows_of(page)
    assert turkey[0] == "Türkiye"
    assert turkey[1:5] == ["2", "1", "0", "10 days"]
    assert turkey[6].startswith("200")
    assert turkey[7] == "1 %"
    assert (egypt[0], egypt[1], egypt[7]) == ("Egypt", "1", "—")
    where = []
    for row in Page(board).only("table.where").css("tbody tr"):
        where.append([" ".join(cell.text().split()) for cell in row.css("th, td")])
    assert [[*cells[:2], *cells[3:]] for cells in where] == [
        ["Türkiye", "2", "1", "1 %"],
        ["Egypt", "1", "0", "—"],
    ]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", ["Türkiye", "Egypt"]),
        ("?sort=place", ["Egypt", "Türkiye"]),
        ("?sort=nonsense", ["Türkiye", "Egypt"]),
        ("?estimate=with", ["Türkiye"]),
        ("?estimate=without", ["Egypt"]),
        ("?country=TR", ["Istanbul"]),
        ("?country=tr&sort=age", ["Istanbul"]),
    ],
)
async def test_the_table_follows_its_address_and_so_do_the_files(
    runtime: Runtime, app: Starlette, query: str, places: list[str]
) -> None:
    team = await peopled(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        await estimates.set_estimate(session, team.officer, "TR", "200", "=1+1", "2026-05-01", now)
    cookie = await builders.cookie(runtime, team.officer)
    async with browsing(app, "en", cookie) as browser:
        page = (await browser.get(f"/communities{query}")).text
        more = query.replace("?", "&")
        written = await browser.get(f"/communities/file?kind=csv{more}")
        packed = await browser.get(f"/communities/file?kind=xlsx{more}")
        await browser.get("/communities/file?kind=exe", 404)
        await browser.get("/communities?country=XX", 404)
    assert [row[0] for row in rows_of(page)] == places
    table = list(csv.reader(io.StringIO(written.text.lstrip("\ufeff"))))
    assert [line[1] or line[0] for line in table[1:]] == places
    assert all("=1+1" not in cell or cell.startswith("'") for line in table for cell in line)
    with ZipFile(io.BytesIO(packed.content)) as book:
        assert "xl/worksheets/sheet1.xml" in book.namelist()


@pytest.mark.parametrize(
    "wrong",
    [
        {"figure": "-1"},
        {"figure": "0"},
        {"figure": "كثير"},
        {"source": ""},
        {"day": "2026-12-31"},
        {"day": ""},
        {"city": "Atlantis"},
        {"country": "EG"},
        {"country": "XX"},
        {"country": ""},
        {"figure": ""},  # takes away what is not there
    ],
)
@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_wrong_estimate_gets_a_message_and_changes_nothing(
    runtime: Runtime, app: Starlette, wrong: dict[str, str], language: str
) -> None:
    team = await peopled(runtime)
    cookie = await builders.cookie(runtime, team.post)
    async with browsing(app, language, cookie) as browser:
        answer = await browser.post("/communities", "/communities", ESTIMATE | wrong, 422)
    assert Page(answer.text).text("p.wrong")
    async with runtime.db.read() as session:
        assert (await session.scalars(select(CommunityEstimate))).all() == []


async def test_a_city_is_entered_by_its_name_in_either_script(
    runtime: Runtime, app: Starlette
) -> None:
    team = await peopled(runtime)
    cookie = await builders.cookie(runtime, team.post)
    async with browsing(app, "ar", cookie) as browser:
        await browser.post("/communities", "/communities", ESTIMATE | {"city": "إسطنبول"})
        await browser.get("/communities?country=EG", 404)  # another post's
    async with runtime.db.read() as session:
        only = (await session.scalars(select(CommunityEstimate))).one()
    assert (only.city, only.people, only.source) == ("TR/Istanbul", 200, "مسح السفارة")


async def test_an_auditor_reads_and_may_not_enter(runtime: Runtime, app: Starlette) -> None:
    team = await peopled(runtime)
    cookie = await builders.cookie(runtime, team.auditor)
    async with browsing(app, "en", cookie) as browser:
        page = (await browser.get("/communities")).text
        assert "Enter an estimate" not in page
        await browser.post("/communities", "/communities", ESTIMATE, 403)


async def test_a_record_says_who_confirmed_and_an_officer_confirms_by_telephone(
    runtime: Runtime, app: Starlette
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await registered(session, now, 300, "telegram:1")
        elsewhere = await registered(session, now, 300, country="EG", city=None)
    cookie = await builders.cookie(runtime, team.post)
    path = f"/people/{person.id}"
    async with browsing(app, "en", cookie) as browser:
        before = (await browser.get(path)).text
        await browser.post(path, f"{path}/confirm", {})
        after = (await browser.get(path)).text
        await browser.post(path, f"/people/{elsewhere.id}/confirm", {}, 409)
    assert "doubtful: ask before you rely on it" in before
    assert "by the person" in before
    assert "surely there" in after
    assert "post_officer@mofa.example" in after
    async with runtime.db.read() as session:
        same = await session.get_one(Person, person.id)
        other = await session.get_one(Person, elsewhere.id)
        told = await confirmations.latest(session, same)
        query = select(AuditNote.action).where(AuditNote.subject == f"person:{person.id}")
        actions = set(await session.scalars(query))
    assert told is not None
    assert (told.at, told.staff_id) == (now, team.post.id)
    assert other.placed_at == now - timedelta(days=300)
    assert {"person.viewed", "person.confirmed_place"} <= actions


async def test_a_crisis_shows_who_is_there_the_doubtful_apart_and_the_estimate(
    runtime: Runtime, app: Starlette
) -> None:
    team = await peopled(runtime)
    now = runtime.clock()
    async with runtime.db.begin() as session:
        crisis = await builders.earthquake(session, team.officer, now)
        await estimates.set_estimate(session, team.officer, "TR", "80", "census", "2026-05-01", now)
    cookie = await builders.cookie(runtime, team.officer)
    async with browsing(app, "en", cookie) as browser:
        for path in ("/", f"/crises/{crisis.id}"):
            page = Page((await browser.get(path)).text)
            said = page.text(".presence")
            assert said.startswith("2 people are taken to be there")
            assert "1 doubtful person counted apart" in said
            estimated = page.text(".estimated")
            assert "2 of about 80 ( 2.5 % )" in estimated.replace("(", "( ").replace(")", " )")
        listed = Page((await browser.get(f"/crises/{crisis.id}/people?standing=stale")).text)
    assert "1 person" in listed.text("h1 ~ .big")
