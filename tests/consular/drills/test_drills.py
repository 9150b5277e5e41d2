"""Drills in the running installation: started, played, stopped and wiped beside real people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.consular.crises import board, cases, checkins, crises, endings, rounds
from bot.consular.drills import drills, playing, scenarios, wiping
from bot.consular.drills.scenarios import Scenario
from bot.consular.errors import ConsularError
from bot.models import (
    Address,
    AuditNote,
    Broadcast,
    Call,
    Case,
    CaseKind,
    CheckIn,
    CheckInStatus,
    Crisis,
    Drill,
    DrillPart,
    InboundMessage,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime
from bot.text.text import LANGUAGES
from tests import builders
from tests.clock import SetClock

PEOPLE = 30


@pytest.fixture
def khartoum() -> Scenario:
    """The scenario that is played."""
    return scenarios.load(scenarios.find("khartoum"))


async def rows_of(session: Any, person: Person) -> list[Any]:
    """All that is there of a person, column by column."""
    rows: list[Any] = []
    tables: list[Any] = [Person, Address, InboundMessage, OutboundMessage, CheckIn, Case]
    for table in tables:
        owner = table.id if table is Person else table.person_id
        columns = table.__table__.columns
        for row in await session.execute(select(*columns).where(owner == person.id)):
            rows.append((table.__tablename__, *row))
    return rows


async def test_a_drill_asks_its_invented_people_and_nobody_real(
    runtime: Runtime, khartoum: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        real = await builders.person(session, now, "telegram:1", country="SD")
        crisis = await drills.start(session, team.officer, khartoum, PEOPLE, 1, now)
        assert await builders.fan_out(session, crisis.broadcast_id, now) == PEOPLE
        asked = select(OutboundMessage.person_id)
        assert real.id not in set(await session.scalars(asked))
        figures = await board.board(session, crisis, now)
        assert (figures.people, sum(figures.counts.values())) == (PEOPLE, PEOPLE)
        broadcast = await session.get_one(Broadcast, crisis.broadcast_id)
        for language in LANGUAGES:
            for content in broadcast.contents[language].values():
                assert "تمرين" in content["text"]
                assert "EXERCISE" in content["text"]


async def test_people_write_at_their_time_once(
    runtime: Runtime, khartoum: Scenario, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        team = await builders.team(session, clock())
        crisis = await drills.start(session, team.officer, khartoum, PEOPLE, 1, clock())
        assert await playing.under_way(session) == [crisis.id]
        assert await playing.play(session, crisis.id, clock()) == []
    clock.advance(minutes=15)
    async with runtime.db.begin() as session:
        wrote = await playing.play(session, crisis.id, clock())
        assert 10 < len(wrote) < PEOPLE * 2
        assert await playing.play(session, crisis.id, clock()) == []
        stored = await session.scalar(select(func.count()).select_from(InboundMessage))
        assert stored == len(wrote)
        crisis = await crises.get(session, crisis.id)
        await drills.stop(session, team.officer, crisis, clock())
    clock.advance(minutes=15)
    async with runtime.db.begin() as session:
        assert await playing.play(session, crisis.id, clock()) == []
        assert await playing.under_way(session) == []
        assert (await crises.get(session, crisis.id)).closed_at is not None


async def test_a_second_drill_in_the_country_waits_for_the_first(
    runtime: Runtime, khartoum: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        first = await drills.start(session, team.officer, khartoum, PEOPLE, 1, now)
        with pytest.raises(ConsularError, match="under way"):
            await drills.start(session, team.officer, khartoum, PEOPLE, 1, now)
        with pytest.raises(ConsularError, match="has 4 to"):
            await drills.start(session, team.officer, khartoum, 2, 1, now)
        await drills.stop(session, team.officer, first, now)
        await drills.start(session, team.officer, khartoum, PEOPLE, 1, now)
        real = await builders.earthquake(session, team.officer, now)
        with pytest.raises(ConsularError, match="no exercise"):
            await drills.stop(session, team.officer, real, now)
        assert real.closed_at is None


async def test_wiping_removes_all_that_is_invented_and_touches_nobody_real(
    runtime: Runtime, khartoum: Scenario, clock: SetClock
) -> None:
    now = clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        real = await builders.person(session, now, "telegram:1", country="SD", name="سالم")
        real_crisis = await builders.earthquake(
            session, team.officer, now, names={"ar": "قتال", "en": "Fighting"}, countries=["SD"]
        )
        await builders.fan_out(session, real_crisis.broadcast_id, now)
        await checkins.record(session, real, CheckInStatus.HELP, "telegram", now)
        await cases.open_case(session, real, CaseKind.LIFE, "محاصرون", now)
        crisis = await drills.start(session, team.officer, khartoum, PEOPLE, 1, now)
        await builders.fan_out(session, crisis.broadcast_id, now)
        clock.advance(minutes=20)
        await playing.play(session, crisis.id, clock())
        await session.execute(
            update(OutboundMessage).values(state=OutboundState.DELIVERED, sent_at=now)
        )
        assert await rounds.advance(session, crisis, clock()) == PEOPLE
        crisis = await crises.get(session, crisis.id)
        await endings.close(session, team.officer, crisis, "انتهى التمرين", True, clock())
        invented = (await session.scalars(select(Person).where(Person.synthetic))).first()
        assert invented is not None
        await checkins.record(session, invented, CheckInStatus.HELP, "phone", clock())
        case = await cases.open_case(session, invented, CaseKind.LIFE, "تمرين", clock())
        case.held_at = clock()
    async with runtime.db.begin() as session:
        before = await rows_of(session, real)
        notes = await session.scalar(select(func.count()).select_from(AuditNote)) or 0
        wiped = await wiping.wipe(session, team.officer, clock())
        assert wiped == wiping.Wiped(PEOPLE, 1, 0)
    async with runtime.db.read() as session:
        assert await rows_of(session, real) == before
        for table in (Person, Address, OutboundMessage, CheckIn, Case, Crisis, Broadcast):
            count = await session.scalar(select(func.count()).select_from(table))
            assert count == 1, table
        for gone in (InboundMessage, DrillPart, Call):
            assert await session.scalar(select(func.count()).select_from(gone)) == 0
        assert await session.scalar(select(func.count()).select_from(AuditNote)) == notes + 1
        drill = await session.get_one(Drill, crisis.id)
        assert (drill.scenario, drill.wiped_at) == (None, clock())
        assert await drills.exercises(session) == []


async def test_the_number_of_a_wiped_drill_is_never_given_again(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        drill = await builders.earthquake(session, team.officer, now, drill=True)
        await wiping.wipe(session, team.officer, now)
        later = await builders.earthquake(session, team.officer, now)
        assert later.id > drill.id


async def test_a_drill_that_asked_real_people_stays_with_what_they_said(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        real = await builders.person(session, now, "telegram:1")
        await builders.person(session, now, "phone:chat:+999000000001", synthetic=True)
        crisis = await builders.earthquake(
            session, team.approver, now, drill=True, real_people=True
        )
        await builders.fan_out(session, crisis.broadcast_id, now)
        await checkins.record(session, real, CheckInStatus.SAFE, "telegram", now)
        before = await rows_of(session, real)
        assert await wiping.wipe(session, team.officer, now) == wiping.Wiped(1, 0, 1)
        assert await rows_of(session, real) == before
        figures = await board.board(session, crisis, now)
        assert (figures.people, figures.counts["safe"]) == (1, 1)


async def test_a_post_wipes_nothing_of_another_country(
    runtime: Runtime, khartoum: Scenario
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        crisis = await drills.start(session, team.officer, khartoum, PEOPLE, 1, now)
        with pytest.raises(ConsularError, match="looks after TR only"):
            await wiping.wipe(session, team.post, now)
        with pytest.raises(ConsularError, match="looks after TR only"):
            await drills.stop(session, team.post, crisis, now)
        assert await wiping.count_invented(session) == PEOPLE
        assert now - crisis.opened_at < timedelta(seconds=1)
