"""`tammen drill run`: a whole exercise unattended, and what it measures."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.consular.audiences.standings import COUNTS
from bot.consular.drills import cast, scenarios
from bot.consular.drills.scenarios import Goals, Scenario
from bot.consular.staff import accounts
from bot.conversation.understanding import Understander, understand
from bot.messages import Channel
from bot.models import AuditNote, OutboundMessage, Person
from bot.practice import rehearsal, sheets, tables
from bot.practice.figures import Figures
from bot.runtime.runtime import Runtime
from tests import builders

PEOPLE = 60


@pytest.fixture
def khartoum() -> Scenario:
    """The scenario that is played."""
    return scenarios.load(scenarios.find("khartoum"))


@pytest.fixture
async def reader(fallback_model: Path) -> Understander:
    """The built-in reader."""
    understander = Understander()
    await understander.load(fallback_model)
    return understander


def say_nothing(_words: str) -> None:
    """Show no progress."""


def shortened(scenario: Scenario, minutes: int) -> Scenario:
    """The same, but over after so many minutes."""
    injects = scenario.happened(minutes)
    return scenario.model_copy(update={"minutes": minutes, "injects": injects})


async def test_half_an_hour_with_sixty_people_goes_by_at_once_and_its_numbers_hold(
    khartoum: Scenario, reader: Understander
) -> None:
    khartoum = shortened(khartoum, 30)
    async with rehearsal.thrown_away() as runtime:
        measured = await rehearsal.run(
            runtime, khartoum, PEOPLE, 1, partial(understand, reader), say_nothing
        )
        async with runtime.db.read() as session:
            phones = select(func.count()).where(OutboundMessage.channel != Channel.PHONE)
            assert await session.scalar(phones) == 0
            everyone = await accounts.everyone(session)
            assert all(account.blocked_at for account in everyone)
    assert set(measured.counts) == set(COUNTS)
    assert sum(measured.counts.values()) == measured.people == PEOPLE
    assert (measured.checked_minutes, measured.wrong_sums) == (31, [])
    assert [goal.words for goal in measured.goals(khartoum.goals) if not goal.holds] == []
    assert measured.accounted == PEOPLE
    assert sum(measured.calls_by_officer.values()) > 0
    assert 0 < measured.known[5] < measured.known[10] < measured.known[30] == measured.accounted
    cries = ("life", "changes")
    parts = cast.parts(khartoum, PEOPLE, 1)
    assert measured.lives >= sum(part.behaviour in cries for part in parts)
    assert measured.lives_unseen == 0
    assert measured.first_answer is not None
    assert measured.most_answers is not None
    assert measured.first_answer < measured.most_answers < 30 * 60
    assert measured.cases_opened > measured.cases_closed > 0
    assert set(measured.messages) == {"delivered"}


async def test_on_the_present_database_real_people_are_not_asked(
    runtime: Runtime, khartoum: Scenario, reader: Understander
) -> None:
    now = runtime.clock()
    async with runtime.db.begin() as session:
        real = await builders.person(session, now, "telegram:1", country="SD")
    short = shortened(khartoum, 5)
    await rehearsal.run(runtime, short, 12, 1, partial(understand, reader), say_nothing)
    async with runtime.db.read() as session:
        asked = set(await session.scalars(select(OutboundMessage.person_id)))
        assert real.id not in asked
        assert await session.scalar(select(func.count()).where(Person.synthetic)) == 12
        about_real = select(AuditNote).where(AuditNote.subject == f"person:{real.id}")
        assert (await session.scalars(about_real)).all() == []


GOALS = Goals(
    known_percent=95,
    known_minutes=30,
    accounted_percent=100,
    life_seen_minutes=5,
    life_seen_median_minutes=3,
)


@pytest.mark.parametrize(
    ("wrong", "holds"),
    [
        (Figures(), [True, True, True, True, True]),
        (Figures(known={30: 94}), [False, True, True, True, True]),
        (Figures(accounted=99), [True, False, True, True, True]),
        (Figures(lives=2, lives_unseen=1), [True, True, False, True, True]),
        (Figures(lives=1, life_seen_slowest=301.0), [True, True, False, True, True]),
        (Figures(lives=1, life_seen_median=181.0), [True, True, True, False, True]),
        (Figures(wrong_sums=[7]), [True, True, True, True, False]),
    ],
)
def test_a_goal_that_does_not_hold_is_named(wrong: Figures, holds: list[bool]) -> None:
    wrong.people = 100
    wrong.known = wrong.known or {30: 95}
    wrong.accounted = wrong.accounted or 100
    goals = wrong.goals(GOALS)
    assert [goal.holds for goal in goals] == holds
    assert [entry["holds"] for entry in tables.to_json(wrong, goals)["goals"]] == holds


@pytest.mark.parametrize("name", ["istanbul", "khartoum", "kyiv"])
def test_a_trainers_sheet_has_each_inject_in_both_languages(name: str) -> None:
    scenario = scenarios.load(scenarios.find(name))
    arabic, english = sheets.written(scenario, "ar"), sheets.written(scenario, "en")
    for inject in scenario.injects:
        assert f"## Minute {inject.minute}\n" in english
        for words in (inject.happens, inject.do, inject.watch):
            assert words.en in english
            assert words.ar in arabic
        for text in inject.writes.texts if inject.writes else []:
            assert f"> {text}\n" in arabic
    assert "## الدقيقة 60" in arabic
    assert "تمرين" in arabic
    assert "EXERCISE" in english
