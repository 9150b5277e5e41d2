"""An answer is an answer, in whatever form, and a reply or a reaction says to what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.models import InboundMessage
from tests.correspondent import CHAT, Correspondent
from tests.servers.telegram import message

ONES = [
    "1",
    "١",
    "۱",
    "1.",
    "(1)",
    "1)",
    "#1",
    "1 - safe",
    "1 - أنا بخير",
    "1. بخير",
    "رقم 1",
    "رقم ١",
    "رقم واحد",
    "الرقم واحد",
    "واحد",
    "الأول",
    "number one",
    "Number 1",
    "no. 1",
    "option 1",
    "the first one",
    "one",
    "1️⃣",
    "١️⃣",
    "①",
    "❶",
    "\u061c1",
    "\u200f1",
    "\u200e١",
    "\u2067رقم 1\u2069",
    "«1»",
    "1!",
    "ra9m 1",
]
NO_ONES = ["1 - help", "1 منا مصاب", "12:30", "+1", "1/2", "11", "99"]
TWOS = ["2", "اثنين", "رقم 2", "number two", "②", "2️⃣", "الثاني", "(٢)"]


def replying_to(number: str) -> dict[str, Any]:
    """A reply to a message of ours."""
    ours = message(int(number), CHAT, "هل أنت بخير؟")["message"]
    ours["from"] = {"id": 123456, "is_bot": True, "first_name": "طمّن"}
    return {"reply_to_message": ours}


@pytest.fixture
async def asked(line: Correspondent) -> Correspondent:
    """The line of somebody whom a roll call asks."""
    await line.settled_in()
    line.roll_call = await line.crisis()
    return line


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ONES)
async def test_a_number_however_written_is_the_first_answer(
    asked: Correspondent, words: str
) -> None:
    await asked.text(words)

    assert await asked.statuses() == ["safe"]


@pytest.mark.parametrize("words", TWOS)
async def test_a_number_however_written_is_the_second_answer(
    asked: Correspondent, words: str
) -> None:
    await asked.text(words)

    assert await asked.statuses() == ["help"]


@pytest.mark.parametrize("words", NO_ONES)
async def test_what_only_begins_with_a_number_is_no_safe(asked: Correspondent, words: str) -> None:
    await asked.text(words)

    assert "safe" not in await asked.statuses()


async def test_a_number_after_a_roll_call_is_for_it_and_not_for_an_older_question(
    line: Correspondent,
) -> None:
    await line.settled_in(consented_at=None, registered_at=None, dialogue=None)
    await line.text("تسجيل")  # asks whether we may keep it: 1 is yes
    await line.crisis()

    await line.text("1")

    assert await line.statuses() == ["safe"]
    assert (await line.person()).consented_at is None


# --- replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status"),
    [("نعم", "safe"), ("ايوا", "safe"), ("لا", "help"), ("1", "safe"), ("رقم 2", "help")],
)
async def test_a_reply_to_the_roll_call_answers_it_after_other_messages(
    asked: Correspondent, words: str, status: str
) -> None:
    await asked.write("شكرا")
    await asked.write("/register")
    await asked.write("/place")

    await asked.write(words, **replying_to(asked.roll_call))

    assert await asked.statuses() == [status]


async def test_a_yes_to_a_text_that_asked_nothing_agrees_to_nothing(line: Correspondent) -> None:
    await line.write("شكرا")
    thanks = await line.last_number()
    await line.write("تسجيل")

    await line.write("نعم", **replying_to(thanks))

    assert (await line.person()).consented_at is None


async def test_a_reply_to_an_older_question_puts_its_answer_right(line: Correspondent) -> None:
    await line.write("تسجيل")
    await line.write("نعم")
    name_question = await line.last_number()
    await line.write("سالم الورفلي")

    await line.write("سليم الورفلي", **replying_to(name_question))
    await line.write("إسطنبول")

    person = await line.person()
    assert (person.name, person.city) == ("سليم الورفلي", "TR/Istanbul")


async def test_a_reply_to_the_question_that_waits_is_its_answer(line: Correspondent) -> None:
    await line.write("تسجيل")
    await line.write("نعم", **replying_to(await line.last_number()))
    await line.write("سالم الورفلي", **replying_to(await line.last_number()))

    person = await line.person()
    assert person.consented_at is not None
    assert person.name == "سالم الورفلي"


async def test_the_words_that_are_replied_to_are_not_the_writers(asked: Correspondent) -> None:
    own = message(7, CHAT, "نجدة")["message"]

    await asked.write("شكرا", reply_to_message=own)

    assert await asked.statuses() == []
    assert await asked.cases() == {}


# --- reactions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("emoji", ["👍", "❤", "❤️", "👌", "💯", "👍🏽"])
async def test_a_thumb_on_the_roll_call_is_safe(asked: Correspondent, emoji: str) -> None:
    asked.clock.advance(minutes=2)
    answers = await asked.react(asked.roll_call, [emoji])

    assert await asked.statuses() == ["safe"]
    assert len(answers) == 1


async def test_a_thumb_down_on_the_roll_call_is_a_cry(asked: Correspondent) -> None:
    await asked.react(asked.roll_call, ["👎"])

    assert await asked.statuses() == ["help"]
    assert "life" in await asked.cases()


@pytest.mark.parametrize("emoji", ["😢", "😱", "🙏", "😭", "💔", "🤔", "🔥", "😁", "🕊", "😨", "🤬"])
async def test_tears_and_fear_on_the_roll_call_are_asked_about(
    asked: Correspondent, emoji: str
) -> None:
    (answer,) = await asked.react(asked.roll_call, [emoji])

    assert "هل أنت بخير" in answer
    assert "inline_keyboard" in asked.markup()
    assert await asked.statuses() == []


async def test_two_reactions_that_say_different_things_are_asked_about(
    asked: Correspondent,
) -> None:
    (answer,) = await asked.react(asked.roll_call, ["👍", "😢"])

    assert "هل أنت بخير" in answer
    assert await asked.statuses() == []


async def test_a_reaction_that_is_taken_away_changes_nothing(asked: Correspondent) -> None:
    assert await asked.react(asked.roll_call, [], ["👍"]) == []
    assert await asked.react(asked.roll_call, ["❤"], ["❤", "👍"]) == []

    assert await asked.statuses() == []
    assert await asked.rows(InboundMessage) == []


async def test_a_thumb_after_a_cry_does_not_take_it_back(asked: Correspondent) -> None:
    await asked.write("نجدة")

    await asked.react(asked.roll_call, ["👍"])

    assert await asked.statuses() == ["help"]


async def test_a_thumb_that_was_put_before_something_newer_is_older(asked: Correspondent) -> None:
    put_at = asked.clock.advance(minutes=5)
    asked.clock.advance(hours=1)
    await asked.write("نجدة")
    update = {
        "update_id": 900,
        "message_reaction": {
            "chat": {"id": CHAT, "type": "private"},
            "message_id": int(asked.roll_call),
            "user": {"id": CHAT, "is_bot": False, "first_name": "س"},
            "date": int(put_at.timestamp()),
            "old_reaction": [],
            "new_reaction": [{"type": "emoji", "emoji": "👍"}],
        },
    }
    await asked.update(update)

    assert (await asked.statuses())[-1] == "help"


@pytest.mark.parametrize("emoji", ["👍", "❤", "👎", "😢"])
async def test_a_reaction_on_what_asked_nothing_gets_no_answer(
    line: Correspondent, emoji: str
) -> None:
    await line.settled_in()
    await line.write("شكرا")

    assert await line.react(await line.last_number(), [emoji]) == []
    assert await line.react("77777", [emoji]) == []

    assert await line.statuses() == []
    assert await line.cases() == {}


async def test_a_thumb_on_a_question_of_yes_or_no_is_its_answer(line: Correspondent) -> None:
    await line.write("تسجيل")

    await line.react(await line.last_number(), ["👍"])

    assert (await line.person()).consented_at is not None


async def test_a_second_thumb_says_nothing_new(asked: Correspondent) -> None:
    await asked.react(asked.roll_call, ["👍"])
    asked.clock.advance(minutes=1)

    assert await asked.react(asked.roll_call, ["❤"], ["👍"]) == []
    assert await asked.statuses() == ["safe"]


async def test_a_stranger_who_reacts_is_welcomed_later(line: Correspondent) -> None:
    await line.react("5", ["👍"])
    line.clock.advance(minutes=1)

    (answer,) = await line.write("سلام", written=line.clock() - timedelta(seconds=1))

    assert "inline_keyboard" in line.markup()
    assert answer
