"""What Telegram sends, and what we make of it: a table of cases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import telegram
from bot.channels.errors import ParseError
from bot.messages import Attachment, Channel, Contact, Form, Inbound, Kind, Location, MediaKind
from tests.servers.telegram import button, membership, message, reaction, user

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
ORIGIN = {"type": "hidden_user", "sender_user_name": "سالم", "date": 1_700_000_000}
NOT_OURS = {"id": 5, "type": "channel", "title": "أخبار"}


DATE = 1_780_000_000
EDITED = datetime.fromtimestamp(DATE + 60, UTC)
WRITTEN = datetime.fromtimestamp(DATE, UTC)


def inbound(kind: Kind, update_id: int = 1, **more: Any) -> Inbound:
    known = {"language": "ar", "message_id": "1", "written_at": WRITTEN, **more}
    return act(kind, update_id, **known)


def file(media: MediaKind, name: str = "f", seconds: int = 0, **more: Any) -> Inbound:
    """A message that is but a file."""
    return inbound(Kind.OTHER, attachments=(Attachment(media, name, seconds),), **more)


def forwarded(origin: str = "", **more: Any) -> Inbound:
    return inbound(Kind.TEXT, is_forwarded=True, origin=origin, **more)


def act(kind: Kind, update_id: int = 1, **more: Any) -> Inbound:
    """What somebody does that is no message of theirs."""
    known = {"language": "ar", **more}
    return Inbound(Channel.TELEGRAM, str(update_id), "1001", kind, Form.CHAT, **known)


def text(words: str) -> Inbound:
    return inbound(Kind.TEXT, text=words)


def command(word: str, payload: str = "") -> Inbound:
    return inbound(Kind.COMMAND, text=word, payload=payload)


def said(words: str) -> dict[str, Any]:
    return message(1, 1001, words, date=DATE)


def sent(**more: Any) -> dict[str, Any]:
    return message(1, 1001, **{"date": DATE, **more})


def edited(**more: Any) -> dict[str, Any]:
    return {
        "update_id": 1,
        "edited_message": sent(**more)["message"] | {"edit_date": DATE + 60},
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
    "a button": (button(1, 1001, "/safe"), act(Kind.BUTTON, text="/safe", callback_id="cb1")),
    "a button with a value": (
        button(1, 1001, "/slot language ar"),
        act(Kind.BUTTON, text="/slot language ar", callback_id="cb1"),
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
        inbound(Kind.CONTACT, contact=Contact("+218910000002", False, "سالم")),
    ),
    "a card without an account": (
        card("+218910000002", None),
        inbound(Kind.CONTACT, contact=Contact("+218910000002", False, "سالم")),
    ),
    "a card that is no number": (card("123", 1001), inbound(Kind.OTHER)),
    "another's card that is no number": (
        card("123", 77),
        inbound(Kind.CONTACT, contact=Contact("123", False, "سالم")),
    ),
    "a photo with words": (
        sent(photo=PHOTO, caption="بيتنا تهدم"),
        inbound(Kind.TEXT, text="بيتنا تهدم", attachments=(Attachment(MediaKind.PHOTO, "f"),)),
    ),
    "a photo": (sent(photo=PHOTO), file(MediaKind.PHOTO)),
    "a GIF": (sent(animation=GIF, document=FILE), file(MediaKind.ANIMATION, seconds=1)),
    "a sticker": (sent(sticker=STICKER), file(MediaKind.STICKER)),
    "a voice note": (sent(voice={**FILE, "duration": 4}), file(MediaKind.VOICE, seconds=4)),
    "a card as a file": (
        sent(document={**FILE, "mime_type": "text/vcard"}),
        file(MediaKind.CARD),
    ),
    "a dice": (sent(dice={"emoji": "🎲", "value": 4}), file(MediaKind.OTHER, "")),
    "content newer than the library": (sent(hologram={"depth": 3}), file(MediaKind.OTHER, "")),
    "forwarded words": (
        sent(text="أنا بخير", forward_origin=ORIGIN),
        forwarded("سالم", text="أنا بخير"),
    ),
    "a forwarded command": (
        sent(text="/safe", forward_origin=ORIGIN),
        forwarded("سالم", text="/safe"),
    ),
    "forwarded by an old server": (
        sent(text="أنا بخير", forward_from=user(7)),
        forwarded(text="أنا بخير"),
    ),
    "a reply": (
        sent(text="نعم", reply_to_message=message(44, 1001, "هل أنت بخير؟")["message"]),
        inbound(Kind.TEXT, text="نعم", reply_to="44"),
    ),
    "words under a quote": (
        sent(
            text="أنا بخير\nمن كتب هذا؟",
            entities=[{"type": "blockquote", "offset": 0, "length": 8}],
        ),
        text("من كتب هذا؟"),
    ),
    "a quote under an emoji": (
        sent(
            text="😭 أنا بخير",
            entities=[{"type": "expandable_blockquote", "offset": 3, "length": 8}],
        ),
        text("😭"),
    ),
    "a reaction": (
        reaction(1, 1001, 44, ["👍"], date=DATE),
        act(Kind.REACTION, text="👍", reply_to="44", written_at=WRITTEN),
    ),
    "a second reaction": (
        reaction(1, 1001, 44, ["👍", "😢"], ["👍"], date=DATE),
        act(Kind.REACTION, text="😢", reply_to="44", written_at=WRITTEN),
    ),
    "a reaction taken away": (reaction(1, 1001, 44, [], ["👍"], date=DATE), None),
    "edited words": (
        edited(text="أنا في أنقرة"),
        inbound(Kind.EDITED, text="أنا في أنقرة", written_at=EDITED),
    ),
    "an edited caption": (
        edited(photo=PHOTO, caption="هنا"),
        inbound(
            Kind.EDITED,
            text="هنا",
            written_at=EDITED,
            attachments=(Attachment(MediaKind.PHOTO, "f"),),
        ),
    ),
    "a live location moves on": (edited(location=PLACE), None),
    "blocked": (membership(1, 1001, "kicked"), act(Kind.BLOCKED)),
    "let in again": (membership(1, 1001, "member"), act(Kind.UNBLOCKED)),
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


@pytest.mark.parametrize("case", [case for case, (_, expected) in CASES.items() if expected])
def test_what_is_read_survives_being_stored(case: str) -> None:
    update, _expected = CASES[case]
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
