"""Answers in chat and by SMS: the last one counts, to the right survey, until it closes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.consular.crises import crises
from bot.consular.errors import ConsularError
from bot.consular.surveys import drafts, sign_ups
from bot.consular.trust import looks, rights
from bot.models import (
    AuditNote,
    Case,
    CaseKind,
    CheckIn,
    CheckInStatus,
    Person,
    SignUpAnswer,
    Survey,
    SurveyAnswer,
)
from bot.runtime.runtime import Runtime
from tests import builders, surveying
from tests.builders import Team
from tests.clock import SetClock
from tests.surveying import (
    DAYS,
    SCHOOL,
    add,
    answers_of,
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


async def test_a_second_answer_takes_the_place_of_the_first(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await open_one(runtime, team, survey(clock()))
    person = await add(runtime, "telegram:1")
    await ask(runtime)
    assert "نعم" in (await press(runtime, person, "/survey 1 1 1")).text
    clock.advance(seconds=1)
    await press(runtime, person, "/survey 1 1 1")  # a second tap
    assert await chosen(runtime) == [(person.id, 1, "1")]
    clock.advance(minutes=1)
    assert "لا" in (await press(runtime, person, "/survey 1 1 2")).text
    assert await chosen(runtime) == [(person.id, 1, "2")]
    async with runtime.db.read() as session:
        notes = select(AuditNote.subject).where(AuditNote.action == "survey.answered")
        assert list(await session.scalars(notes)) == [f"person:{person.id}"]
        raw = await session.scalar(text("SELECT choice FROM survey_answers"))
    assert bytes(raw or b"") not in {b"1", b"2"}


@pytest.mark.parametrize(
    "payload",
    [
        "/survey 1 1 9",
        "/survey 1 1 0",
        "/survey 1 4 1",
        "/survey 2 1 1",
        "/survey 99 1 1",
        "/survey 999999999999999999 1 1",
        "/event 1 1",
        "/event_with 1 3",
    ],
)
async def test_a_forged_press_changes_nothing_and_is_told_so(
    runtime: Runtime, team: Team, payload: str
) -> None:
    await open_one(runtime, team, survey(runtime.clock()))
    elsewhere = survey(runtime.clock(), audience={"countries": ["TN"]})
    await open_one(runtime, team, elsewhere)
    person = await add(runtime, "telegram:1", language="en")
    await add(runtime, "telegram:2", country="TN", city="TN/Sfax")
    assert await ask(runtime) == 2
    answer = await press(runtime, person, payload)
    assert "nothing was counted" in answer.text
    assert await chosen(runtime) == []
    assert await answers_of(runtime) == {}


@pytest.mark.parametrize("payload", ["/event 1 9", "/event_with 1 9", "/event_with 1 0"])
async def test_a_forged_answer_to_an_invitation_changes_nothing(
    runtime: Runtime, team: Team, payload: str
) -> None:
    await open_one(runtime, team, event(runtime.clock()))
    person = await add(runtime, "telegram:1", language="en")
    await ask(runtime)
    assert "none of the answers" in (await press(runtime, person, payload)).text
    assert await answers_of(runtime) == {}


async def test_nobody_answers_after_the_end(runtime: Runtime, team: Team, clock: SetClock) -> None:
    await open_one(runtime, team, survey(clock()))
    person = await add(runtime, NUMBER, language="en")
    await ask(runtime)
    await say(runtime, person, "1")
    clock.advance(days=3)  # before the worker has closed it
    assert "time to answer is over" in (await say(runtime, person, "2")).text
    await surveying.settle(runtime)
    clock.advance(minutes=20)
    assert "time to answer is over" in (await press(runtime, person, "/survey 1 1 2")).text
    assert await chosen(runtime) == [(person.id, 1, "1")]


async def test_a_number_is_for_the_survey_that_asked_last(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    now = clock()
    long = {"ends_at": now + timedelta(days=10)}
    first = await open_one(runtime, team, survey(now, **long))
    person = await add(runtime, NUMBER, language="en")
    await ask(runtime)
    clock.advance(days=1)
    second = await open_one(runtime, team, survey(now, DAYS, **long))
    await ask(runtime)
    await say(runtime, person, "3")
    clock.advance(minutes=1)
    await press(runtime, person, f"/survey {first} 1 2")  # the older question, by its button
    clock.advance(minutes=1)
    await say(runtime, person, "1")  # after it the older one is what we spoke of last
    async with runtime.db.read() as session:
        rows = await session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.survey_id))
        assert [(row.survey_id, row.choice) for row in rows] == [(first, "1"), (second, "3")]


async def test_a_number_is_for_the_roll_call_while_it_waits(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await open_one(runtime, team, survey(clock()))
    person = await add(runtime, NUMBER, language="en")
    await ask(runtime)
    async with runtime.db.begin() as session:
        crisis = await builders.earthquake(session, team.officer, clock())
        await builders.fan_out(
            session, (await crises.get(session, crisis.id)).broadcast_id, clock()
        )
    await press(runtime, person, "/survey 1 1 2")  # a press is never for anything else
    clock.advance(minutes=1)
    await say(runtime, person, "1")
    async with runtime.db.read() as session:
        statuses = list(await session.scalars(select(CheckIn.status)))
    assert statuses == [CheckInStatus.SAFE]
    assert await chosen(runtime) == [(person.id, 1, "2")]


@pytest.mark.parametrize("words", ["need help", "نجدة", "help me, I am trapped"])
async def test_a_cry_is_never_an_answer(runtime: Runtime, team: Team, words: str) -> None:
    cry = drafts.Question(SCHOOL.words, ({"ar": "نجدة", "en": "Need help"}, surveying.NO))
    await open_one(runtime, team, survey(runtime.clock(), cry))
    person = await add(runtime, NUMBER, language="en")
    await ask(runtime)
    await say(runtime, person, words)
    assert await chosen(runtime) == []
    async with runtime.db.read() as session:
        kinds = list(await session.scalars(select(Case.kind)))
    assert kinds == [CaseKind.LIFE]


# --- events ---------------------------------------------------------------------------------------


async def test_a_full_event_has_a_line_and_the_next_that_fits_moves_up(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await open_one(runtime, team, event(clock(), seats=4))
    first, second, third, fourth = [
        await add(runtime, f"telegram:{number}", language="en") for number in range(4)
    ]
    await ask(runtime)
    await press(runtime, first, "/event 1 2")
    assert await answers_of(runtime) == {first.id: (SignUpAnswer.COMING, 1)}
    clock.advance(minutes=1)
    await press(runtime, first, "/event_with 1 2")
    full = await press(runtime, second, "/event_with 1 1")
    assert "at number 1" in full.text
    clock.advance(minutes=1)
    assert "at number 2" in (await press(runtime, third, "/event_with 1 3")).text
    assert "A place is kept" in (await press(runtime, fourth, "/event 1 1")).text
    clock.advance(minutes=1)
    assert "no room for so many" in (await press(runtime, fourth, "/event_with 1 1")).text
    async with runtime.db.read() as session:
        held = await session.get_one(Survey, 1)
        assert await sign_ups.attendance(session, held) == sign_ups.Attendance(2, 4, 2, 0)
    await press(runtime, first, "/event 1 3")
    assert "it is yours now" in (await surveying.last(runtime, second.id)).text
    assert await answers_of(runtime) == {
        first.id: (SignUpAnswer.NOT_COMING, 0),
        second.id: (SignUpAnswer.COMING, 1),
        third.id: (SignUpAnswer.WAITING, 3),  # more than the place that is left
        fourth.id: (SignUpAnswer.COMING, 0),
    }


async def test_the_place_of_somebody_erased_goes_to_the_next_who_can_be_told(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    await open_one(runtime, team, event(clock(), seats=1))
    people = [await add(runtime, f"telegram:{number}", language="en") for number in range(3)]
    await ask(runtime)
    for person in people:
        await press(runtime, person, "/event 1 1")
        clock.advance(minutes=1)
    async with runtime.db.begin() as session:
        stopped = await session.get_one(Person, people[1].id)
        stopped.stopped_at = clock()
        erased = await session.get_one(Person, people[0].id)
        await rights.erase(session, erased, "staff:1", clock())
    await surveying.settle(runtime)
    assert await answers_of(runtime) == {
        people[1].id: (SignUpAnswer.WAITING, 0),
        people[2].id: (SignUpAnswer.COMING, 0),
    }


async def test_names_are_for_officers_of_the_country_and_every_look_is_noted(
    runtime: Runtime, team: Team, clock: SetClock
) -> None:
    survey_id = await open_one(runtime, team, event(clock()))
    person = await add(runtime, "telegram:1", name="سالم")
    other = await add(runtime, "telegram:2", name="هدى")
    await ask(runtime)
    await press(runtime, person, "/event 1 1")
    await press(runtime, other, "/event 1 3")
    async with runtime.db.begin() as session:
        held = await session.get_one(Survey, survey_id)
        listed = await sign_ups.names(session, team.post, held, clock())
        assert [reader.name for _own, reader in listed] == ["سالم"]
        with pytest.raises(ConsularError, match="may not do that"):
            await sign_ups.names(session, team.auditor, held, clock())
        seen = await looks.of(session, person.id)
        assert [(look.office, look.country, look.act) for look in seen.latest] == [
            ("post", "TR", "looked")
        ]
