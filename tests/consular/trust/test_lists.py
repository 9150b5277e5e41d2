"""How often somebody was in a list that staff saw: counted, and no row for each person."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from bot.consular.audit import lists
from bot.consular.people import merging, splitting
from bot.consular.trust import looks, own_copy
from bot.documents.data import contents
from bot.models import AuditNote, Role
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Scenario
from tests.console.browser import browsing


async def count(runtime: Runtime, person_id: int) -> int:
    async with runtime.db.begin() as session:
        return (await looks.of(session, person_id)).lists


async def notes(runtime: Runtime) -> int:
    async with runtime.db.read() as session:
        return await session.scalar(select(func.count()).select_from(AuditNote)) or 0


@pytest.mark.parametrize(
    ("ids", "gaps"),
    [([], []), ([7], [7]), ([9, 3, 4, 9], [3, 1, 5]), (range(1, 4), [1, 1, 1])],
)
def test_a_list_is_written_as_gaps(ids: Sequence[int], gaps: list[int]) -> None:
    assert lists.gaps_of(ids) == gaps
    assert all(lists.holds_any(gaps, {number}) for number in ids)
    assert not lists.holds_any(gaps, {2_000, 5_000})


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/people?country=SD", None),
        ("/people", {"query": "سالم"}),
        ("/people/file", {"country": "SD", "kind": "csv"}),
        ("/cases", None),
        ("/crises/{crisis}/people", None),
        ("/crises/{crisis}/people/sheet", None),
        ("/crises/{crisis}/people/file", {"kind": "csv"}),
    ],
)
async def test_each_list_is_one_note_that_its_people_count(
    runtime: Runtime,
    app: Starlette,
    scenario: Scenario,
    path: str,
    form: dict[str, str] | None,
) -> None:
    cookie = await builders.cookie(runtime, scenario.staff[Role.HQ_OFFICER])
    shown = path.format(crisis=scenario.crisis_id)
    before = await notes(runtime)
    async with browsing(app, "en", cookie) as browser:
        if form is None:
            await browser.get(shown)
        else:
            await browser.post("/people", shown, form, 200)
    assert await notes(runtime) == before + 1
    assert await count(runtime, scenario.person_id) == 1
    async with runtime.db.begin() as session:
        stranger = await builders.person(session, runtime.clock(), country="FR")
    assert await count(runtime, stranger.id) == 0


async def test_the_trail_does_not_show_whom_a_list_held(
    runtime: Runtime, app: Starlette, scenario: Scenario
) -> None:
    async with runtime.db.begin() as session:
        staff = scenario.staff[Role.HQ_OFFICER]
        now = runtime.clock()
        await lists.note(session, f"staff:{staff.id}", "cases.viewed", "cases", now, [7_654_321])
    cookie = await builders.cookie(runtime, scenario.staff[Role.AUDITOR])
    async with browsing(app, "en", cookie) as browser:
        page = (await browser.get("/audit")).text
    assert ("7654321" in page, "gaps" in page) == (False, False)


async def test_lists_of_a_record_that_became_part_of_another_count_too(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        older = await builders.person(session, now, "telegram:1")
        newer = await builders.person(session, now, "sms:+905550000001")
        for person_ids in ([older.id], [newer.id, older.id], [newer.id]):
            await lists.note(session, "staff:1", "cases.viewed", "cases", now, person_ids)
        assert (await looks.of(session, newer.id)).lists == 2
        actor = f"staff:{team.officer.id}"
        merged = await merging.merge(session, older, newer.id, actor, now)
        assert (await looks.of(session, older.id)).lists == 3
        await splitting.undo(session, merged.id, actor, now)
        assert (await looks.of(session, older.id)).lists == 2


async def test_the_own_copy_says_how_many(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        person = await builders.person(session, now, "telegram:1")
        for _ in range(3):
            await lists.note(session, "staff:1", "cases.viewed", "cases", now, [person.id])
        document = await own_copy.write(session, person, "en", now)
    assert "saw you: \u20683\u2069" in json.dumps(contents(document), ensure_ascii=False)
