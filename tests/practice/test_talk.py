"""`tammen talk`: a conversation in the terminal, without Rasa and Redis."""

from __future__ import annotations

import json

from bot.practice.talk import talk


async def test_each_line_is_answered_as_a_phone_shows_it() -> None:
    shown: list[str] = []

    await talk("ar", "sms", lines=["تسجيل\n", "١\n"], write=shown.append)

    assert shown[0].endswith("1. أوافق\n2. لا أوافق")
    assert shown[1] == "ما اسمك؟\n1. تخطّي"


async def test_json_has_one_object_a_message() -> None:
    shown: list[str] = []

    await talk("en", "telegram", as_json=True, lines=["/safe"], write=shown.append)

    (message,) = map(json.loads, shown)
    assert message["ask_location"] is True
    assert message["language"] == "en"
    assert set(message) == {"text", "buttons", "ask_location", "ask_contact", "language"}
