"""Places in people's own words: staff see them on the record and in the search."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette

from bot.consular.people import facts
from bot.consular.reference.places import Place
from bot.models import Person, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import Browser, browsing


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, scenario: Scenario) -> AsyncIterator[Browser]:
    """An officer at headquarters, signed in, in Arabic."""
    cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    async with browsing(app, "ar", cookie) as browser:
        yield browser


async def place(runtime: Runtime, person_id: int) -> None:
    """Put somebody into a camp in Sudan, on the way to Egypt."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person_id)
        await facts.set_place(session, person, Place("SD"), now, words="كامبو 5")
        await facts.set_bound_for(session, person, "EG", now)


async def test_the_record_and_the_search_show_the_words_and_the_way(
    runtime: Runtime, officer: Browser, scenario: Scenario
) -> None:
    await place(runtime, scenario.person_id)
    record = (await officer.get(f"/people/{scenario.person_id}")).text
    listed = (await officer.post("/people", "/people", {"query": "سالم"}, 200)).text
    for page in (record, listed):
        assert "كامبو 5" in page
        assert "السودان" in page
        assert "في الطريق إلى" in page
        assert "مصر" in page
