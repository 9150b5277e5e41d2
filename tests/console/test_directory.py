"""Posts and numbers to call first as files: of the own countries, and no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.reference import emergency, posts
from bot.models import Post, PostAccreditation
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.shell import Shell, staffed

__all__ = ["staffed"]  # a fixture

BY = ("--by", "officer@mofa.example")


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    """The accounts, with an embassy in Ankara whose details somebody wrote as formulas."""
    async with runtime.db.begin() as session:
        await posts.seed(session)
        await emergency.seed(session)
        ankara = await session.scalar(select(Post).where(Post.city == "TR/Ankara"))
        assert ankara is not None
        ankara.phone = "+90 312 438 1110"
        ankara.street_addresses = {"ar": "=HYPERLINK(1)", "en": "Cinnah Caddesi"}
        session.add(
            PostAccreditation(post_id=ankara.id, country="AZ", source="Decree", since="2024-01-01")
        )
        return await builders.team(session, runtime.clock())


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, team: Team) -> AsyncIterator[Browser]:
    async with browsing(app, "en", await builders.cookie(runtime, team.officer)) as browser:
        yield browser


async def table(browser: Browser, path: str) -> tuple[list[str], list[list[str]]]:
    answer = await browser.get(path)
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    return head, rows


async def test_the_file_of_posts_holds_what_the_page_shows(
    runtime: Runtime, officer: Browser
) -> None:
    page = Page((await officer.get("/posts?country=TR")).text)
    head, rows = await table(officer, "/posts/file?kind=csv&country=TR")
    assert len(rows) == page.count("ul.people .card") > 1
    ankara = dict(zip(head, next(row for row in rows if row[2] == "Ankara"), strict=True))
    assert ankara["Address in Arabic"] == "'=HYPERLINK(1)"
    assert ankara["Phone"] == "'+90 312 438 1110"
    assert ankara["Accredited to"] == "Azerbaijan"
    assert (await table(officer, "/posts/file?kind=csv&state=closed"))[1] == []
    workbook = await officer.get("/posts/file?kind=xlsx")
    assert workbook.content[:2] == b"PK"
    await officer.get("/posts/file?kind=exe", 409)


async def test_the_file_of_numbers_holds_every_country(officer: Browser) -> None:
    page = Page((await officer.get("/emergency")).text)
    head, rows = await table(officer, "/emergency/file?kind=csv")
    assert len(rows) == page.count("tbody tr") > 200
    assert head == page.texts("thead th")
    germany = next(row for row in rows if row[0] == "Germany")
    assert "112" in germany
    await officer.get("/emergency/file?kind=", 409)


async def test_a_post_takes_its_own_and_its_accredited_countries_alone(
    runtime: Runtime, app: Starlette, team: Team
) -> None:
    async with browsing(app, "ar", await builders.cookie(runtime, team.post)) as browser:
        _head, rows = await table(browser, "/posts/file?kind=csv")
        assert {row[1] for row in rows} == {"تركيا", "أذربيجان"}
        assert (await table(browser, "/posts/file?kind=csv&country=TN"))[1] == []
        _head, numbers = await table(browser, "/emergency/file?kind=csv")
        assert [row[0] for row in numbers] == ["أذربيجان", "تركيا"]


async def test_the_commands_write_the_same_files(staffed: Shell, tmp_path: Path) -> None:
    written = await staffed("posts", "list", "--csv", str(tmp_path / "posts.csv"), *BY)
    rows = (tmp_path / "posts.csv").read_text("utf-8-sig").splitlines()
    assert written.out.strip() == f"posts: {len(rows) - 1}"
    numbers = await staffed("emergency", "list", "--xlsx", str(tmp_path / "numbers.xlsx"))
    assert numbers.out.startswith("countries: ")
    assert (tmp_path / "numbers.xlsx").read_bytes()[:2] == b"PK"
