"""What counts is when it was written: late messages go where they belong in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.consular.audiences import standings
from bot.consular.crises import board, crises
from bot.models import Case, CheckIn, Crisis, Person
from tests.correspondent import Correspondent


def ago(line: Correspondent, **by: float) -> dict[str, object]:
    return {"written": line.clock() - timedelta(**by)}


async def standing(line: Correspondent) -> dict[str, int]:
    """The counts of the board that are not zero."""
    async with line.runtime.db.read() as session:
        crisis = (await crises.open_ones(session))[0]
        counts = (await board.board(session, crisis, line.clock())).counts
    return {name: count for name, count in counts.items() if count}


@pytest.mark.parametrize(
    ("words", "hours"),
    [("أنا بخير", 10), ("بخير", 0.5), ("نعم", 10), ("1", 30), ("ana b5air", 3), ("👍", 10)],
)
async def test_safe_from_before_the_crisis_makes_nobody_safe(
    line: Correspondent, words: str, hours: float
) -> None:
    await line.settled_in()
    line.clock.advance(hours=1)
    await line.crisis()
    line.clock.advance(minutes=10)

    await line.write(words, **ago(line, hours=hours))

    assert await standing(line) == {"no_answer": 1}
    assert [row.crisis_id for row in await line.rows(CheckIn)] in ([], [None])
    assert await line.cases() == {}


async def test_whoever_was_safe_before_the_crisis_is_asked_how_they_are_now(
    line: Correspondent,
) -> None:
    await line.settled_in()
    await line.crisis()

    (answer,) = await line.write("أنا بخير", **ago(line, hours=10))

    assert "كيف أنت الآن" in answer
    assert "inline_keyboard" in line.markup()
    line.clock.advance(minutes=1)
    await line.write("نعم")
    assert await standing(line) == {"safe": 1}


async def test_a_late_answer_to_the_roll_call_counts_from_when_it_was_written(
    line: Correspondent,
) -> None:
    await line.settled_in()
    await line.crisis()
    written = line.clock.advance(minutes=20)
    arrived = line.clock.advance(hours=9)

    await line.write("أنا بخير", written=written)

    (check_in,) = await line.rows(CheckIn)
    (crisis,) = await line.rows(Crisis)
    assert (check_in.at, check_in.received_at) == (written, arrived)
    assert check_in.crisis_id == crisis.id
    assert await standing(line) == {"safe": 1}


@pytest.mark.parametrize("late", ["أنا بخير", "بخير", "I am safe"])
async def test_an_older_safe_never_overrides_a_newer_cry(line: Correspondent, late: str) -> None:
    await line.settled_in()
    await line.crisis()
    line.clock.advance(hours=3)
    await line.write("نجدة")

    (answer,) = await line.write(late, **ago(line, hours=1))

    assert await standing(line) == {"help": 1}
    assert await line.statuses() == ["safe", "help"]
    assert "أقدم" in answer or "older" in answer


async def test_two_messages_that_change_places_on_the_way_keep_their_order(
    line: Correspondent,
) -> None:
    await line.settled_in()
    await line.crisis()
    line.clock.advance(minutes=5)
    await line.write("نجدة", **ago(line, seconds=10))
    await line.write("أنا بخير", **ago(line, seconds=40))

    assert await standing(line) == {"help": 1}


@pytest.mark.parametrize("words", ["نجدة", "SOS", "النجدة", "help me", "🆘"])
async def test_a_late_cry_opens_a_case_with_both_times(line: Correspondent, words: str) -> None:
    await line.settled_in()
    await line.crisis()
    written = line.clock() - timedelta(hours=10)

    await line.write(words, written=written)

    (case,) = await line.rows(Case)
    assert (case.kind.value, case.written_at, case.opened_at) == ("life", written, line.clock())
    assert f"{written:%Y-%m-%d %H:%M}" in case.note
    assert words in case.note
    assert await standing(line) == {"no_answer": 1}


async def test_a_late_cry_after_a_newer_safe_is_a_case_and_no_status(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()
    line.clock.advance(hours=5)
    await line.write("أنا بخير")

    await line.write("نجدة", **ago(line, hours=2))

    assert await standing(line) == {"safe": 1}
    assert list(await line.cases()) == ["life"]


async def test_a_date_in_the_future_is_the_time_of_arrival(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()

    await line.write("أنا بخير", written=line.clock() + timedelta(days=300))
    line.clock.advance(minutes=1)
    await line.write("نجدة")

    (safe, _help) = await line.rows(CheckIn)
    assert safe.at == line.clock() - timedelta(minutes=1)
    assert await standing(line) == {"help": 1}


async def test_a_date_of_years_ago_is_a_wrong_clock(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()

    await line.write("نجدة", **ago(line, days=900))

    assert await standing(line) == {"help": 1}


async def test_a_late_yes_answers_no_question_that_was_asked_later(line: Correspondent) -> None:
    written = line.clock()
    line.clock.advance(hours=2)
    await line.write("تسجيل")

    await line.write("نعم", written=written)

    assert (await line.person()).consented_at is None
    line.clock.advance(minutes=1)
    await line.write("نعم")
    assert (await line.person()).consented_at is not None


async def test_an_answer_that_waited_on_the_way_is_still_the_answer(line: Correspondent) -> None:
    await line.write("تسجيل")
    written = line.clock.advance(minutes=1)
    line.clock.advance(hours=6)

    await line.write("نعم", written=written)

    assert (await line.person()).consented_at is not None


async def test_a_late_place_does_not_move_somebody_back(line: Correspondent) -> None:
    await line.settled_in()
    line.clock.advance(hours=5)
    await line.write("أنا في أنقرة")

    await line.write("أنا في إسطنبول", **ago(line, hours=3))

    assert (await line.person()).city == "TR/Ankara"


async def test_an_sms_counts_from_its_arrival(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()
    line.clock.advance(minutes=3)

    await line.text("أنا بخير")

    (check_in,) = await line.rows(CheckIn)
    assert check_in.at == line.clock()
    assert await standing(line) == {"safe": 1}


async def test_answers_of_one_moment_stay_in_their_order(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()
    await line.write("نجدة")
    await line.write("أنا بخير")

    assert await line.statuses() == ["help", "safe"]
    assert await standing(line) == {"safe": 1}


async def test_an_audience_of_answers_sees_what_the_board_sees(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()
    line.clock.advance(hours=3)
    await line.write("نجدة")
    await line.write("أنا بخير", **ago(line, hours=1))

    (crisis,) = await line.rows(Crisis)
    async with line.runtime.db.read() as session:
        people = {}
        for name in ("safe", "help", "no_answer"):
            query = select(Person.id).where(standings.is_one_of(crisis.id, {name}))
            people[name] = len((await session.scalars(query)).all())
    assert people == {"safe": 0, "help": 1, "no_answer": 0}
