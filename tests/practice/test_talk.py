"""`tammen talk`: a conversation in the terminal, without Rasa and Redis."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from bot.conversation.look import Understand
from bot.messages import Kind
from bot.practice import talk as talks
from bot.practice.talk import EXACT, Stage, talk
from tests.dialogue.talking import Scripted


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Prepare a database that every conversation copies."""
    async with talks.stage() as prepared:
        yield prepared


async def exchanges(
    stage: Stage,
    *lines: str,
    screen: talks.Screen = "telegram",
    understanding: Understand = EXACT,
) -> list[dict[str, Any]]:
    """Play lines in English; return what `--json --facts` prints for each."""
    async with stage.opened("en", screen, understanding) as person:
        return [(await person.exchange(line)).to_json() for line in lines]


async def test_each_line_is_answered_as_a_phone_shows_it() -> None:
    shown: list[str] = []

    await talk("ar", "sms", lines=["تسجيل\n", "١\n"], write=shown.append)

    assert shown[0].endswith("1. أوافق\n2. لا أوافق")
    assert shown[1] == "ما اسمك؟\n1. تخطّي"


async def test_json_has_one_object_a_message() -> None:
    shown: list[str] = []

    await talk("en", "telegram", "messages", lines=["/safe"], write=shown.append)

    (message,) = map(json.loads, shown)
    assert message["ask_location"] is True
    assert message["language"] == "en"
    assert set(message) == {"text", "buttons", "ask_location", "ask_contact", "language"}


async def test_with_facts_there_is_one_object_a_line() -> None:
    shown: list[str] = []

    await talk("en", "telegram", "facts", lines=["/needhelp\n", "!nothing\n"], write=shown.append)

    answered, refused = map(json.loads, shown)
    assert list(answered) == ["line", "replies", "understood", "facts"]
    assert set(answered["replies"][0]) == {"text", "buttons"}
    assert answered["facts"]["status"] == "help"
    assert "!nothing" in refused["error"]
    assert refused["facts"] == answered["facts"]


async def test_a_line_that_cannot_be_played_is_complained_about() -> None:
    shown: list[str] = []
    complaints: list[str] = []

    await talk(
        "en",
        "telegram",
        lines=["!crisis XX|War|حرب", "!press Anything"],
        write=shown.append,
        complain=complaints.append,
    )

    assert shown == []
    assert complaints == [
        "Not a country code: XX.",
        "there is no button 'Anything'; the last buttons are: none",
    ]


async def test_facts_are_what_staff_would_see(stage: Stage) -> None:
    lines = ("/needhelp", "!location 15.6,32.53", "we are under fire")
    *_, last = await exchanges(stage, *lines)
    shown = last["facts"]
    (case,) = shown["cases"]
    assert list(shown) == [
        "status", "place", "party", "name", "phone", "language",
        "registered", "consented", "stopped", "forgotten", "cases", "place_words", "bound_for",
        "residence", "trip", "household", "needs", "contact",
    ]  # fmt: skip
    assert (shown["status"], shown["place"][:3], shown["language"]) == ("help", "SD/", "en")
    assert (shown["party"], shown["stopped"], shown["forgotten"]) == (None, False, False)
    assert (case["kind"], case["about"], case["open"]) == ("life", "self", True)
    assert "we are under fire" in case["words"]


async def test_a_case_about_somebody_else_says_whom(stage: Stage) -> None:
    reader = Scripted({"report_relative": 0.9})
    (first,) = await exchanges(stage, "my brother is missing", understanding=reader)
    (case,) = first["facts"]["cases"]
    assert case["kind"] == "relative"
    assert "my brother is missing" in case["words"]
    assert case["about"] == {"name": None, "relation": "brother", "matter": "missing"}
    heard = {"intent": "report_relative", "confidence": 0.9, "text": "my brother is missing"}
    assert first["understood"] == [heard]


async def test_before_the_first_message_there_are_no_facts(stage: Stage) -> None:
    (waited,) = await exchanges(stage, "!later 1d")
    assert waited["replies"] == []
    assert (waited["facts"]["language"], waited["facts"]["cases"]) == (None, [])


async def test_nothing_is_left_of_somebody_who_was_forgotten(stage: Stage) -> None:
    lines = ("/register", "!press I agree", "Salem Omran", "/forget", "!press Delete my data")
    *_, named, _, forgotten = await exchanges(stage, *lines)
    assert named["facts"]["name"] == "Salem Omran"
    assert (forgotten["facts"]["forgotten"], forgotten["facts"]["name"]) == (True, None)
    assert forgotten["facts"]["cases"] == []


async def test_later_moves_the_clock(stage: Stage) -> None:
    async with stage.opened("en", "telegram") as person:
        before = person.runtime.clock()
        before_seconds = person.runtime.clock.monotonic()
        await person.say("!later 3h")
        assert (person.runtime.clock() - before).total_seconds() >= 3 * 3600
        assert person.runtime.clock.monotonic() - before_seconds >= 3 * 3600


async def test_a_contact_is_ones_own_number(stage: Stage) -> None:
    lines = ("/register", "!press I agree", "!press Skip", "!location 36.8,10.18", "!press Just me")
    *_, shared = await exchanges(stage, *lines, "!contact +218 91 000 00 17")
    assert shared["facts"]["phone"] == "+218910000017"


async def test_an_sms_has_no_buttons_and_carries_words_only(stage: Stage) -> None:
    lines = ("register", "!press I agree", "!location 36.8,10.18", "!contact +218910000017")
    asked, agreed, position, contact = await exchanges(stage, *lines, screen="sms")
    assert asked["replies"][0]["buttons"] == ["I agree", "I do not agree"]
    assert agreed["facts"]["consented"] is True
    assert position["error"] == "an SMS cannot carry a position"
    assert contact["error"] == "an SMS cannot carry a contact card"


async def test_the_language_of_the_phone_does_not_reach_an_sms(stage: Stage) -> None:
    async with stage.opened("en", "sms") as person:
        assert person.inbound(Kind.TEXT).language is None
        assert person.inbound(Kind.TEXT).phone == talks.NUMBER
    async with stage.opened("en", "telegram") as person:
        assert person.inbound(Kind.TEXT).language == "en"
        assert person.inbound(Kind.TEXT).phone == ""


async def test_a_case_about_somebody_else_keeps_their_name(stage: Stage) -> None:
    reader = Scripted({"report_relative": 0.9})
    lines = ("خوي مفقود من امس", "اسمه سالم الورفلي")
    *_, last = await exchanges(stage, *lines, understanding=reader)
    (case,) = last["facts"]["cases"]
    assert case["about"] == {"name": "سالم الورفلي", "relation": "brother", "matter": "missing"}
