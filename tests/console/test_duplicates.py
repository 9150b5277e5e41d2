"""Records that may be of one person: offered, compared, merged, set apart, and split again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from bot.consular.crises import merge_previews
from bot.consular.errors import ConsularError
from bot.consular.people import duplicates, facts
from bot.consular.people.duplicates import Reason
from bot.models import AuditNote, DistinctPeople, Merge, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.console.browser import Browser, browsing

PHONE = "+218912345678"


@dataclass
class Records:
    """Three records in Istanbul: two of Salem, in two spellings, and one of Ali."""

    team: Team
    salem: int
    again: int
    ali: int


@pytest.fixture
async def records(runtime: Runtime) -> Records:
    now = runtime.clock()
    place = {"country": "TR", "city": "TR/Istanbul", "consented_at": now}
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        salem = await builders.person(session, now, "sms:+218910000001", **place)
        again = await builders.person(session, now, "telegram:1", **place)
        ali = await builders.person(session, now, "telegram:2", **place)
        for person, name in ((salem, "سالم الورفلي"), (again, "Salem Werfalli"), (ali, "علي")):
            await facts.set_name(session, person, name)
        return Records(team, salem.id, again.id, ali.id)


@pytest.fixture
async def officer(runtime: Runtime, app: Starlette, records: Records) -> AsyncIterator[Browser]:
    session = await builders.cookie(runtime, records.team.officer)
    async with browsing(app, "ar", session) as browser:
        yield browser


async def pairs(runtime: Runtime, records: Records) -> dict[tuple[int, int], set[str]]:
    async with runtime.db.begin() as session:
        part = await duplicates.look(session, records.team.officer, None, runtime.clock())
    return {
        (pair.later.id, pair.earlier.id): {reason.value for reason in pair.reasons}
        for pair in part.pairs
    }


async def test_the_same_name_in_one_place_is_offered(runtime: Runtime, records: Records) -> None:
    assert await pairs(runtime, records) == {(records.again, records.salem): {Reason.NAME.value}}


@pytest.mark.parametrize("is_address", [True, False])
async def test_the_same_number_is_offered(
    runtime: Runtime, records: Records, is_address: bool
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        ali = await session.get_one(Person, records.ali)
        salem = await session.get_one(Person, records.salem)
        if is_address:
            await facts.set_phone(session, ali, "+218910000001", verified=False, now=now)
        else:
            for person in (ali, salem):
                await facts.set_phone(session, person, PHONE, verified=False, now=now)
    found = await pairs(runtime, records)
    assert found[records.ali, records.salem] == {Reason.PHONE.value}


async def test_namesakes_elsewhere_and_invented_people_are_not_offered(
    runtime: Runtime, records: Records
) -> None:
    async with runtime.db.begin() as session:
        again = await session.get_one(Person, records.again)
        again.country, again.city = "TN", "TN/Sfax"
    assert await pairs(runtime, records) == {}
    async with runtime.db.begin() as session:
        again = await session.get_one(Person, records.again)
        again.country, again.city, again.synthetic = "TR", "TR/Istanbul", True
    assert await pairs(runtime, records) == {}


async def test_they_are_compared_merged_and_split_on_the_screens(
    runtime: Runtime, officer: Browser, records: Records
) -> None:
    path = f"/people/{records.salem}/same/{records.again}"
    assert path in (await officer.get("/people/duplicates")).text
    shown = (await officer.get(path)).text
    assert "سالم الورفلي" in shown
    assert "Salem Werfalli" in shown
    await officer.post(path, path, {})
    await officer.get(f"/people/{records.again}", 404)
    record = f"/people/{records.salem}"
    assert f"السجل {records.again}" in (await officer.get(record)).text
    async with runtime.db.read() as session:
        merge_id = await session.scalar(select(Merge.id))
    undo = f"/people/merges/{merge_id}/undo"
    await officer.post(record, undo, {})
    await officer.get(f"/people/{records.again}")
    again = await officer.post(record, undo, {}, 409)
    assert "جرى التراجع" in again.text
    async with runtime.db.read() as session:
        actions = set(await session.scalars(select(AuditNote.action)))
    assert {"duplicates.viewed", "person.viewed", "person.merged", "person.unmerged"} <= actions


async def test_two_people_are_offered_no_more(
    runtime: Runtime, officer: Browser, records: Records
) -> None:
    path = f"/people/{records.salem}/same/{records.again}"
    await officer.post(path, f"/people/{records.salem}/other/{records.again}", {})
    assert path not in (await officer.get("/people/duplicates")).text
    assert await pairs(runtime, records) == {}
    async with runtime.db.read() as session:
        assert len((await session.scalars(select(DistinctPeople))).all()) == 2


async def test_a_record_is_no_duplicate_of_itself_or_of_nobody(
    officer: Browser, records: Records
) -> None:
    one = records.salem
    await officer.get(f"/people/{one}/same/{one}", 404)
    await officer.get(f"/people/{one}/same/999999", 404)
    await officer.post("/people", f"/people/{one}/same/{one}", {}, 409)
    await officer.post("/people", f"/people/{one}/same/999999", {}, 409)
    await officer.post("/people", "/people/merges/999999/undo", {}, 409)


async def test_a_post_decides_about_its_own_people_alone(
    runtime: Runtime, app: Starlette, records: Records
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        again = await session.get_one(Person, records.again)
        again.country = "TN"
        await facts.set_phone(session, again, "+218910000001", verified=False, now=now)
        part = await duplicates.look(session, records.team.post, None, now)
        assert part.pairs == []
        merged = await duplicates.merge(
            session, records.team.officer, records.salem, records.again, now
        )
        with pytest.raises(ConsularError):
            await duplicates.unmerge(session, records.team.post, merged.id, now)
        await duplicates.unmerge(session, records.team.officer, merged.id, now)
    async with browsing(app, "ar", await builders.cookie(runtime, records.team.post)) as post:
        await post.get(f"/people/{records.salem}/same/{records.again}", 404)
        await post.post("/people", f"/people/{records.salem}/same/{records.again}", {}, 409)
        await post.post("/people", f"/people/{records.salem}/other/{records.again}", {}, 409)


async def test_an_auditor_sees_none_of_it(
    runtime: Runtime, app: Starlette, records: Records
) -> None:
    async with browsing(app, "ar", await builders.cookie(runtime, records.team.auditor)) as reader:
        for path in ("/people/duplicates", f"/people/{records.salem}/same/{records.again}"):
            await reader.get(path, 403)


async def test_two_crises_are_said_before_the_merge(
    runtime: Runtime, officer: Browser, records: Records
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        again = await session.get_one(Person, records.again)
        again.country = "SD"
        await builders.earthquake(session, records.team.officer, now)
        names = {"en": "Fighting in Khartoum", "ar": "اشتباكات الخرطوم"}
        await builders.earthquake(session, records.team.officer, now, names=names, countries=["SD"])
    async with runtime.db.begin() as session:
        preview = await merge_previews.preview(
            session, records.team.officer, records.salem, records.again, now
        )
        assert preview.is_in_two_crises
        assert preview.columns["country"] == "TR"
    page = await officer.get(f"/people/{records.salem}/same/{records.again}")
    assert "هما في أزمتين" in page.text


async def test_the_search_goes_on_with_earlier_records(
    runtime: Runtime, records: Records, officer: Browser
) -> None:
    async with runtime.db.begin() as session:
        part = await duplicates.look(session, records.team.officer, records.again, runtime.clock())
    assert [(pair.later.id, pair.earlier.id) for pair in part.pairs] == [
        (records.again, records.salem)
    ]
    assert part.below is None
    for written in ("0", "-1", "x"):
        await officer.get(f"/people/duplicates?below={written}")
    await officer.get(f"/people/duplicates?below={'9' * 40}", 404)
