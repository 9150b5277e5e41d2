"""What becomes of answers: figures that show nobody, what stays, and the rights of people."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from bot.consular.people import merging
from bot.consular.surveys import course, figures
from bot.consular.trust import export, own_copy, retention, rights
from bot.models import (
    Case,
    CaseKind,
    Person,
    SignUp,
    Survey,
    SurveyAnswer,
    SurveyAsk,
    SurveyFigure,
)
from bot.runtime.runtime import Runtime
from tests import builders, surveying
from tests.builders import Team
from tests.clock import SetClock
from tests.surveying import (
    DAYS,
    SCHOOL,
    add,
    ask,
    chosen,
    event,
    open_one,
    press,
    say,
    survey,
)

NUMBER = "sms:+905550000001"


@pytest.fixture
async def team(runtime: Runtime) -> Team:
    """An account of each role."""
    async with runtime.db.begin() as session:
        return await builders.team(session, runtime.clock())


async def answered(runtime: Runtime, team: Team, yes: int, no: int) -> int:
    """Open a survey that so many people in Istanbul answered."""
    survey_id = await open_one(runtime, team, survey(runtime.clock()))
    for number in range(yes + no):
        person = await add(runtime, f"telegram:{number}")
        await ask(runtime)
        await press(runtime, person, f"/survey {survey_id} 1 {1 if number < yes else 2}")
    return survey_id


async def shown(runtime: Runtime, team: Team, survey_id: int) -> dict[tuple[str, str, int], int]:
    """Return the published figures by country, city and choice."""
    async with runtime.db.read() as session:
        published = await figures.of_survey(session, team.post, survey_id)
        return {(line.country, line.city, line.choice): line.people for line in published}


async def test_figures_hide_small_groups_also_from_the_difference_of_two_days(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    survey_id = await answered(runtime, team, yes=7, no=4)
    assert await shown(runtime, team, survey_id) == {}
    clock.advance(days=1)
    await surveying.settle(runtime)
    first_day = await shown(runtime, team, survey_id)
    assert first_day == {
        (country, city, choice): people
        for country, city in (("", ""), ("TR", ""), ("TR", "TR/Istanbul"))
        for choice, people in ((0, 10), (1, 5))
    }
    person = await add(runtime, "telegram:100")
    await ask(runtime)
    await press(runtime, person, f"/survey {survey_id} 1 2")  # the fifth who says no
    clock.advance(hours=23)
    await surveying.settle(runtime)
    assert await shown(runtime, team, survey_id) == first_day
    clock.advance(hours=1)
    await surveying.settle(runtime)
    second_day = await shown(runtime, team, survey_id)
    moved = {cell: people - first_day.get(cell, 0) for cell, people in second_day.items()}
    assert set(moved.values()) == {0, 5}
    assert second_day["TR", "", 2] == 5


async def test_only_counts_stay_after_the_time_of_the_setting(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    survey_id = await answered(runtime, team, yes=6, no=1)
    event_id = await open_one(runtime, team, event(clock()))
    clock.advance(days=1)
    await ask(runtime)
    guest = await add(runtime, "telegram:100")
    await ask(runtime)
    clock.advance(days=1)
    await ask(runtime)
    await press(runtime, guest, f"/event {event_id} 1")
    clock.advance(days=2)
    await surveying.settle(runtime)
    closed_at = clock()
    before = await shown(runtime, team, survey_id)
    assert before["", "", 1] == 5
    for days, is_left in ((89, True), (1, False)):
        clock.advance(days=days)
        async with runtime.db.begin() as session:
            await retention.sweep(session, clock(), runtime.settings.periods)
        async with runtime.db.read() as session:
            for table in (SurveyAnswer, SignUp, SurveyAsk):
                is_there = (await session.scalars(select(table).limit(1))).first() is not None
                assert is_there == is_left, (table, clock() - closed_at)
    assert await shown(runtime, team, survey_id) == before
    async with runtime.db.read() as session:
        counts = await course.count(session, await session.get_one(Survey, event_id))
    assert (counts["coming"], counts["people"], counts["asked"]) == (1, 1, 8)


async def test_a_hold_keeps_answers(runtime: Runtime, team: Team, clock: SetClock) -> None:
    await answered(runtime, team, yes=1, no=0)
    clock.advance(days=4)
    await surveying.settle(runtime)
    async with runtime.db.begin() as session:
        person = (await session.scalars(select(Person))).one()
        case = Case(
            person_id=person.id, kind=CaseKind.HUMAN, opened_at=clock(), held_at=clock(), note=""
        )
        session.add(case)
        await session.flush()
        clock.advance(days=91)
        await retention.sweep(session, clock(), runtime.settings.periods)
    assert len(await chosen(runtime)) == 1


# --- rights ---------------------------------------------------------------------------------------


async def test_a_copy_of_somebodys_data_tells_their_answers(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await answered(runtime, team, yes=1, no=0)
    event_id = await open_one(runtime, team, event(clock()))
    clock.advance(days=1)
    await ask(runtime)
    async with runtime.db.read() as session:
        person = (await session.scalars(select(Person))).one()
    await press(runtime, person, f"/event_with {event_id} 2")
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        lines = (await export.export(session, person))["surveys"]
        copy = await own_copy.write(session, person, "ar", clock())
    assert [line.get("reply") for line in lines] == [surveying.YES, None]
    assert (lines[0]["question"], lines[0]["names"]) == (
        dict(SCHOOL.words),
        {"ar": "مدرسة ليبية", "en": "A Libyan school"},
    )
    assert (lines[1]["answer"], lines[1]["companions"]) == ("coming", 2)
    assert "استبيانات ودعوات" in [section.title for section in copy.sections]


async def test_an_erasure_takes_the_answers_and_leaves_the_figures(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await answered(runtime, team, yes=6, no=0)
    clock.advance(days=1)
    await surveying.settle(runtime)
    async with runtime.db.begin() as session:
        person = (await session.scalars(select(Person).order_by(Person.id))).first()
        assert person is not None
        await rights.erase(session, person, "staff:1", clock())
    assert len(await chosen(runtime)) == 5
    async with runtime.db.read() as session:
        assert {line.people for line in await session.scalars(select(SurveyFigure))} == {5}


async def test_two_records_that_become_one_have_one_answer_the_later(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await open_one(runtime, team, survey(clock(), SCHOOL, DAYS))
    person = await add(runtime, "telegram:1")
    duplicate = await add(runtime, NUMBER)
    await ask(runtime)
    await press(runtime, person, "/survey 1 1 1")
    clock.advance(minutes=1)
    await say(runtime, duplicate, "2")
    clock.advance(minutes=1)
    await say(runtime, duplicate, "3")
    async with runtime.db.begin() as session:
        kept = await session.get_one(Person, person.id, with_for_update=True)
        await merging.merge(session, kept, duplicate.id, "staff:1", clock())
    answers = await chosen(runtime)
    assert sorted(answers) == [(person.id, 1, "2"), (person.id, 2, "3")]
    async with runtime.db.begin() as session:
        assert len((await session.scalars(select(SurveyAsk))).all()) == 1
        await session.execute(delete(SurveyAsk))
    assert await ask(runtime) == 1
