"""Records with open cases become one: each case stays with its holder, who reads of it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import cases, checkins, handling
from bot.consular.people import duplicates, merging
from bot.models import Case, CaseKind, CaseNote, CaseState, CheckIn, CheckInStatus, Merge, Person
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team


@dataclass(frozen=True, slots=True)
class TwoCases:
    """Two records of one person in two crises, each with a case that another officer holds."""

    team: Team
    person: Person
    other: Person
    cases: tuple[Case, Case]


async def two_cases(session: AsyncSession, runtime: Runtime) -> TwoCases:
    now = runtime.clock()
    team = await builders.team(session, now)
    person = await builders.person(session, now, "telegram:1", country="TR")
    other = await builders.person(session, now, "sms:+249912345678", country="SD")
    for country in ("TR", "SD"):
        await builders.earthquake(session, team.officer, now, countries=[country])
    await checkins.record(session, person, CheckInStatus.SAFE, "telegram", now)
    await checkins.record(session, other, CheckInStatus.HELP, "sms", now)
    of_person = await cases.open_case(session, person, CaseKind.HUMAN, "سؤال", now)
    of_other = await cases.open_case(session, other, CaseKind.LIFE, "نجدة", now)
    await handling.take(session, team.officer, of_person, now)
    await handling.take(session, team.approver, of_other, now)
    return TwoCases(team, person, other, (of_person, of_other))


async def merge(session: AsyncSession, runtime: Runtime, made: TwoCases) -> Merge:
    person_id, other_id = made.person.id, made.other.id
    return await duplicates.merge(session, made.team.admin, person_id, other_id, runtime.clock())


async def state(session: AsyncSession) -> list[tuple[int, int, CaseState, int | None]]:
    query = select(Case).order_by(Case.id).execution_options(populate_existing=True)
    listed = await session.scalars(query)
    return [(case.id, case.person_id, case.state, case.owner_id) for case in listed]


async def answers(session: AsyncSession) -> list[tuple[CheckInStatus, int | None]]:
    query = select(CheckIn).order_by(CheckIn.id).execution_options(populate_existing=True)
    return [(answer.answer, answer.crisis_id) for answer in await session.scalars(query)]


async def test_both_cases_stay_open_and_both_holders_read_it(runtime: Runtime) -> None:
    async with runtime.db.begin() as session:
        made = await two_cases(session, runtime)
        other_id = made.other.id
        await merge(session, runtime, made)
        first, second = made.cases
        assert await state(session) == [
            (first.id, made.person.id, CaseState.TAKEN, made.team.officer.id),
            (second.id, made.person.id, CaseState.TAKEN, made.team.approver.id),
        ]
        notes = (await session.scalars(select(CaseNote).order_by(CaseNote.case_id))).all()
    assert [note.case_id for note in notes] == [first.id, second.id]
    for note in notes:
        assert f"سجل {other_id}" in note.words.replace("\u2068", "").replace("\u2069", "")
        assert made.team.officer.email in note.words
        assert made.team.approver.email in note.words
        assert note.staff_id == made.team.admin.id


async def test_both_answers_stay_each_in_its_crisis_and_undoing_restores_all(
    runtime: Runtime,
) -> None:
    async with runtime.db.begin() as session:
        made = await two_cases(session, runtime)
        before = await state(session)
        told = await answers(session)
        assert len({crisis_id for _status, crisis_id in told}) == 2
        merged = await merge(session, runtime, made)
        assert await answers(session) == told
        team = made.team
        back = await duplicates.unmerge(session, team.approver, merged.id, runtime.clock())
        assert (back.id, await state(session)) == (made.other.id, before)
        assert await answers(session) == told
        notes = (await session.scalars(select(CaseNote).order_by(CaseNote.id))).all()
    assert [note.case_id for note in notes[2:]] == [case.id for case in made.cases]
    assert "of its own again" in notes[-1].words


@pytest.mark.parametrize("actor", ["system", "person:1"])
async def test_nothing_is_noted_where_no_officer_acts(runtime: Runtime, actor: str) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        made = await two_cases(session, runtime)
        await merging.merge(session, made.person, made.other.id, actor, now)
        assert (await session.scalars(select(CaseNote))).all() == []
        assert len(await state(session)) == 2
