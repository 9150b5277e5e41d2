"""Communities: registered people beside estimates, the doubtful apart, and wrong figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.consular.errors import ConsularError
from bot.consular.people import communities
from bot.consular.reference import estimates
from bot.models import AuditNote, CommunityEstimate
from bot.runtime.runtime import Runtime
from tests import builders
from tests.builders import Team
from tests.freshening import registered


async def peopled(runtime: Runtime) -> Team:
    """Three fresh and two old registered people in Istanbul, one who only wrote, one in Izmir."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for days in (1, 10, 100, 200, 1000):
            await registered(session, now, days, party_size=2)
        await registered(session, now, 50, city="TR/Izmir")
        await builders.person(session, now, city="TR/Istanbul")
        await registered(session, now, 3, synthetic=True)
        await registered(session, now, 3, forgotten_at=now)
        await registered(session, now, 3, country="EG", city="EG/Cairo")
        for place, figure in (("TR", "1000"), ("TR/Istanbul", "٥٠٠"), ("SD", "7 500")):
            await estimates.set_estimate(
                session, team.officer, place, figure, "census", "2026-01-31", now
            )
        return team


async def test_countries_are_counted_with_the_age_of_their_records(runtime: Runtime) -> None:
    team, now = await peopled(runtime), runtime.clock()
    async with runtime.db.read() as session:
        counted = await communities.by_country(session, team.officer, now)
    egypt, sudan, turkey = counted
    assert (turkey.country, turkey.registered, turkey.doubtful, turkey.unregistered) == (
        "TR",
        4,
        2,
        1,
    )
    assert (turkey.with_them, turkey.share, turkey.median_days) == (7, 0.004, 50)
    assert turkey.last_confirmed == now
    assert (egypt.registered, egypt.share) == (1, None)
    assert (sudan.registered, sudan.share, sudan.last_confirmed) == (0, 0.0, None)
    assert sudan.estimate is not None
    assert sudan.estimate.people == 7500


async def test_a_post_sees_its_own_country_alone(runtime: Runtime) -> None:
    team, now = await peopled(runtime), runtime.clock()
    async with runtime.db.begin() as session:
        counted = await communities.by_country(session, team.post, now)
        assert [community.country for community in counted] == ["TR"]
        with pytest.raises(ConsularError):
            await communities.by_city(session, team.post, "EG", now)


async def test_cities_are_counted_and_add_up_to_their_country(runtime: Runtime) -> None:
    team, now = await peopled(runtime), runtime.clock()
    async with runtime.db.read() as session:
        counted = await communities.by_city(session, team.post, "TR", now)
        country = (await communities.by_country(session, team.post, now))[0]
        both = await communities.estimated(session, ["TR", "SD"], now)
    by_city = {community.city: community for community in counted}
    istanbul, izmir = by_city["TR/Istanbul"], by_city["TR/Izmir"]
    assert (istanbul.registered, istanbul.doubtful, istanbul.share) == (3, 2, 0.006)
    assert (istanbul.median_days, izmir.median_days) == (100, 50)
    for figure in ("registered", "doubtful", "unregistered", "with_them"):
        total = sum(getattr(community, figure) for community in counted)
        assert total == getattr(country, figure)
    estimated = {(each.country, each.city): each.registered for each in both}
    assert estimated == {("SD", ""): 0, ("TR", ""): 4, ("TR", "TR/Istanbul"): 3}


async def test_communities_are_sorted(runtime: Runtime) -> None:
    team, now = await peopled(runtime), runtime.clock()
    async with runtime.db.read() as session:
        counted = await communities.by_country(session, team.officer, now)
    orders = {}
    for order in ("registered", "estimated", "share", "age", "place"):
        orders[order] = "".join(each.country for each in communities.in_order(counted, order))
    assert orders == {
        "registered": "TREGSD",
        "estimated": "SDTREG",
        "share": "SDTREG",
        "age": "TREGSD",
        "place": "EGSDTR",
    }


@pytest.mark.parametrize(
    ("place", "figure", "source", "day"),
    [
        ("TR", "-5", "census", "2026-01-31"),
        ("TR", "0", "census", "2026-01-31"),
        ("TR", "many", "census", "2026-01-31"),
        ("TR", "", "census", "2026-01-31"),
        ("TR", "1e9", "census", "2026-01-31"),
        ("TR", "99999999999999999999", "census", "2026-01-31"),
        ("TR", "12²", "census", "2026-01-31"),
        ("TR", "100", "", "2026-01-31"),
        ("TR", "100", "  \u200f ", "2026-01-31"),
        ("TR", "100", "x" * 201, "2026-01-31"),
        ("TR", "100", "census", ""),
        ("TR", "100", "census", "yesterday"),
        ("TR", "100", "census", "2026-02-30"),
        ("TR", "100", "census", "1911-01-31"),
        ("TR", "100", "census", "2027-01-31"),
        ("XX", "100", "census", "2026-01-31"),
        ("", "100", "census", "2026-01-31"),
        ("TR/Atlantis", "100", "census", "2026-01-31"),
        ("TR/Cairo", "100", "census", "2026-01-31"),
        ("EG", "100", "census", "2026-01-31"),  # the post's country is Turkey
    ],
)
async def test_a_wrong_estimate_changes_nothing(
    runtime: Runtime, place: str, figure: str, source: str, day: str
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        with pytest.raises(ConsularError):
            await estimates.set_estimate(session, team.post, place, figure, source, day, now)
        assert (await session.scalars(select(CommunityEstimate))).all() == []


async def test_an_estimate_takes_the_place_of_the_one_before_and_goes(runtime: Runtime) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        team = await builders.team(session, now)
        for figure, day in (("100", "2026-01-31"), ("٢٥٬٠٠٠", "٢٠٢٦-١١-٠١")):
            await estimates.set_estimate(session, team.post, "TR", figure, " تقدير ", day, now)
        only = (await session.scalars(select(CommunityEstimate))).one()
        assert (only.people, only.source, only.dated) == (25_000, "تقدير", date(2026, 11, 1))
        await estimates.remove(session, team.post, "TR", now)
        with pytest.raises(ConsularError):
            await estimates.remove(session, team.post, "TR", now + timedelta(hours=1))
        notes = await session.scalars(select(AuditNote).where(AuditNote.subject == "community:TR"))
        assert [(note.action, note.detail["people"]) for note in notes] == [
            ("community.estimated", 100),
            ("community.estimated", 25_000),
            ("community.estimate_removed", 25_000),
        ]
        with pytest.raises(ConsularError):
            await estimates.set_estimate(
                session, team.auditor, "TR", "5", "census", "2026-01-31", now
            )
