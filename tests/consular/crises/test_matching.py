"""Who on record may be the one that a report is about: names in both scripts, numbers, places."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import cases, matching, reports
from bot.consular.crises.matching import Candidate
from bot.consular.crises.reports import Description
from bot.consular.people import facts, placement, search_keys
from bot.models import Case, Person, Staff
from bot.runtime.runtime import Runtime
from tests import builders

# One person a line, in the spellings that relatives and the person use.
PEOPLE = [
    ("أحمد سالم", "Ahmed Salem", "Ahmad Salem"),
    ("محمد علي", "Mohamed Ali", "Muhammad Aly", "mo7amed 3ali", "Mohammed bin Ali", "محمد بن علي"),
    ("خالد الورفلي", "Khaled Werfalli", "Khalid Al-Warfali", "خالد ورفلي", "Khaled El Werfalli"),
    ("عبدالله الزنتاني", "Abdullah Zintani", "عبد الله الزنتاني", "Abd Allah al-Zintani"),
    ("عبد الرحمن المصراتي", "Abdurrahman Misrati", "Abdelrahman Elmisrati"),
    ("فاطمة الشريف", "Fatma Sharif", "Fatima El-Sherif", "فاطمه الشريف"),
    ("أبو بكر التاجوري", "Abubakr Tajouri", "ابوبكر التاجوري"),
    ("نور الدين سالم", "Noureddine Salem", "نورالدين سالم"),
    ("يوسف عمران", "Yousef Omran", "Youssef Imran"),
    ("عائشة القذافي", "Aisha Gaddafi", "عايشة القذافي"),
    ("هدى سالم عمر", "Huda Salem Omar", "Huda Salem", "هدى سالم"),
]
SAME_PEOPLE = [(told, own) for spellings in PEOPLE for told, own in permutations(spellings, 2)]
OTHER_PEOPLE = [
    ("أحمد سالم", "محمود سالم"),
    ("Ahmed Salem", "حامد سالم"),
    ("محمد علي", "Mahmoud Ali"),
    ("محمد علي", "محمد عمر"),
    ("Mohamed Ali", "محمد سالم العريبي"),
    ("خالد الورفلي", "خالد الزنتاني"),
    ("Khaled Werfalli", "Walid Werfalli"),
    ("عبدالله الزنتاني", "عبدالرحمن الزنتاني"),
    ("Abdullah Salem", "عبد السلام سالم"),
    ("فاطمة الشريف", "Fatima Salem"),
    ("سالم أحمد", "سليم أحمد"),
    ("Hassan Omar", "حسين عمر"),
    ("يوسف عمران", "يونس عمران"),
    ("عائشة سالم", "Asma Salem"),
    ("أحمد", "محمد أحمد سالم"),
    ("علي عمر مفتاح", "عمر مفتاح سالم الصغير"),  # the father
    ("عمر مفتاح", "علي عمر مفتاح"),  # the son
    ("علي عمر مفتاح", "سالم عمر مفتاح"),  # the brother
    ("Ali Omar Moftah", "Salem Omar Moftah"),
]


async def report_of(
    session: AsyncSession, reporter: Person, name: str, place: str = "", phone: str = ""
) -> Case:
    """Open a report of this reporter about somebody."""
    report = await cases.open_about(session, reporter, "خوي ما يردش", reporter.created_at)
    await reports.describe(session, report, Description(name, place, "", phone))
    return report


async def named(session: AsyncSession, runtime: Runtime, name: str, **columns: Any) -> Person:
    """Add a person on record with this name."""
    person = await builders.person(session, runtime.clock(), **columns)
    await facts.set_name(session, person, name)
    return person


async def candidates(session: AsyncSession, staff: Staff, report: Case) -> list[Candidate]:
    return await matching.candidates(session, staff, report)


@pytest.mark.parametrize(("told", "own"), SAME_PEOPLE)
def test_one_person_is_found_whoever_writes_the_name(told: str, own: str) -> None:
    common = matching.in_common(matching.read_name(told), matching.read_name(own))
    assert common.is_enough
    assert common.points == matching.NAME_POINTS


@pytest.mark.parametrize(("told", "own"), OTHER_PEOPLE)
def test_another_person_is_not_found(told: str, own: str) -> None:
    common = matching.in_common(matching.read_name(told), matching.read_name(own))
    assert not common.is_enough


async def test_among_all_of_them_everyone_is_found_and_nobody_else(runtime: Runtime) -> None:
    """Each spelling of each person is sought among one record of each, and others alike."""
    found, missed, wrong = 0, [], []
    async with runtime.db.begin() as session:
        team = await builders.team(session, runtime.clock())
        reporter = await builders.person(session, runtime.clock())
        ids = {}
        for spellings in PEOPLE:
            ids[spellings] = (await named(session, runtime, spellings[0])).id
        for _told, own in OTHER_PEOPLE:
            await named(session, runtime, own)
        for spellings in PEOPLE:
            for told in spellings:
                report = await report_of(session, reporter, told)
                shown = {each.person.id for each in await candidates(session, team.officer, report)}
                found += ids[spellings] in shown
                missed += [told] if ids[spellings] not in shown else []
                wrong += [(told, other) for other in shown - {ids[spellings]}]
    assert (found, missed) == (sum(map(len, PEOPLE)), [])
    assert wrong == []


async def test_name_number_and_place_add_up_and_say_why(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        reporter = await builders.person(session, now)
        far = await named(session, runtime, "Ahmed Salem", country="EG", city="EG/Cairo")
        near = await named(session, runtime, "أحمد سالم", country="SD", city="SD/Khartoum")
        same_country = await named(
            session, runtime, "احمد بن سالم", country="SD", city="SD/Port Sudan"
        )
        vouched = await builders.person(session, now, "sms:+218912345678", name="هيثم")
        for person in (near, far, same_country, vouched):
            placement.mark(person)
            await search_keys.make(session, [person])
        report = await report_of(session, reporter, "أحمد سالم", "كان في الخرطوم", "0912345678")
        likely = await candidates(session, team.officer, report)
    shown = [
        (
            each.person.id,
            each.points,
            each.name_parts,
            each.has_phone,
            each.has_city,
            each.has_country,
        )
        for each in likely
    ]
    assert shown == [
        (near.id, 80, 2, False, True, True),
        (same_country.id, 70, 2, False, False, True),
        (far.id, 60, 2, False, False, False),
        (vouched.id, 50, 0, True, False, False),
    ]


async def test_one_name_is_enough_only_in_the_city_where_somebody_was_seen(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, runtime.clock())
        reporter = await builders.person(session, runtime.clock())
        there = await named(session, runtime, "زكرياء", country="TR", city="TR/Antakya")
        await named(session, runtime, "Zakaria", country="TR", city="TR/Istanbul")
        placement.mark(there)
        await session.flush()
        nowhere = await report_of(session, reporter, "زكريا")
        in_city = await report_of(session, reporter, "Zakaria", "Antakya")
        assert await candidates(session, team.officer, nowhere) == []
        likely = await candidates(session, team.officer, in_city)
    assert [(each.person.id, each.points) for each in likely] == [(there.id, 50)]


async def test_an_officer_sees_people_of_the_own_country_and_nobody_sees_the_forgotten(
    runtime: Runtime,
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        reporter = await builders.person(session, now)
        here = await named(session, runtime, "محمد علي")
        await named(session, runtime, "Mohamed Ali", country="SD")
        forgotten = await named(session, runtime, "محمد علي")
        forgotten.forgotten_at = now
        await named(session, runtime, "محمد علي", synthetic=True)
        await facts.set_name(session, reporter, "محمد علي")
        report = await report_of(session, reporter, "محمد علي")
        at_post = await candidates(session, team.post, report)
        at_headquarters = await candidates(session, team.officer, report)
    assert [each.person.id for each in at_post] == [here.id]
    assert len(at_headquarters) == 2


async def test_a_case_about_its_writer_has_no_candidates(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, runtime.clock())
        writer = await named(session, runtime, "محمد علي")
        await named(session, runtime, "محمد علي")
        case = await report_of(session, writer, "محمد علي")
        case.relation = None
        assert await candidates(session, team.officer, case) == []
