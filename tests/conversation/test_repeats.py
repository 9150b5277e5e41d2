"""The same message again, through the real webhooks: a copy, a second press, a machine."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.models import Case, CaseKind, CheckIn, InboundMessage, OutboundMessage, Person
from tests.channels_on import RunningClock
from tests.line import CHAT, NUMBER, Line
from tests.servers import telegram as updates

AUTO_REPLIES = (
    "أنا أقود السيارة الآن، سأتصل بك لاحقاً",
    "I am driving right now, I will call you back later",
    "Thank you for your message. Our office is closed.",
    "هذا الرقم لا يستقبل الرسائل",
    "Out of office",
    "👍",
    "ok",
    "؟",
    "1",
    "Je suis au volant",
)


# Copies.


@pytest.mark.parametrize("words", ["أنا بخير", "safe", "بخير", "labas", "أنا بخير 🌹"])
async def test_one_sms_under_two_ids_is_one_check_in_and_one_reply(house: Line, words: str) -> None:
    await house.sms(words, sid="SMa")
    await house.sms(words, sid="SMb")
    assert len(await house.rows(CheckIn)) == 1
    assert len(house.texts()) == 1
    assert len(await house.rows(InboundMessage)) == 2


@pytest.mark.parametrize("words", ["أنا بخير", "نعم", "١", "سالم الورفلي"])
async def test_copies_that_arrive_together_are_answered_once(house: Line, words: str) -> None:
    await house.sms("تسجيل")
    before = len(house.texts())
    await asyncio.gather(*(house.hand_in_sms(words, sid=f"SM{copy}") for copy in range(3)))
    await house.settle()
    assert len(house.texts()) == before + 1


@pytest.mark.parametrize("payload", ["/safe", "/needhelp", "/evacuate", "/start register"])
async def test_a_double_press_is_one_press(
    house: Line, clock_now: RunningClock, payload: str
) -> None:
    await house.press(payload)
    check_ins, replies = len(await house.rows(CheckIn)), len(house.messages())
    clock_now.advance(seconds=2)
    await house.press(payload)
    assert (len(await house.rows(CheckIn)), len(house.messages())) == (check_ins, replies)


async def test_the_same_update_twice_is_one_update(house: Line) -> None:
    update = updates.message(77, CHAT, "أنا بخير")
    for _ in range(2):
        await house.update(update)
        await house.settle()
    assert (len(await house.rows(CheckIn)), len(house.messages())) == (1, 1)


async def test_a_position_shared_twice_is_one(house: Line, clock_now: RunningClock) -> None:
    for _ in range(2):
        await house.chat(location={"latitude": 41.0, "longitude": 28.97})
        clock_now.advance(seconds=1)
    assert len(house.messages()) == 1


async def test_the_same_answer_to_another_question_is_an_answer(house: Line) -> None:
    await house.sms("تسجيل")
    await house.sms("1")  # agrees
    await house.sms("1")  # gives no name
    (person,) = await house.rows(Person)
    assert person.consented_at is not None
    assert len(set(house.texts())) == 3


async def test_the_same_words_an_hour_later_are_another_message(
    house: Line, clock_now: RunningClock
) -> None:
    for _ in range(4):
        await house.sms("أنا بخير")
        clock_now.advance(hours=1)
    assert (len(await house.rows(CheckIn)), len(house.texts())) == (4, 4)


# Machines.


@pytest.mark.parametrize("words", AUTO_REPLIES)
async def test_a_machine_gets_few_answers_and_every_text_is_kept(
    house: Line, clock_now: RunningClock, words: str
) -> None:
    for _ in range(15):
        await house.sms(words)
        clock_now.advance(seconds=12)
    assert 1 <= len(house.texts()) <= 5
    assert len(await house.rows(InboundMessage)) == 15


@pytest.mark.parametrize("seconds", [0, 1, 5, 12, 15])
async def test_staff_hear_of_a_number_that_answers_by_itself(
    house: Line, clock_now: RunningClock, seconds: int
) -> None:
    for _ in range(15):
        await house.sms(AUTO_REPLIES[0])
        await house.wait()
        clock_now.advance(seconds=seconds)
    assert len(house.texts()) <= 2
    notes = [case for case in await house.rows(Case) if case.kind is CaseKind.FAULT]
    assert len(notes) == 1
    assert "answers by itself" in notes[0].note
    assert "يردّ وحده" in notes[0].note


async def test_a_person_who_writes_again_after_minutes_is_no_machine(
    house: Line, clock_now: RunningClock
) -> None:
    for _ in range(4):
        await house.sms("وين نسجل؟")
        clock_now.advance(minutes=4)
    assert [case for case in await house.rows(Case) if case.kind is CaseKind.FAULT] == []


@pytest.mark.parametrize("words", ["نجدة", "sos", "النجدة"])
async def test_a_cry_is_recorded_however_often_it_comes_and_is_no_machine(
    house: Line, clock_now: RunningClock, words: str
) -> None:
    for _ in range(8):
        await house.sms(words)
        clock_now.advance(seconds=12)
    kinds = {case.kind for case in await house.rows(Case)}
    assert CaseKind.LIFE in kinds
    assert CaseKind.FAULT not in kinds
    assert len(await house.rows(InboundMessage)) == 8
    assert 1 <= len(house.texts()) <= 2


async def test_a_new_word_is_answered_after_the_same_words_were_not(
    house: Line, clock_now: RunningClock
) -> None:
    for _ in range(6):
        await house.sms(AUTO_REPLIES[1])
        clock_now.advance(seconds=12)
    before = len(house.texts())
    await house.sms("نجدة")
    assert len(house.texts()) > before


async def test_another_number_with_the_same_words_is_answered(
    house: Line, clock_now: RunningClock
) -> None:
    for place in range(5):
        await house.sms("أنا بخير", number=f"+21891000001{place}")
        clock_now.advance(seconds=1)
    assert len(await house.rows(CheckIn)) == 5
    assert len(house.twilio.delivered) == 5


def _answers(rows: list[Any]) -> list[Any]:
    return [row for row in rows if row.inbound_id]


async def test_pictures_in_a_row_are_answered_twice(house: Line, clock_now: RunningClock) -> None:
    for _ in range(5):
        await house.sms("", number=NUMBER, NumMedia="1")
        clock_now.advance(seconds=3)
    assert len({row.inbound_id for row in _answers(await house.rows(OutboundMessage))}) == 2
