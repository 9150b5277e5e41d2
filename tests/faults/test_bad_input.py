"""What is not genuine is refused, what cannot be read is answered kindly, what comes twice counts
once.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bot.models import CheckIn, InboundMessage, InboundState, Person
from tests.faults.house import House, telegram_headers
from tests.servers import twilio
from tests.servers.telegram import message

CHAT, NUMBER = 218_910_000_001, "+218910000001"
WORDS = "أنا بخير"
LARGEST = 1_000_000  # bytes


async def test_what_is_not_genuine_or_cannot_be_read_is_refused_and_nothing_is_stored(
    house: House,
) -> None:
    await house.web()
    update, sms = message(1, CHAT, WORDS), twilio.inbound("SM1", NUMBER, WORDS)
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    statuses = {
        "wrong secret": await house.update(update, secret="guessed"),
        "no secret": await house.post("/hooks/telegram", json.dumps(update).encode(), {}),
        "wrong signature": await house.form("/hooks/sms", sms, token="guessed"),
        "no signature": await house.post(
            "/hooks/sms", b"From=%2B218910000001&MessageSid=SM1&Body=x", plain
        ),
        "receipt with a wrong signature": await house.form(
            "/hooks/sms/status", sms, token="guessed"
        ),
        "too large": await house.post("/hooks/telegram", b" " * (LARGEST + 1), telegram_headers()),
        "a form too large": await house.post("/hooks/sms", b"Body=" + b"x" * LARGEST, plain),
        "no JSON": await house.post("/hooks/telegram", WORDS.encode(), telegram_headers()),
        "no update": await house.post("/hooks/telegram", b'["update_id"]', telegram_headers()),
        "deep JSON": await house.post("/hooks/telegram", b"[" * 100_000, telegram_headers()),
        "no form": await house.post("/hooks/sms", WORDS.encode(), plain),
        "no signature of bytes": await house.post("/hooks/sms", b"\xff\xfe=\xff", plain),
        "a form without a number": await house.form("/hooks/sms", {"Body": WORDS}),
    }
    refusals = {
        "wrong": 403,
        "no secret": 403,
        "no signature": 403,
        "receipt": 403,
        "too large": 413,
        "a form too": 413,
    }
    expected = {
        why: next((code for start, code in refusals.items() if why.startswith(start)), 400)
        for why in statuses
    }
    assert statuses == expected
    assert await house.count() == 0
    assert await house.count(of=Person) == 0
    assert WORDS not in house.said()


async def test_what_comes_twice_has_one_effect(house: House) -> None:
    await house.web()
    await house.worker()
    update, sms = message(7, CHAT, WORDS), twilio.inbound("SM7", NUMBER, WORDS)
    together = [house.update(update) for _ in range(5)] + [
        house.form("/hooks/sms", sms) for _ in range(5)
    ]
    assert await asyncio.gather(*together) == [200] * 10
    await house.until(house.is_settled)
    assert [await house.update(update), await house.form("/hooks/sms", sms)] == [200, 200]
    await house.until(house.is_settled)
    assert (await house.count(), await house.count(of=CheckIn), await house.count(of=Person)) == (
        2,
        2,
        2,
    )
    assert (len(house.telegram.to(str(CHAT))), len(house.twilio.to(NUMBER))) == (1, 1)


async def test_whatever_people_send_gets_a_kind_answer(house: House) -> None:
    house.nlu.intent, house.nlu.confidence = "out_of_scope", 0.4
    await house.web()
    await house.worker()
    file = {"file_id": "1", "file_unique_id": "1"}
    sticker = {
        **file,
        "type": "regular",
        "width": 1,
        "height": 1,
        "is_animated": False,
        "is_video": False,
    }
    odd = [
        message(1, 1, animation={**file, "width": 1, "height": 1, "duration": 1}, document=file),
        message(2, 2, sticker=sticker),
        message(3, 3, "ا" * 10_000),
        message(4, 4, "\u202eأنا بخير\u202c\u2066"),
        message(5, 5, "أنا\x00 \x00بخير"),
        message(6, 6, "🙏🇱🇾❤️"),
        message(7, 7, "\u200f\u200b"),
        message(8, 8, photo=[{**file, "width": 1, "height": 1}]),
        message(9, 9, dice={"emoji": "🎲", "value": 3}),
        message(10, 10, "/start " + "%00" * 30),
    ]
    assert [await house.update(update) for update in odd] == [200] * len(odd)
    texts = [
        ("SMa", "+218910000011", ""),
        ("SMb", "+218910000012", "؟" * 1600),
        ("SMc", "+218910000013", "\u202e\x00"),
    ]
    assert [await house.texts(*sms) for sms in texts] == [200] * len(texts)
    await house.until(lambda: all(house.telegram.to(str(chat)) for chat in range(1, 11)))
    await house.until(lambda: all(house.twilio.to(number) for _sid, number, _words in texts))
    assert await house.states(InboundMessage) == {InboundState.DONE: len(odd) + len(texts)}
    assert "turn_failed" not in house.said()


async def test_an_unknown_kind_of_update_is_taken_and_stops_nothing(house: House) -> None:
    await house.web()
    await house.worker()
    strange: list[dict[str, Any]] = [
        {"update_id": 1, "purchased_paid_media": {"from": {"id": 1}, "paid_media_payload": "x"}},
        {"update_id": 2, "message": {"message_id": "not a number", "chat": []}},
        {"update_id": 3, "poll": {"id": "1"}},
        {"update_id": 4},
        {"update_id": 5, "edited_message": message(5, CHAT, "كلنا بخير")["message"]},
    ]
    assert [await house.update(update) for update in strange] == [200] * len(strange)
    assert await house.says(CHAT + 1, WORDS) == 200
    await house.until(lambda: house.telegram.to(str(CHAT + 1)))
