"""The list of cases: whose they are, what is chosen, in which order, page by page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.consular.audit import trail
from bot.consular.crises import caseload, cases, crises, handling
from bot.consular.crises.caseload import Filter
from bot.consular.errors import ConsularError
from bot.models import CaseKind
from bot.runtime.runtime import Runtime
from tests import builders, closing


async def test_all_cases_are_on_some_page_real_ones_first(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        exercise = await builders.person(session, now, synthetic=True)
        drill = await cases.open_case(session, exercise, CaseKind.LIFE, "تمرين", now)
        opened = []
        for minute in range(120):
            person = await builders.person(session, now)
            at = now - timedelta(minutes=minute)
            opened.append((await cases.open_case(session, person, CaseKind.HUMAN, "", at)).id)
        assert await caseload.count(session, team.post, Filter()) == 121
        pages = [await caseload.page(session, team.post, Filter(), page) for page in (1, 2, 3)]
        listed = [row for page in pages for row in page]
        assert [row.case.id for row in listed] == [*reversed(opened), drill.id]
        assert [row.is_drill for row in listed] == [False] * 120 + [True]
        newest = await caseload.page(session, team.post, Filter(order="newest"))
        assert newest[0].case.id == opened[-1]


async def test_a_filter_chooses(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        turkey = await builders.person(session, now)
        sudan = await builders.person(session, now, country="SD")
        nowhere = await builders.person(session, now, country=None, synthetic=True)
        life = await cases.open_case(session, turkey, CaseKind.LIFE, "", now)
        human = await cases.open_case(session, sudan, CaseKind.HUMAN, "", now)
        fault = await cases.open_case(session, nowhere, CaseKind.FAULT, "", now)
        done = await cases.open_case(session, sudan, CaseKind.MEDICAL, "", now)
        await handling.take(session, team.officer, human, now)
        await closing.close_case(session, team.officer, done, now)
        expected = {
            Filter(): [life, human, fault],
            Filter(kind=CaseKind.HUMAN): [human],
            Filter(stage="open"): [life, fault],
            Filter(stage="taken"): [human],
            Filter(stage="closed"): [done],
            Filter(owner="mine"): [human],
            Filter(owner="nobody"): [life, fault],
            Filter(country="SD"): [human],
            Filter(country=caseload.NO_COUNTRY): [fault],
            Filter(crisis_id=crisis.id): [life],
            Filter(reality="real"): [life, human],
            Filter(reality="drill"): [fault],
        }
        for wanted, those in expected.items():
            rows = await caseload.page(session, team.officer, wanted)
            assert [row.case.id for row in rows] == [case.id for case in those], wanted
            assert await caseload.count(session, team.officer, wanted) == len(those)


async def test_a_case_without_a_country_reaches_the_post_of_its_number_and_its_crisis(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await builders.earthquake(session, team.officer, now)
        of_number = await builders.person(session, now, country=None)
        await builders.address(session, of_number, "sms:+905321112233", now, region="TR")
        of_crisis = await builders.person(session, now, "telegram:1", country=None)
        of_nobody = await builders.person(session, now, "telegram:2", country=None)
        moved = await builders.person(session, now, country="SD")
        await builders.address(session, moved, "sms:+905321112244", now, region="TR")
        opened = []
        for person in (of_number, of_crisis, of_nobody, moved):
            opened.append(await cases.open_case(session, person, CaseKind.LIFE, "", now))
        opened[1].crisis_id = crisis.id
        await session.flush()
        rows = await caseload.page(session, team.post, Filter())
        assert [row.case.id for row in rows] == [opened[0].id, opened[1].id]
        assert await caseload.count(session, team.officer, Filter()) == 4
        for case in opened[:2]:
            await handling.take(session, team.post, case, now)
        for case in opened[2:]:
            with pytest.raises(ConsularError, match="looks after TR only"):
                await handling.take(session, team.post, case, now)
        assert [case.id for case in await caseload.those(session, team.post, range(99))] == [
            opened[0].id,
            opened[1].id,
        ]


async def test_a_look_is_written_down(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        person = await builders.person(session, now)
        case = await cases.open_case(session, person, CaseKind.LIFE, "محاصرون", now)
        for _ in range(2):
            dossier = await caseload.look(session, team.post, case.id, now)
        assert [note.action for note in dossier.course] == ["case.opened", "case.seen"]
        looks = [note.detail for note in await trail.of(session, f"person:{person.id}")]
        assert looks == [{"case": case.id}] * 2
        emails = [account.email for account in dossier.colleagues]
        assert emails == [
            "admin@mofa.example",
            "hq_officer@mofa.example",
            "approver@mofa.example",
            "post_officer@mofa.example",
        ]


async def test_a_case_of_a_drill_is_an_exercise(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        names = {"en": "Drill", "ar": "تمرين"}
        crisis = await crises.open_crisis(
            session, team.approver, names, ["TR"], True, now, real_people=True
        )
        person = await builders.person(session, now)
        case = await cases.open_case(session, person, CaseKind.LIFE, "تحت الأنقاض", now)
        assert case.crisis_id == crisis.id
        (row,) = await caseload.page(session, team.post, Filter())
        assert row.is_drill
        assert (await caseload.look(session, team.post, case.id, now)).row.is_drill
