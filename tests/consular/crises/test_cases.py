from __future__ import annotations

import csv
from typing import Any, cast

import pytest

from bot.consular.audit import trail
from bot.consular.crises import caseload, cases, handling
from bot.consular.crises.caseload import Filter
from bot.consular.errors import ConsularError
from bot.consular.people import search
from bot.consular.reference import posts
from bot.consular.reference.places import COUNTRIES
from bot.consular.reference.posts import Fields
from bot.consular.staff import roles
from bot.models import CaseKind, CaseState
from bot.runtime.runtime import Runtime
from tests import builders, closing


async def test_a_second_cry_joins_the_open_case(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        person = await builders.person(session, now)
        first = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون تحت المبنى", now)
        again = await cases.open_case(session, person, CaseKind.LIFE, "معي طفلان", now)
        other = await cases.open_case(session, person, CaseKind.MEDICAL, "", now)
        assert first is again is not other
        assert (first.note, first.crisis_id) == ("محاصرون تحت المبنى\nمعي طفلان", crisis.id)
        assert other.note is None
        await closing.close_case(session, team.officer, first, now)
        assert await cases.open_case(session, person, CaseKind.LIFE, "مرة أخرى", now) is not first


async def test_a_case_that_is_taken_still_takes_notes(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        case = await cases.open_case(
            session, await builders.person(session, now), CaseKind.HUMAN, "م" * 9000, now
        )
        await handling.take(session, team.officer, case, now)
        assert (case.owner_id, case.state, case.taken_at) == (team.officer.id, CaseState.TAKEN, now)
        assert case.note is not None
        assert len(case.note) == cases.MAX_NOTE_CHARS
        notes = [note.action for note in await trail.of(session, f"case:{case.id}")]
        assert notes == ["case.taken", "case.opened"]


async def test_cases_wait_in_the_order_of_triage(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        abroad = await builders.person(session, now, country="SD")
        for kind in (CaseKind.FAULT, CaseKind.HUMAN, CaseKind.EVACUATION, CaseKind.LIFE):
            await cases.open_case(session, person, kind, "", now)
        theirs = await cases.open_case(session, abroad, CaseKind.MEDICAL, "", now)
        rows = await caseload.page(session, team.officer, Filter())
        order = [row.case.kind.value for row in rows]
        assert order == ["life", "medical", "evacuation", "human", "fault"]
        of_post = [row.case for row in await caseload.page(session, team.post, Filter())]
        assert theirs not in of_post
        with pytest.raises(ConsularError, match="looks after TR only"):
            await handling.take(session, team.post, theirs, now)
        with pytest.raises(ConsularError, match="may not"):
            await caseload.page(session, team.auditor, Filter())
        with pytest.raises(ConsularError, match="no such case"):
            await cases.get(session, 999)


async def test_the_missions_are_loaded_once(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        assert await posts.seed(session) > 90
        assert await posts.seed(session) == 0
        names = [post.names["ar"] for post in await posts.covering(session, "TR")]
        assert names == ["سفارة ليبيا - أنقرة", "القنصلية العامة الليبية - إسطنبول"]
        assert await posts.covering(session, "IS") == []
        assert await posts.covering(session, None) == []
        assert {
            post.phone + post.emergency_phone + post.email
            for post in await posts.everything(session)
        } == {""}


def test_the_list_of_missions_is_sound() -> None:
    with posts.MISSIONS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["country"] for row in rows} <= COUNTRIES
    assert all(row["city_en"].strip() and row["city_ar"].strip() for row in rows)
    assert len({(row["country"], row["kind"], row["city_en"]) for row in rows}) == len(rows)


async def test_staff_fill_in_a_post(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        await posts.seed(session)
        embassy = (await posts.covering(session, "TR"))[0]
        fields: Fields = {"phone": "+903120000000", "street_addresses": {"ar": "أنقرة"}}
        await posts.save(session, embassy, fields, roles.actor(team.post), now)
        assert (embassy.phone, embassy.street_addresses["ar"], embassy.names["en"]) == (
            "+903120000000",
            "أنقرة",
            "Embassy of Libya, Ankara",
        )
        (note,) = await trail.of(session, f"post:{embassy.id}")
        assert note.detail == {
            "phone": ["", "+903120000000"],
            "street_addresses": ["", "ar: أنقرة"],
        }
        new: Fields = {"names": {"en": "Consulate", "ar": "قنصلية"}}
        actor = roles.actor(team.officer)
        assert (await posts.save(session, posts.new("IS"), new, actor, now)).country == "IS"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"country": "XX", "names": {"en": "a", "ar": "b"}}, "Not a country code"),
    ({"country": "TR", "names": {"en": "a"}}, "both languages"),
    ({"country": "TR", "names": {"en": " ", "ar": "ب"}}, "both languages"),
    ({"country": "TR", "names": {"en": "a", "ar": "ب"}, "fax": "1"}, "no field fax"),
]


@pytest.mark.parametrize(("fields", "words"), WRONG)
async def test_a_post_that_is_not_whole_is_refused(
    runtime: Runtime, fields: dict[str, Any], words: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        with pytest.raises(ConsularError, match=words):
            await posts.save(session, posts.new("TR"), cast(Fields, fields), "staff:1", now)
        assert await posts.everything(session) == []
        assert await search.by_country(session, now) == []
