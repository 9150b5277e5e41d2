"""The community on the pages: figures without names, files of them, and who offers to help."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.people import profile, profile_figures, profile_words
from bot.models import AuditNote, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing
from tests.pages.reader import Page
from tests.wardening import registered

NAMES = "نجلاء التي لا تُذكر"


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    token = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "ar", token) as browser:
        yield browser


@pytest.fixture
async def person_id(runtime: Runtime, scenario: Scenario) -> int:
    """Six nurses in Reykjavik; one of them translates. Return the last one's number."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        for number in range(6):
            person = await registered(
                session, now, f"telegram:70{number}", name=NAMES, city="IS/Reykjavik"
            )
            await profile.agree(session, person, now)
            text = "ممرضة، ٥ سنين" if number < 5 else "ممرضة، نساعد في الترجمة"
            await profile.add(session, person, profile_words.read(text), now)
        await profile_figures.publish(session, now)
    return person.id


async def test_figures_name_nobody_and_hide_small_groups(officer: Browser, person_id: int) -> None:
    shown = await officer.get("/community?country=IS")
    page = Page(shown.text)
    assert NAMES not in shown.text
    cards = page.texts("section.card h2")
    assert cards == ["آيسلندا", "ريكيافيك"]
    assert page.texts("section.card:first-of-type dl.profession dd") == ["5", "5"]
    assert page.count("dl.volunteer") == 0
    table = (await officer.get("/community/figures.csv?country=IS")).content.decode("utf-8-sig")
    assert '"آيسلندا","","العمل","الصحة","5"' in table.splitlines()
    assert NAMES not in table
    assert (await officer.get("/community/figures.xlsx?country=IS")).content[:2] == b"PK"


async def test_who_offers_to_help_is_listed_and_the_look_is_noted(
    runtime: Runtime, officer: Browser, person_id: int
) -> None:
    page = Page((await officer.get("/community/volunteers?country=is&skill=translation")).text)
    assert page.only("ul.people a").attributes["href"] == f"/people/{person_id}"
    async with runtime.db.read() as session:
        notes = select(AuditNote).where(AuditNote.action == "profile.viewed")
        note = (await session.scalars(notes)).one()
    assert (note.subject, note.detail["people"], note.detail["gaps"]) == ("people", 1, [person_id])
    record = Page((await officer.get(f"/people/{person_id}")).text)
    assert record.texts("section[aria-labelledby=profile] dd") == ["الصحة", "الترجمة"]


@pytest.mark.parametrize("query", ["", "?country=ZZ&skill=x", "?country=<b>&skill=%00"])
async def test_nonsense_shows_nobody(officer: Browser, person_id: int, query: str) -> None:
    page = Page((await officer.get(f"/community/volunteers{query}")).text)
    assert page.count("ul.people a") == 0
    assert (await officer.get(f"/community{query}")).status_code == 200
