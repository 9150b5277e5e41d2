"""Edited messages correct what they said; whatever comes next is read as it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.models import Case, CheckIn
from tests.correspondent import Correspondent

NEW_MESSAGE = ("رسالة جديدة", "as a new one")


def last(line: Correspondent) -> int:
    """The number of the message that was written last."""
    return next(line.numbers) - 1


def says_nothing_of_new_messages(answers: list[str]) -> bool:
    return not any(words in answer for answer in answers for words in NEW_MESSAGE)


async def test_an_edited_place_moves_the_person(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("أنا في أنقرة")
    number = last(line)
    line.clock.advance(minutes=1)

    answers = await line.edit(number, "أنا في إسطنبول")
    await line.write("شكرا")

    assert (await line.person()).city == "TR/Istanbul"
    assert "إسطنبول" in answers[0]


async def test_an_edited_name_is_the_name_and_the_question_waits_on(line: Correspondent) -> None:
    await line.write("تسجيل")
    await line.write("نعم")
    await line.write("سالم الورفلي")
    number = last(line)

    answers = await line.edit(number, "سليم الورفلي")
    await line.write("إسطنبول")

    person = await line.person()
    assert (person.name, person.city) == ("سليم الورفلي", "TR/Istanbul")
    assert "سليم" in answers[0]
    assert says_nothing_of_new_messages(answers)


async def test_an_edited_count_is_the_count(line: Correspondent) -> None:
    await line.write("تسجيل")
    await line.write("نعم")
    await line.write("سالم الورفلي")
    await line.write("إسطنبول")
    await line.write("3")
    number = last(line)

    await line.edit(number, "4")

    assert (await line.person()).party_size == 4


async def test_an_answer_that_was_not_understood_may_be_edited_into_one(
    line: Correspondent,
) -> None:
    await line.write("تسجيل")
    await line.write("نعم")
    await line.write("سالم الورفلي")
    await line.write("كذا كذا")
    number = last(line)

    await line.edit(number, "إسطنبول")

    assert (await line.person()).city == "TR/Istanbul"


async def test_after_an_edit_a_name_is_not_taken_for_a_city(line: Correspondent) -> None:
    await line.write("بخير")
    number = last(line)  # and the place is asked for

    answers = await line.edit(number, "بخير الحمد لله")
    assert says_nothing_of_new_messages(answers)
    await line.write("اسمي سالم الورفلي")

    person = await line.person()
    assert person.country is None
    assert await line.statuses() == ["safe"]


async def test_an_edit_into_a_cry_is_a_cry(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("شكرا")
    number = last(line)
    line.clock.advance(minutes=1)

    await line.edit(number, "نجدة")

    assert await line.statuses() == ["help"]
    assert "edited" in (await line.cases())["life"]


async def test_an_edit_that_says_more_of_a_cry_goes_into_its_case(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("نجدة")
    number = last(line)

    await line.edit(number, "نجدة نجدة")

    assert len(await line.rows(Case)) == 1
    assert len(await line.rows(CheckIn)) == 1
    assert "نجدة نجدة" in (await line.cases())["life"]


async def test_an_edit_into_safe_is_written_when_it_was_edited(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("سلام")
    number = last(line)
    line.clock.advance(hours=1)
    await line.crisis()
    line.clock.advance(minutes=5)

    await line.edit(number, "أنا بخير")

    (check_in,) = await line.rows(CheckIn)
    assert check_in.at == line.clock()
    assert check_in.crisis_id is not None


async def test_a_corrected_word_in_an_old_safe_makes_nobody_safe_now(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("أنا بخير")
    number = last(line)
    line.clock.advance(hours=8)
    await line.crisis()
    line.clock.advance(minutes=5)

    await line.edit(number, "بخير")

    (check_in,) = await line.rows(CheckIn)
    assert check_in.crisis_id is None


async def test_a_safe_in_a_message_that_is_long_gone_is_asked_about(line: Correspondent) -> None:
    await line.settled_in()
    await line.crisis()

    (answer,) = await line.edit(5, "أنا بخير")

    assert "هل أنت بخير" in answer
    assert await line.statuses() == []


@pytest.mark.parametrize("answer", ["نعم", "لا", "2"])
async def test_an_edited_yes_answers_nothing_asked_since(line: Correspondent, answer: str) -> None:
    await line.write("سلام")
    number = last(line)
    await line.write("تسجيل")

    answers = await line.edit(number, answer)

    assert (await line.person()).consented_at is None
    assert says_nothing_of_new_messages(answers)


async def test_an_edit_of_the_same_words_says_nothing(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("شكرا")

    assert await line.edit(last(line), "شكرا") == []


async def test_two_edits_of_one_message_are_two_corrections(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("أنا في أنقرة")
    number = last(line)
    await line.edit(number, "أنا في إزمير")
    await line.edit(number, "أنا في إسطنبول", written=line.clock() + timedelta(seconds=1))

    assert (await line.person()).city == "TR/Istanbul"


async def test_an_edited_stop_is_a_stop(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("شكرا")

    await line.edit(last(line), "STOP")

    assert (await line.person()).stopped_at is not None


async def test_the_question_that_waits_comes_back_after_an_edit(line: Correspondent) -> None:
    await line.write("شكرا")
    number = last(line)
    await line.write("تسجيل")

    answers = await line.edit(number, "شكرا لكم")

    assert any("هل توافق" in answer for answer in answers)
    await line.write("نعم")
    assert (await line.person()).consented_at is not None
