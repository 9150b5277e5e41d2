"""What Telegram sends, and what we make of it: a table of cases."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels import telegram
from bot.channels.errors import ParseError
from bot.messages import Channel, Contact, Form, Inbound, Kind, Location
from tests.servers.telegram import button, membership, message, user

PHOTO = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
FILE = {"file_id": "f", "file_unique_id": "u"}
STICKER = {
    **FILE,
    "width": 1,
    "height": 1,
    "type": "regular",
    "is_animated": False,
    "is_video": False,
}
GIF = {**FILE, "width": 1, "height": 1, "duration": 1}
PLACE = {"latitude": 41.01, "longitude": 28.97}
VENUE = {"location": PLACE, "title": "القنصلية الليبية", "address": "إسطنبول"}
NOT_OURS = {"id": 5, "type": "channel", "title": "أخبار"}


def inbound(kind: Kind, update_id: int = 1, **more: Any) -> Inbound:
    known = {"language": "ar", **more}
    return Inbound(Channel.TELEGRAM, str(update_id), "1001", kind, Form.CHAT, **known)


def text(words: str) -> Inbound:
    return inbound(Kind.TEXT, text=words)


def command(word: str, payload: str = "") -> Inbound:
    return inbound(Kind.COMMAND, text=word, payload=payload)


def said(words: str) -> dict[str, Any]:
    return message(1, 1001, words)


def sent(**more: Any) -> dict[str, Any]:
    return message(1, 1001, **more)


def edited(**more: Any) -> dict[str, Any]:
    return {
        "update_id": 1,
        "edited_message": message(1, 1001, **more)["message"] | {"edit_date": 1_780_000_001},
    }


def in_chat(kind: str) -> dict[str, Any]:
    update = said("السلام عليكم يا جماعة")
    update["message"]["chat"] = {"id": -100, "type": kind, "title": "الليبيون في إسطنبول"}
    return update


def card(phone: str, owner: int | None) -> dict[str, Any]:
    owned = {"user_id": owner} if owner else {}
    return sent(contact={"phone_number": phone, "first_name": "سالم", **owned})


def speaking(language: str | None) -> dict[str, Any]:
    update = said("مرحبا")
    update["message"]["from"] = {k: v for k, v in user(1001, language or "").items() if v != ""}
    return update


CASES: dict[str, tuple[dict[str, Any], Inbound | None]] = {
    "words": (said("أنا بخير والحمد لله"), text("أنا بخير والحمد لله")),
    "Libyan words": (said("توا أنا في اسطنبول ومعايا ٣"), text("توا أنا في اسطنبول ومعايا ٣")),
    "Arabic in Latin letters": (said("ana b5air"), text("ana b5air")),
    "several lines": (said("أنا بخير\n\nلكن أختي لا"), text("أنا بخير\n\nلكن أختي لا")),
    "blanks around": (said("  نعم \n"), text("نعم")),
    "a direction override is taken out": (said("\u202eنعم\u202c"), text("نعم")),
    "NUL bytes are taken out": (said("ن\x00عم"), text("نعم")),
    "only invisible marks": (said("\u200f\u200e\x00"), inbound(Kind.OTHER)),
    "only emoji": (said("😭😭"), text("😭😭")),
    "ten thousand letters are cut": (said("ب" * 10_000), text("ب" * 4000)),
    "start": (said("/start"), command("start")),
    "start with a payload": (said("/start warden_12"), command("start", "warden_12")),
    "a command to the bot by name": (said("/safe@TammenBot"), command("safe")),
    "a command by name with more words": (said("/start@TammenBot  abc"), command("start", "abc")),
    "a command in capitals": (said("/HELP"), command("help")),
    "an Arabic command": (said("/مساعدة"), command("مساعدة")),
    "an Arabic command with words": (
        said("/مكاني إسطنبول الفاتح"),
        command("مكاني", "إسطنبول الفاتح"),
    ),
    "a lone slash": (said("/"), text("/")),
    "a slash in the middle": (said("1/2"), text("1/2")),
    "a button": (button(1, 1001, "/safe"), inbound(Kind.BUTTON, text="/safe", callback_id="cb1")),
    "a button with a value": (
        button(1, 1001, "/slot language ar"),
        inbound(Kind.BUTTON, text="/slot language ar", callback_id="cb1"),
    ),
    "a place": (sent(location=PLACE), inbound(Kind.LOCATION, location=Location(41.01, 28.97))),
    "a venue": (
        sent(venue=VENUE, location=PLACE),
        inbound(Kind.LOCATION, location=Location(41.01, 28.97)),
    ),
    "one's own number": (
        card("218910000001", 1001),
        inbound(Kind.CONTACT, contact=Contact("+218910000001", True)),
    ),
    "one's own number with a plus": (
        card("+218 91 000 0001", 1001),
        inbound(Kind.CONTACT, contact=Contact("+218910000001", True)),
    ),
    "another's number": (
        card("+218910000002", 77),
        inbound(Kind.CONTACT, contact=Contact("+218910000002", False)),
    ),
    "a card without an account": (
        card("+218910000002", None),
        inbound(Kind.CONTACT, contact=Contact("+218910000002", False)),
    ),
    "a card that is no number": (card("123", 1001), inbound(Kind.OTHER)),
    "a photo with words": (sent(photo=PHOTO, caption="بيتنا تهدم"), text("بيتنا تهدم")),
    "a photo": (sent(photo=PHOTO), inbound(Kind.OTHER)),
    "a GIF": (sent(animation=GIF, document=FILE), inbound(Kind.OTHER)),
    "a sticker": (sent(sticker=STICKER), inbound(Kind.OTHER)),
    "a voice note": (sent(voice={**FILE, "duration": 4}), inbound(Kind.OTHER)),
    "a dice": (sent(dice={"emoji": "🎲", "value": 4}), inbound(Kind.OTHER)),
    "content newer than the library": (sent(hologram={"depth": 3}), inbound(Kind.OTHER)),
    "edited words": (edited(text="أنا في أنقرة"), inbound(Kind.EDITED, text="أنا في أنقرة")),
    "an edited caption": (edited(photo=PHOTO, caption="هنا"), inbound(Kind.EDITED, text="هنا")),
    "a live location moves on": (edited(location=PLACE), None),
    "blocked": (membership(1, 1001, "kicked"), inbound(Kind.BLOCKED)),
    "let in again": (membership(1, 1001, "member"), inbound(Kind.UNBLOCKED)),
    "something was pinned": (sent(pinned_message=said("مهم")["message"]), None),
    "an English phone": (speaking("en-GB"), inbound(Kind.TEXT, text="مرحبا", language="en")),
    "a Turkish phone": (speaking("tr"), inbound(Kind.TEXT, text="مرحبا", language=None)),
    "a phone that does not tell": (speaking(None), inbound(Kind.TEXT, text="مرحبا", language=None)),
    "a group": (in_chat("group"), None),
    "a supergroup": (in_chat("supergroup"), None),
    "a channel's post": (
        {"update_id": 1, "channel_post": said("خبر")["message"] | {"chat": NOT_OURS}},
        None,
    ),
    "a kind of update newer than the library": (
        {"update_id": 1, "telepathy": {"from": user(1001)}},
        None,
    ),
    "nothing but a number": ({"update_id": 1}, None),
    "a message that is a list": ({"update_id": 1, "message": [1, 2]}, None),
    "a message without a chat": ({"update_id": 1, "message": {"message_id": 1}}, None),
    "a date beyond all dates": (
        {"update_id": 1, "message": said("ن")["message"] | {"date": 10**18}},
        None,
    ),
    "a poll's answer": (
        {"update_id": 1, "poll_answer": {"poll_id": "1", "user": user(1), "option_ids": [0]}},
        None,
    ),
}


@pytest.mark.parametrize(("update", "expected"), CASES.values(), ids=CASES)
def test_an_update_is_read_as_what_the_person_did(
    update: dict[str, Any], expected: Inbound | None
) -> None:
    assert telegram.parse(update) == expected


@pytest.mark.parametrize(
    "update", [update for update, expected in CASES.values() if expected], ids=str
)
def test_what_is_read_survives_being_stored(update: dict[str, Any]) -> None:
    parsed = telegram.parse(update)
    assert parsed is not None
    assert Inbound.from_json(parsed.to_json()) == parsed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
    ids=[
        "empty",
        "cut",
        "null",
        "list",
        "no id",
        "a word for an id",
        "true for an id",
        "not UTF-8",
        "very deep",
    ],
)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError):
        telegram.load(body)


def test_the_secret_must_be_the_same_to_the_letter() -> None:
    assert telegram.verify("s3cret", "s3cret")
    for wrong in (None, "", "s3cre", "S3CRET", "سرّ"):
        assert not telegram.verify("s3cret", wrong)
