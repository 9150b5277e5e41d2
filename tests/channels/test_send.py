"""Sending against real small servers: what they get, and what their refusals mean."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.channels import phone, sms, telegram
from bot.channels.errors import SendError
from bot.messages import Button, Content, Form, Outbound
from tests.servers.provider import Provider, Trouble
from tests.servers.telegram import BLOCKED, DOWN, NOT_FOUND, TOKEN, Telegram, flood
from tests.servers.telegram import refused as telegram_refused
from tests.servers.twilio import ACCOUNT, SENDER, STOPPED, Twilio
from tests.servers.twilio import TOKEN as TWILIO_TOKEN
from tests.servers.twilio import refused as twilio_refused

NUMBER = "+218910000001"
ASKED = Content("هل أنت بخير؟", (Button("بخير", "/safe"), Button("أحتاج مساعدة", "/needhelp")))


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def bot(server: Provider) -> telegram.Credentials:
    return telegram.Credentials(TOKEN, server.url)


def account(server: Provider, sender: str = SENDER) -> sms.Credentials:
    return sms.Credentials(ACCOUNT, TWILIO_TOKEN, sender, server.url, "https://tammen.example")


def to_chat(content: Content = ASKED) -> Outbound:
    return Outbound(7, "1001", Form.CHAT, content)


def to_number(content: Content = ASKED) -> Outbound:
    return Outbound(7, NUMBER, Form.TEXT, content)


async def test_buttons_go_to_telegram_as_buttons(
    http: aiohttp.ClientSession, bot_api: Telegram
) -> None:
    sent = await telegram.send(http, bot(bot_api), to_chat())
    (call,) = bot_api.to("1001")
    rows = json.loads(call.fields["reply_markup"])["inline_keyboard"]
    assert call.fields["text"] == "هل أنت بخير؟"
    assert [(b["text"], b["callback_data"]) for (b,) in rows] == [
        ("بخير", "/safe"),
        ("أحتاج مساعدة", "/needhelp"),
    ]
    assert (sent.provider_id, sent.parts) == ("1", 1)


async def test_a_page_goes_to_telegram_as_a_file_with_its_text_and_buttons(
    http: aiohttp.ClientSession, bot_api: Telegram
) -> None:
    page = "<!doctype html><p>بياناتك</p>"
    content = Content("هذا ما عندنا عنك", ASKED.buttons, page=page, page_name="بياناتي.html")
    sent = await telegram.send(http, bot(bot_api), to_chat(content))
    (call,) = bot_api.to("1001")
    assert (call.name, call.fields["caption"]) == ("sendDocument", "هذا ما عندنا عنك")
    assert "/needhelp" in call.fields["reply_markup"]
    assert bot_api.files["بياناتي.html"].decode() == page
    assert sent.provider_id == "1"


async def test_a_page_that_telegram_refuses_is_an_error_like_any_other(
    http: aiohttp.ClientSession, bot_api: Telegram
) -> None:
    bot_api.troubles.append(BLOCKED)
    content = Content("هذا ما عندنا عنك", page="<p></p>", page_name="a.html")
    with pytest.raises(SendError) as refusal:
        await telegram.send(http, bot(bot_api), to_chat(content))
    assert refusal.value.stop


async def test_asking_for_a_place_offers_to_share_it(
    http: aiohttp.ClientSession, bot_api: Telegram
) -> None:
    content = Content("أين أنت؟", (Button("لاحقًا", "/later"),), ask_location=True)
    await telegram.send(http, bot(bot_api), to_chat(content))
    keyboard = json.loads(bot_api.to("1001")[0].fields["reply_markup"])["keyboard"]
    assert keyboard[0][0]["request_location"] is True
    assert keyboard[1][0]["text"] == "لاحقًا"


async def test_a_long_text_goes_in_pieces_and_the_buttons_under_the_last(
    http: aiohttp.ClientSession, bot_api: Telegram
) -> None:
    paragraph = "ابقوا في بيوتكم ولا تقتربوا من الشاطئ. " * 40
    await telegram.send(
        http, bot(bot_api), to_chat(Content("\n\n".join([paragraph] * 4), ASKED.buttons))
    )
    calls = bot_api.to("1001")
    assert len(calls) == 2
    assert all(len(call.fields["text"]) <= 4096 for call in calls)
    assert ["reply_markup" in call.fields for call in calls] == [False, True]


async def test_a_text_message_numbers_its_choices(
    http: aiohttp.ClientSession, twilio: Twilio
) -> None:
    sent = await sms.send(http, account(twilio), to_number())
    (call,) = twilio.to(NUMBER)
    assert call.fields["Body"] == "هل أنت بخير؟\n1. بخير\n2. أحتاج مساعدة"
    assert call.fields["From"] == SENDER
    assert call.fields["StatusCallback"] == "https://tammen.example/hooks/sms/status?id=7"
    assert (sent.provider_id, sent.parts) == (call.fields["sid"], 1)


async def test_a_messaging_service_is_named_as_such(
    http: aiohttp.ClientSession, twilio: Twilio
) -> None:
    await sms.send(http, account(twilio, "MG" + "0" * 32), to_number())
    assert twilio.to(NUMBER)[0].fields["MessagingServiceSid"] == "MG" + "0" * 32
    assert "From" not in twilio.to(NUMBER)[0].fields


@pytest.mark.parametrize(
    ("letters", "parts"), [(70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (268, 4)]
)
async def test_arabic_parts_are_counted_as_they_are_billed(
    http: aiohttp.ClientSession, twilio: Twilio, letters: int, parts: int
) -> None:
    sent = await sms.send(http, account(twilio), to_number(Content("ب" * letters)))
    assert sent.parts == parts == sms.parts(Content("ب" * letters))


async def test_what_an_sms_cannot_show_is_left_out(
    http: aiohttp.ClientSession, twilio: Twilio
) -> None:
    await sms.send(
        http, account(twilio), to_number(Content("\u2068Stay\u2069 \u201chome\u201d…\r\nnow"))
    )
    assert twilio.to(NUMBER)[0].fields["Body"] == 'Stay "home"...\nnow'


async def test_a_very_long_sms_goes_in_several(http: aiohttp.ClientSession, twilio: Twilio) -> None:
    content = Content("ابقوا في بيوتكم. " * 200)
    await sms.send(http, account(twilio), to_number(content))
    bodies = [call.fields["Body"] for call in twilio.to(NUMBER)]
    assert len(bodies) == 3
    assert " ".join(bodies) == content.text.strip()


def test_the_phone_page_has_it_at_once() -> None:
    chat, text = (
        phone.send(to_chat()),
        phone.send(Outbound(8, f"text:{NUMBER}", Form.TEXT, Content("ب" * 71))),
    )
    assert (chat.provider_id, chat.parts, chat.delivered) == ("phone:7", 1, True)
    assert (text.provider_id, text.parts, text.delivered) == ("phone:8", 2, True)


CUT, HALF_WAY = Trouble(cut=True), Trouble(cut=True, took=True)
NONSENSE = Trouble(502, {})
REFUSALS: dict[str, tuple[Trouble, tuple[str, float | None, bool]]] = {
    "blocked": (BLOCKED, ("blocked", None, True)),
    "deactivated": (telegram_refused(403, "Forbidden: user is deactivated"), ("gone", None, True)),
    "never wrote": (
        telegram_refused(403, "Forbidden: bot can't initiate conversation with a user"),
        ("blocked", None, True),
    ),
    "no such chat": (NOT_FOUND, ("gone", None, True)),
    "invalid peer": (telegram_refused(400, "Bad Request: PEER_ID_INVALID"), ("gone", None, True)),
    "too long": (
        telegram_refused(400, "Bad Request: message is too long"),
        ("rejected", None, False),
    ),
    "a bad button": (
        telegram_refused(400, "Bad Request: BUTTON_DATA_INVALID"),
        ("rejected", None, False),
    ),
    "too fast": (flood(7), ("flood", 7.0, False)),
    "a wrong token": (telegram_refused(401, "Unauthorized"), ("credentials", 0.0, False)),
    "not found": (telegram_refused(404, "Not Found"), ("credentials", 0.0, False)),
    "broken": (DOWN, ("unavailable", 0.0, False)),
    "a gateway before it broken": (NONSENSE, ("unavailable", 0.0, False)),
    "cut": (CUT, ("unclear", 0.0, False)),
    "cut after taking it": (HALF_WAY, ("unclear", 0.0, False)),
    "became a group": (
        Trouble(
            400, {"ok": False, "description": "group", "parameters": {"migrate_to_chat_id": -5}}
        ),
        ("gone", None, True),
    ),
}


@pytest.mark.parametrize(("trouble", "meaning"), REFUSALS.values(), ids=REFUSALS)
async def test_telegrams_refusals_become_our_words(
    http: aiohttp.ClientSession, bot_api: Telegram, trouble: Trouble, meaning: Any
) -> None:
    bot_api.always = trouble
    with pytest.raises(SendError) as caught:
        await telegram.send(http, bot(bot_api), to_chat())
    assert (caught.value.reason, caught.value.retry, caught.value.stop) == meaning
    assert TOKEN not in repr(caught.value)


SMS_REFUSALS: dict[str, tuple[Trouble, tuple[str, float | None, bool]]] = {
    "said STOP": (STOPPED, ("blocked", None, True)),
    "not a number": (twilio_refused(400, 21211), ("gone", None, True)),
    "not a mobile": (twilio_refused(400, 21614), ("gone", None, True)),
    "a country not switched on": (twilio_refused(400, 21408), ("unroutable", None, False)),
    "no way from here to there": (twilio_refused(400, 21612), ("unroutable", None, False)),
    "too long": (twilio_refused(400, 21617), ("rejected", None, False)),
    "the sender is not ours": (twilio_refused(400, 21606), ("credentials", 0.0, False)),
    "a wrong token": (twilio_refused(401, 20003), ("credentials", 0.0, False)),
    "too fast": (twilio_refused(429, 20429), ("flood", 10.0, False)),
    "its queue is full": (twilio_refused(400, 21611), ("flood", 60.0, False)),
    "a code we do not know": (twilio_refused(400, 29999), ("rejected", None, False)),
    "broken": (twilio_refused(500, 20500), ("unavailable", 0.0, False)),
    "broken without a word": (Trouble(503, {}), ("unavailable", 0.0, False)),
    "cut": (CUT, ("unclear", 0.0, False)),
    "cut after taking it": (HALF_WAY, ("unclear", 0.0, False)),
}


@pytest.mark.parametrize(("trouble", "meaning"), SMS_REFUSALS.values(), ids=SMS_REFUSALS)
async def test_twilios_refusals_become_our_words(
    http: aiohttp.ClientSession, twilio: Twilio, trouble: Trouble, meaning: Any
) -> None:
    twilio.always = trouble
    with pytest.raises(SendError) as caught:
        await sms.send(http, account(twilio), to_number())
    assert (caught.value.reason, caught.value.retry, caught.value.stop) == meaning


async def test_nobody_at_home_is_unavailable(http: aiohttp.ClientSession) -> None:
    async with Telegram().running() as gone, Twilio().running() as gone_too:
        chat, number = bot(gone), account(gone_too)
    for sending in (telegram.send(http, chat, to_chat()), sms.send(http, number, to_number())):
        with pytest.raises(SendError, match="unavailable"):
            await sending


async def test_an_answer_that_never_comes_is_unclear(
    http: aiohttp.ClientSession, twilio: Twilio
) -> None:
    twilio.always = Trouble(hang=True)
    client = sms.client(http, account(twilio))
    client.http_client._timeout = aiohttp.ClientTimeout(total=0.05)
    with pytest.raises(SendError, match="unclear"):
        await sms.send(http, account(twilio), to_number())


async def test_a_press_is_answered_and_an_old_one_hurts_nobody(
    http: aiohttp.ClientSession, bot_api: Telegram
) -> None:
    assert await telegram.answer(http, bot(bot_api), "cb1")
    assert bot_api.calls[0].fields["callback_query_id"] == "cb1"
    bot_api.always = telegram_refused(400, "Bad Request: query is too old")
    assert not await telegram.answer(http, bot(bot_api), "cb2")
