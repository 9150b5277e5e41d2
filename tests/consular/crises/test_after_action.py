"""After-action reports: how fast people answered, what became of cases, what failed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import after_action, cases, checkins, crises, handling
from bot.consular.errors import ConsularError
from bot.consular.people import household
from bot.models import (
    CaseKind,
    CaseOutcome,
    CheckInStatus,
    Crisis,
    OutboundMessage,
    OutboundState,
    Person,
)
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.clock import SetClock

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    async with runtime.db.begin() as session:
        return await builders.team(session, runtime.clock())


async def population(session: AsyncSession, now: datetime, count: int = 20) -> list[Person]:
    people = []
    for number in range(count):
        country = "TR" if number % 2 == 0 else "SY"
        people.append(await builders.person(session, now, f"sms:+90{number}", country=country))
    return people


async def answer(session: AsyncSession, people: list[Person], now: datetime, count: int) -> None:
    """Let so many answer, a minute after each other; every fourth by Telegram."""
    for number, person in enumerate(people[:count], 1):
        via = "telegram" if number % 4 == 0 else "sms"
        await checkins.record(session, person, CheckInStatus.SAFE, via, now + number * MINUTE)


async def test_times_are_of_everybody_and_compared_with_the_last_drill(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        people = await population(session, clock())
        drill = await builders.earthquake(
            session, team.approver, clock(), drill=True, real_people=True
        )
        await answer(session, people, clock(), 4)
        clock.advance(days=1)
        await crises.close(session, team.officer, drill, clock())
        crisis = await builders.earthquake(session, team.officer, clock(), countries=["TR", "SY"])
        await answer(session, people, clock(), 19)
        for person in (people[1], people[19]):
            await household.tell(session, person, {"own": {"needs": ["medical"]}}, clock())
        clock.advance(days=1)
        await crises.close(session, team.officer, crisis, clock())
    async with runtime.db.read() as session:
        report = await after_action.report(session, team.officer, crisis.id, clock())
        own = await after_action.report(session, team.post, crisis.id, clock())
    course = report.course
    assert (course.people, course.answered) == (20, 19)
    assert (course.vulnerable, course.vulnerable_silent) == (2, 1)
    assert (course.first, course.half, course.nearly_all) == (60, 600, 1140)
    assert course.by_channel == {"sms": 15, "telegram": 4}
    assert course.counts["not_asked"] == 1
    assert report.curve[-1] == 19
    assert report.drill is not None
    assert report.drill.crisis.id == drill.id
    assert (report.drill.people, report.drill.answered) == (10, 2)
    assert report.drill.half is None
    assert (own.course.people, own.course.answered) == (10, 10)
    assert own.course.nearly_all == 1140
    assert own.countries == ["TR"]
    assert (own.course.vulnerable, own.course.vulnerable_silent) == (0, 0)


async def test_cases_say_how_long_each_step_took_and_who_was_slow(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        people = await population(session, clock(), 4)
        crisis = await builders.earthquake(session, team.officer, clock(), countries=["TR", "SY"])
        opened = []
        for person in people:
            opened.append(await cases.open_case(session, person, CaseKind.MEDICAL, "", clock()))
        clock.advance(minutes=10)
        await handling.take(session, team.officer, opened[0], clock())
        clock.advance(minutes=20)
        await handling.take(session, team.approver, opened[1], clock())
        await handling.see(session, team.officer, opened[2], clock())
        clock.advance(minutes=30)
        await handling.close(session, team.officer, opened[0], CaseOutcome.TREATED, "شُفي", clock())
        await crises.close(session, team.officer, crisis, clock())
    async with runtime.db.read() as session:
        report = await after_action.report(session, team.officer, crisis.id, clock())
        by_auditor = await after_action.report(session, team.auditor, crisis.id, clock())
        by_post = await after_action.report(session, team.post, crisis.id, clock())
    figures = report.course.cases
    assert figures.opened == 4
    assert (figures.seen.count, figures.seen.median, figures.seen.slowest) == (3, 1800, 1800)
    assert (figures.taken.count, figures.taken.median, figures.taken.slowest) == (2, 1200, 1800)
    assert (figures.closed.count, figures.closed.median) == (1, 3600)
    slow = [(account.email, account.taken.median) for account in report.slow]
    assert slow == [("approver@mofa.example", 1800), ("hq_officer@mofa.example", 600)]
    assert by_auditor.slow == []
    assert by_post.course.cases.opened == 2
    assert [account.email for account in by_post.slow] == ["hq_officer@mofa.example"]


async def test_failures_are_counted_by_reason(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        people = await population(session, clock(), 4)
        await builders.person(session, clock())
        crisis = await builders.earthquake(session, team.officer, clock(), countries=["TR", "SY"])
        await builders.fan_out(session, crisis.broadcast_id, clock())
        for person, reason in zip(people, ("blocked", "blocked", "gone"), strict=False):
            failing = update(OutboundMessage).where(OutboundMessage.person_id == person.id)
            await session.execute(failing.values(state=OutboundState.FAILED, reason=reason))
        await crises.close(session, team.officer, crisis, clock())
    async with runtime.db.read() as session:
        report = await after_action.report(session, team.officer, crisis.id, clock())
    assert report.course.failures == {"blocked": 2, "gone": 1, "no_channel": 1}


async def test_an_open_crisis_and_one_elsewhere_have_no_report(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        crisis = await builders.earthquake(session, team.officer, clock(), countries=["SD"])
    async with runtime.db.read() as session:
        with pytest.raises(ConsularError, match="close it first"):
            await after_action.report(session, team.officer, crisis.id, clock())
        with pytest.raises(ConsularError, match="no such crisis"):
            await after_action.report(session, team.post, crisis.id, clock())
        assert (await session.scalars(select(Crisis.id))).all() == [crisis.id]
