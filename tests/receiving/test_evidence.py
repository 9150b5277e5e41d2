"""Forwards, quotes, cards and files: evidence for staff, never the word of who sends them."""

from __future__ import annotations

from typing import Any

import pytest

from bot.models import Case, CaseKind, CheckIn, InboundMessage
from tests.correspondent import CHAT, Correspondent
from tests.servers.telegram import user

FRIEND = {"type": "user", "sender_user": user(77), "date": 1_700_000_000}
HIDDEN = {"type": "hidden_user", "sender_user_name": "سالم الورفلي", "date": 1_700_000_000}
CHANNEL = {
    "type": "channel",
    "chat": {"id": -100, "type": "channel", "title": "أخبار طرابلس"},
    "message_id": 5,
    "date": 1_700_000_000,
}
GROUP = {
    "type": "chat",
    "sender_chat": {"id": -7, "type": "supergroup", "title": "الليبيون في إسطنبول"},
    "date": 1_700_000_000,
}
ORIGINS = {"friend": FRIEND, "hidden": HIDDEN, "channel": CHANNEL, "group": GROUP}
SAFE = ["أنا بخير", "بخير", "I am safe", "/safe", "نعم", "1"]
CRIES = ["نجدة", "SOS", "/needhelp", "النجدة", "🆘"]
ASKED = ("هل هي عنك", "Is it about you")
FILE = {"file_id": "FILE-1", "file_unique_id": "u"}
MEDIA: dict[str, tuple[dict[str, Any], str]] = {
    "voice": ({"voice": {**FILE, "duration": 12}}, "voice message, 12 s"),
    "audio": ({"audio": {**FILE, "duration": 90}}, "audio, 90 s"),
    "picture": ({"photo": [{**FILE, "width": 9, "height": 9}]}, "picture"),
    "video": ({"video": {**FILE, "width": 9, "height": 9, "duration": 7}}, "video, 7 s"),
    "video note": ({"video_note": {**FILE, "length": 9, "duration": 5}}, "video message, 5 s"),
    "file": ({"document": FILE}, "document"),
    "card file": ({"document": {**FILE, "mime_type": "text/x-vcard"}}, "contact card"),
    "sticker": (
        {
            "sticker": {
                **FILE,
                "width": 1,
                "height": 1,
                "type": "regular",
                "is_animated": False,
                "is_video": False,
            }
        },
        "sticker",
    ),
    "GIF": (
        {"animation": {**FILE, "width": 1, "height": 1, "duration": 2}, "document": FILE},
        "animation, 2 s",
    ),
    "dice": ({"dice": {"emoji": "🎲", "value": 3}}, "something that is no text"),
    "newer than us": ({"hologram": {"depth": 3}}, "something that is no text"),
}


def card(name: str, number: str, owner: int | None = None) -> dict[str, Any]:
    owned = {"user_id": owner} if owner else {}
    first, _, last = name.partition(" ")
    return {"contact": {"phone_number": number, "first_name": first, "last_name": last, **owned}}


# --- forwards -------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ORIGINS.values(), ids=ORIGINS)
async def test_a_forwarded_safe_is_no_word_of_the_sender(
    line: Correspondent, origin: dict[str, Any]
) -> None:
    await line.settled_in()
    await line.crisis()

    answers = await line.write("أنا بخير", forward_origin=origin)

    assert await line.rows(CheckIn) == []
    assert await line.cases() == {}
    assert any(words in answers[-1] for words in ASKED)
    assert "inline_keyboard" in line.markup()


@pytest.mark.parametrize("words", SAFE)
async def test_whatever_is_forwarded_answers_nothing(line: Correspondent, words: str) -> None:
    await line.settled_in()
    await line.crisis()

    await line.write(words, forward_origin=HIDDEN)

    assert await line.rows(CheckIn) == []


@pytest.mark.parametrize("words", CRIES)
async def test_a_forwarded_cry_is_a_report_to_look_at(line: Correspondent, words: str) -> None:
    await line.settled_in()
    await line.crisis()

    answers = await line.write(words, forward_origin=HIDDEN)

    (case,) = await line.rows(Case)
    assert (case.kind, case.relation) == (CaseKind.UNCLEAR, "other")
    assert "سالم الورفلي" in case.note
    assert words in case.note
    assert await line.rows(CheckIn) == []
    assert any(words in answers[-1] for words in ASKED)


async def test_the_person_says_that_a_forwarded_cry_is_their_own(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("نجدة", forward_origin=FRIEND)

    await line.write("عني")

    assert await line.statuses() == ["help"]
    assert "life" in await line.cases()


async def test_the_person_says_that_a_forwarded_cry_is_somebody_elses(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("نجدة", forward_origin=FRIEND)

    await line.write("عن شخص آخر")
    await line.write("مفقود")

    (case,) = await line.rows(Case)
    assert (case.relation, case.matter) == ("other", "missing")
    assert await line.statuses() == []


async def test_a_forwarded_safe_that_is_theirs_is_asked_about(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("أنا بخير", forward_origin=FRIEND)

    (answer,) = await line.write("عني أنا")

    assert "هل أنت بخير" in answer
    assert await line.statuses() == []
    await line.write("نعم")
    assert await line.statuses() == ["safe"]


async def test_a_forward_goes_into_the_open_case_marked_as_what_it_is(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("نجدة")

    await line.write("بيتنا في حي الأندلس", forward_origin=CHANNEL)

    note = (await line.cases())["life"]
    assert "forwarded from أخبار طرابلس" in note
    assert "بيتنا في حي الأندلس" in note
    assert (await line.person()).city is None


@pytest.mark.parametrize(
    "more",
    [
        {"location": {"latitude": 32.88, "longitude": 13.19}},
        {"text": "أنا في طرابلس ومعايا ٣"},
        card("سالم", "218910000002"),
    ],
    ids=["place", "told", "card"],
)
async def test_a_forward_tells_nothing_of_the_sender(
    line: Correspondent, more: dict[str, Any]
) -> None:
    await line.settled_in()

    answers = await line.write(more.pop("text", None), forward_origin=FRIEND, **more)

    person = await line.person()
    assert (person.country, person.city, person.party_size, person.phone) == (
        "TR",
        None,
        None,
        None,
    )
    assert answers


async def test_a_forward_is_no_answer_to_the_question_that_waits(line: Correspondent) -> None:
    await line.write("تسجيل")

    await line.write("نعم", forward_origin=FRIEND)

    assert (await line.person()).consented_at is None


@pytest.mark.parametrize(
    "words",
    [
        "Fwd: أنا بخير",
        "FW: I am safe",
        "رسالة محولة: أنا بخير",
        "منقول: أنا بخير",
        "Forwarded message:\nI am safe",
        "[29/11/2026, 10:02] عمر: أنا بخير",
    ],
)
@pytest.mark.parametrize("channel", ["telegram", "sms"])
async def test_a_text_that_says_it_is_passed_on_is_no_word_of_the_sender(
    line: Correspondent, words: str, channel: str
) -> None:
    await line.settled_in()
    await line.crisis()

    answers = await (line.text(words) if channel == "sms" else line.write(words))

    assert await line.rows(CheckIn) == []
    assert any(words in answers[-1] for words in ASKED)


async def test_what_a_message_quotes_is_not_what_it_says(line: Correspondent) -> None:
    await line.settled_in()
    words = "أنا بخير\nهذا ما كتبه أخي"
    quote = [{"type": "blockquote", "offset": 0, "length": 8}]
    await line.write(words, entities=quote)
    await line.write("شكرا", quote={"text": "أنا بخير", "position": 0})

    assert await line.rows(CheckIn) == []


# --- cards ----------------------------------------------------------------------------------------


async def test_the_card_of_somebody_missing_goes_into_the_report(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("/report_relative")
    await line.write("مفقود")

    await line.write(**card("عمر الورفلي", "+218 91 765 4321"))

    (case,) = await line.rows(Case)
    assert case.relation is not None
    assert "عمر الورفلي" in case.note
    assert "+218917654321" in case.note


@pytest.mark.parametrize("number", ["0917654321", "217654321"])
async def test_a_number_without_its_country_is_kept_as_it_stands(
    line: Correspondent, number: str
) -> None:
    await line.settled_in()
    await line.write("نجدة")

    answers = await line.write(**card("عمر", number))

    assert f"عمر {number}" in (await line.cases())["life"]
    assert "البطاقة" in answers[0]


async def test_a_card_out_of_the_blue_is_asked_about(line: Correspondent) -> None:
    await line.settled_in()

    (asked,) = await line.write(**card("عمر", "+218917654321"))
    assert "مفقود" in asked
    await line.write("نعم")
    await line.write("مفقود")

    (case,) = await line.rows(Case)
    assert (case.kind.value, case.matter) == ("relative", "missing")
    assert "عمر +218917654321" in case.note
    assert (await line.person()).phone is None


async def test_a_card_that_is_nobody_in_need_opens_nothing(line: Correspondent) -> None:
    (asked,) = await line.write(**card("عمر", "+218917654321"))
    assert asked
    (answer,) = await line.write("لا")

    assert answer
    assert await line.cases() == {}
    assert await line.statuses() == []


# --- files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "words"), MEDIA.values(), ids=MEDIA)
async def test_a_file_in_an_open_case_leaves_a_line(
    line: Correspondent, content: dict[str, Any], words: str
) -> None:
    await line.settled_in()
    await line.write("نجدة")

    answers = await line.write(**content)

    assert words in (await line.cases())["life"]
    assert "وصلت" in answers[0]
    assert "اكتب" in answers[0]
    kept = [row.content for row in await line.rows(InboundMessage)][-1]
    has_file = "hologram" not in content and "dice" not in content
    assert kept["attachments"][0]["file"] == ("FILE-1" if has_file else "")


async def test_a_picture_with_words_leaves_both(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("نجدة")

    await line.write(photo=[{**FILE, "width": 9, "height": 9}], caption="هذا باب العمارة")

    note = (await line.cases())["life"]
    assert "picture" in note
    assert "هذا باب العمارة" in note


@pytest.mark.parametrize(("content", "_words"), list(MEDIA.values())[:6], ids=list(MEDIA)[:6])
async def test_somebody_new_hears_that_words_are_needed(
    line: Correspondent, content: dict[str, Any], _words: str
) -> None:
    (answer,) = await line.write(**content)

    assert "وصلت" in answer
    assert "المكتوب" in answer
    assert await line.cases() == {}


@pytest.mark.parametrize(
    ("content_type", "words"),
    [
        ("image/jpeg", "picture"),
        ("audio/amr", "audio"),
        ("video/3gpp", "video"),
        ("text/x-vcard", "contact card"),
        ("application/pdf", "document"),
        ("", "something that is no text"),
    ],
)
async def test_an_mms_in_an_open_case_leaves_a_line(
    line: Correspondent, content_type: str, words: str
) -> None:
    await line.settled_in()
    await line.text("نجدة")

    (answer,) = await line.text(
        "", NumMedia="1", MediaUrl0="https://api/ME1", MediaContentType0=content_type
    )

    assert words in (await line.cases())["life"]
    assert "اكتب" in answer
    kept = [row.content for row in await line.rows(InboundMessage)][-1]
    assert kept["attachments"][0]["file"] == "https://api/ME1"


async def test_an_mms_with_words_is_read_and_its_pictures_noted(line: Correspondent) -> None:
    await line.settled_in()

    media = {f"MediaUrl{n}": f"https://api/ME{n}" for n in range(2)}
    types = {f"MediaContentType{n}": "image/png" for n in range(2)}
    await line.text("نجدة", NumMedia="2", **media, **types)

    note = (await line.cases())["life"]
    assert note.count("picture") == 2
    assert "نجدة" in note


async def test_a_shared_position_in_an_open_case_leaves_a_line(line: Correspondent) -> None:
    await line.settled_in()
    await line.write("نجدة")
    await line.write("نعم")

    await line.write(location={"latitude": 41.01, "longitude": 28.97})

    assert "41.01" in (await line.cases())["life"]
    assert str(CHAT) not in (await line.cases())["life"]
