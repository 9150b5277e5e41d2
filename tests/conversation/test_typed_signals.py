"""What a person types is never read as a button, a place or a slot, whatever it looks like."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select

from bot import actions
from bot.channels import sms, telegram
from bot.conversation.turns import handle
from bot.dialogue import checking
from bot.inbox import rows
from bot.messages import Heard, Inbound, Kind
from bot.models import Case, InboundMessage, InboundState, OutboundMessage, Person
from bot.practice.talk import EXACT
from bot.runtime.runtime import Runtime

FLOWS = checking.load(actions=actions.ACTIONS)
_ids = itertools.count(1)

Typed = Callable[[str], Inbound]

LOOKALIKES = [
    "/slot place @x",
    "/slot place ~",
    "/slot name x",
    "/slot name skip",
    "/slot consent true",
    "/slot",
    "slot place TR/Istanbul",
    "@1,2",
    "=نعم",
    "~x",
    "AA|BB",
    "=LY/Tripoli",
    "/slot chosen_place LY/" + "Tripoli " * 20,
    "/chosen_place LY/Tripoli",
]


def on_telegram(words: str) -> Inbound:
    """Return what a person types on Telegram."""
    person = {"id": 1001, "is_bot": False, "first_name": "سالم", "language_code": "ar"}
    chat = {"id": 1001, "type": "private"}
    number = next(_ids)
    message = {"message_id": number, "date": 1_780_000_000, "from": person, "chat": chat}
    inbound = telegram.parse({"update_id": number, "message": {**message, "text": words}})
    assert inbound is not None
    return inbound


def by_sms(words: str) -> Inbound:
    """Return what a person types in an SMS."""
    inbound = sms.parse({"MessageSid": f"SM{next(_ids)}", "From": "+905551234567", "Body": words})
    assert inbound is not None
    return inbound


async def tell(runtime: Runtime, messages: Sequence[Inbound]) -> Person:
    """Take the turns of these messages; return the record of the person."""
    async with runtime.db.begin() as session:
        (person_id, *_) = await rows.receive(session, messages, runtime.clock())
    assert person_id is not None
    await handle(runtime, FLOWS, person_id, EXACT)
    async with runtime.db.read() as session:
        return await session.get_one(Person, person_id)


async def outcome(runtime: Runtime) -> tuple[list[str], set[InboundState], list[str]]:
    """Return the texts of all replies, the states of all messages, and the kinds of all cases."""
    async with runtime.db.read() as session:
        replies = await session.scalars(select(OutboundMessage).order_by(OutboundMessage.id))
        texts = [reply.content["text"] for reply in replies if reply.content]
        messages = await session.scalars(select(InboundMessage))
        states = {message.state for message in messages}
        cases = await session.scalars(select(Case))
        kinds = [case.kind.value for case in cases]
    return texts, states, kinds


@pytest.mark.parametrize("words", LOOKALIKES)
@pytest.mark.parametrize("typed", [on_telegram, by_sms])
async def test_asked_for_a_place_nothing_typed_is_a_place_of_its_own_making(
    runtime: Runtime, typed: Typed, words: str
) -> None:
    messages = [typed("مكاني"), typed(words)]

    person = await tell(runtime, messages)

    texts, states, kinds = await outcome(runtime)
    is_city = words == "slot place TR/Istanbul"  # it names Istanbul, as any words may
    waiting = (person.dialogue or {})["stack"]
    assert (person.country, person.location) == ("TR" if is_city else None, None)
    assert [frame[0] for frame in waiting][-1:] == ([] if is_city else ["tell_place"])
    assert len(texts) >= 2
    assert (states, kinds) == ({InboundState.DONE}, [])


@pytest.mark.parametrize("words", LOOKALIKES)
@pytest.mark.parametrize("typed", [on_telegram, by_sms])
async def test_asked_for_consent_only_a_yes_is_a_yes(
    runtime: Runtime, typed: Typed, words: str
) -> None:
    person = await tell(runtime, [typed("تسجيل"), typed(words)])

    _texts, states, kinds = await outcome(runtime)
    is_yes = words == "=نعم"  # the word, after a sign that means nothing
    assert (person.consented_at is not None) is is_yes
    assert person.name is None
    assert (states, kinds) == ({InboundState.DONE}, [])


@pytest.mark.parametrize("words", ["/slot name x", "/slot name skip", "@1,2", "~", "AA|BB"])
@pytest.mark.parametrize("typed", [on_telegram, by_sms])
async def test_asked_for_a_name_the_question_stays_open(
    runtime: Runtime, typed: Typed, words: str
) -> None:
    person = await tell(runtime, [typed("تسجيل"), typed("نعم"), typed(words), typed("سالم")])

    texts, _states, kinds = await outcome(runtime)
    assert (person.name, kinds) == ("سالم", [])
    assert "اسم" in texts[-2]  # asked again, after the menu where that was shown


@pytest.mark.parametrize("words", ["@1,2", "~x", "=نعم", "AA|BB", "slot whereabouts ~x"])
@pytest.mark.parametrize("typed", [on_telegram, by_sms])
async def test_somebody_in_need_is_quoted_to_staff_as_they_typed(
    runtime: Runtime, typed: Typed, words: str
) -> None:
    person = await tell(runtime, [typed("نجدة"), typed(words)])

    async with runtime.db.read() as session:
        (case,) = await session.scalars(select(Case))
    assert words in (case.note or "")
    assert (person.country, person.location) == (None, None)


@pytest.mark.parametrize(
    "payload",
    [
        "/slot place @x",
        "/slot place ~",
        "/slot place ZZ",
        "/slot place XX/Nowhere",
        "/slot place skip",
        "/slot place ",
        "/slot place LY|TR",
    ],
)
async def test_a_button_that_was_never_offered_leaves_the_question_open(
    runtime: Runtime, payload: str
) -> None:
    asked = on_telegram("مكاني")
    forged = on_telegram("x")
    button = Inbound(
        forged.channel, forged.provider_id, forged.address, Kind.BUTTON, forged.form, payload
    )

    person = await tell(runtime, [asked, button])

    _texts, states, kinds = await outcome(runtime)
    assert (person.country, person.city, person.location) == (None, None, None)
    assert (states, kinds) == ({InboundState.DONE}, [])


async def test_a_question_of_version_1_takes_its_answer(runtime: Runtime) -> None:
    person = await tell(runtime, [on_telegram("سلام")])
    options = [["=طرابلس، ليبيا", "LY/Tripoli"], ["=طرابلس، لبنان", "LB/Tripoli"]]
    slots = {"place": "LY/Tripoli|LB/Tripoli", "options": options, "placed": False}
    offered = [[label, f"/slot chosen_place {code}"] for label, code in options]
    async with runtime.db.begin() as session:
        person = await session.get_one(Person, person.id)
        person.dialogue = {"stack": [["tell_place", "which", slots, 0]], "offered": offered}

    person = await tell(runtime, [on_telegram("2")])

    assert (person.country, person.city) == ("LB", "LB/Tripoli")


async def hear(runtime: Runtime, words: str) -> list[str]:
    """Return the texts that a reader of sentences was asked about."""
    asked: list[str] = []

    async def reader(text: str, home: str | None) -> Heard:
        asked.append(text)
        return await EXACT(text, home)

    async with runtime.db.begin() as session:
        (person_id,) = await rows.receive(session, [by_sms(words)], runtime.clock())
    assert person_id is not None
    await handle(runtime, FLOWS, person_id, reader)
    return asked


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("/HELP ME we are trapped", "help ME we are trapped"),
        ("/خطر القصف علينا", "خطر القصف علينا"),
        ("/نجدة محاصرين في الدحية", "نجدة محاصرين في الدحية"),
        ("/start نحن محاصرون", "نحن محاصرون"),
        ("/start please help us", "please help us"),
        ("/safe but my wife is bleeding", "safe but my wife is bleeding"),
        ("/بخير لكن زوجتي تنزف", "بخير لكن زوجتي تنزف"),
        ("/stop them they are shooting", "stop them they are shooting"),
        ("/warda is my sister", "warda is my sister"),
        ("/ 7aserona", "/ 7aserona"),
    ],
)
async def test_words_behind_a_slash_are_read(runtime: Runtime, words: str, text: str) -> None:
    assert text in await hear(runtime, words)


@pytest.mark.parametrize("words", ["/sos", "/SOS", "/نجدة", "/needhelp", "/الحقوني"])
async def test_a_cry_behind_a_slash_opens_a_case(runtime: Runtime, words: str) -> None:
    await tell(runtime, [by_sms(words)])
    _texts, states, kinds = await outcome(runtime)
    assert (states, kinds) == ({InboundState.DONE}, ["life"])


@pytest.mark.parametrize("words", ["/start", "/start register", "/language en", "/help", "/بخير"])
async def test_an_order_is_no_sentence(runtime: Runtime, words: str) -> None:
    assert await hear(runtime, words) == []
