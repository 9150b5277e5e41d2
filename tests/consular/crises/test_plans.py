"""Contingency plans: people by city, the ground, the neighbours, the last drill; their walls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.consular.crises import cases, checkins, crises, plans
from bot.consular.errors import ConsularError
from bot.consular.people import placement
from bot.consular.reference import grounds, posts
from bot.models import AuditNote, CaseKind, CheckInStatus, Ground, GroundKind, Post
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.clock import SetClock

SQUARE = {"ar": "ساحة تقسيم، عند النصب", "en": "Taksim square, at the monument"}


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    async with runtime.db.begin() as session:
        await posts.seed(session)
        return await builders.team(session, runtime.clock())


async def post_in(runtime: Runtime, country: str) -> Post:
    async with runtime.db.read() as session:
        return (await posts.covering(session, country))[0]


async def test_people_are_counted_by_city_and_age_and_need(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    now = clock()
    ages = (1, 29, 31, 179, 181, None)
    async with runtime.db.begin() as session:
        for number, age in enumerate(ages):
            placed_at = None if age is None else now - timedelta(days=age)
            person = await builders.person(
                session, now, f"telegram:{number}", placed_at=placed_at, party_size=number + 1
            )
            person.city = "TR/Istanbul"
            placement.mark(person)
        person.no_calls_at = now
        await cases.open_case(session, person, CaseKind.MEDICAL, "أنسولين", now)
        await builders.person(session, now, synthetic=True)
        await builders.person(session, now, country="SY")
    post = await post_in(runtime, "TR")
    async with runtime.db.read() as session:
        plan = await plans.plan(session, team.post, "TR", post, now)
    (city,) = plan.cities
    assert (city.city, city.people) == ("TR/Istanbul", 6)
    assert (city.fresh, city.older, city.stale) == (2, 2, 2)
    vulnerable = plan.vulnerable
    assert (vulnerable.medical_cases, vulnerable.life_cases) == (1, 0)
    assert (vulnerable.large_parties, vulnerable.no_calls) == (2, 1)
    around = {other.country for other in plan.neighbours}
    assert {"GR", "BG", "IQ"} & around
    assert "TN" not in around
    assert post.id not in {other.id for other in plan.neighbours}


async def test_the_last_drill_there_is_in_the_plan(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    async with runtime.db.begin() as session:
        people = [
            await builders.person(session, clock(), f"telegram:{n}", synthetic=True)
            for n in range(4)
        ]
        drill = await builders.earthquake(session, team.officer, clock(), drill=True)
        await checkins.record(session, people[0], CheckInStatus.SAFE, "telegram", clock())
        clock.advance(hours=1)
        await crises.close(session, team.officer, drill, clock())
        await builders.earthquake(session, team.officer, clock(), drill=True)
    async with runtime.db.read() as session:
        plan = await plans.plan(session, team.officer, "TR", None, clock())
        elsewhere = await plans.plan(session, team.officer, "SY", None, clock())
    assert plan.drill is not None
    assert (plan.drill.crisis.id, plan.drill.people, plan.drill.answered) == (drill.id, 4, 1)
    assert elsewhere.drill is None


async def test_the_ground_is_entered_in_both_languages_dated_and_noted(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    post = await post_in(runtime, "TR")
    async with runtime.db.begin() as session:
        own = await session.get_one(Post, post.id)
        half = {"ar": "ساحة"}
        with pytest.raises(ConsularError, match="both languages"):
            await grounds.enter(session, team.post, own, GroundKind.ROUTE, half, clock())
        kind = GroundKind.MEETING_POINT
        entry = await grounds.enter(session, team.post, own, kind, SQUARE, clock())
    async with runtime.db.read() as session:
        plan = await plans.plan(session, team.post, "TR", post, clock())
    assert [(ground.descriptions, ground.at) for ground in plan.grounds] == [(SQUARE, clock())]
    async with runtime.db.begin() as session:
        await grounds.remove(session, team.post, own, entry.id, clock())
        with pytest.raises(ConsularError, match="no such meeting point"):
            await grounds.remove(session, team.post, own, entry.id, clock())
    async with runtime.db.read() as session:
        assert (await session.scalars(select(Ground))).all() == []
        notes = select(AuditNote.action).where(AuditNote.subject == f"post:{post.id}")
        assert (await session.scalars(notes.order_by(AuditNote.id))).all() == [
            "post.ground_entered",
            "post.ground_removed",
        ]


async def test_another_post_is_shut(runtime: Runtime, team: Team, clock: SetClock) -> None:
    post = await post_in(runtime, "EG")
    async with runtime.db.begin() as session:
        own = await session.get_one(Post, post.id)
        with pytest.raises(ConsularError, match="looks after TR only"):
            await grounds.enter(session, team.post, own, GroundKind.ROUTE, SQUARE, clock())
        with pytest.raises(ConsularError, match="looks after TR only"):
            await plans.plan(session, team.post, "EG", own, clock())
        with pytest.raises(ConsularError, match="may not"):
            await plans.plan(session, team.auditor, "EG", own, clock())
        with pytest.raises(ConsularError, match="Not a country code"):
            await plans.plan(session, team.officer, "XX", None, clock())
