"""What Twilio sends, and what we make of it: a table of cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.datastructures import FormData

from bot.channels import sms
from bot.channels.errors import ParseError
from bot.messages import Attachment, Channel, Form, Inbound, Kind, MediaKind, Status
from tests.servers.twilio import TOKEN, inbound, signed, status

NUMBER = "+218910000001"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def message(kind: Kind, text: str = "", payload: str = "") -> Inbound:
    return Inbound(
        Channel.SMS, "SM1", NUMBER, kind, Form.TEXT, text=text, payload=payload, phone=NUMBER
    )


def with_file(inbound: Inbound, kind: MediaKind) -> Inbound:
    return replace(inbound, attachments=(Attachment(kind, "https://api/ME1"),))


def said(body: str, sender: str = NUMBER, **more: str) -> dict[str, str]:
    return inbound("SM1", sender, body, **more)


MESSAGES: dict[str, tuple[dict[str, str], Inbound | None]] = {
    "words": (said("أنا بخير"), message(Kind.TEXT, "أنا بخير")),
    "a choice in Arabic digits": (said("١"), message(Kind.TEXT, "١")),
    "Libyan words": (said("وين نسجل؟"), message(Kind.TEXT, "وين نسجل؟")),
    "blanks around": (said(" نعم\r\n"), message(Kind.TEXT, "نعم")),
    "a command with its slash": (said("/help"), message(Kind.COMMAND, "help")),
    "a picture without words": (
        said("", NumMedia="1", MediaUrl0="https://api/ME1", MediaContentType0="image/jpeg"),
        with_file(message(Kind.OTHER), MediaKind.PHOTO),
    ),
    "a picture with words": (
        said("بيتنا", NumMedia="1", MediaUrl0="https://api/ME1", MediaContentType0="image/png"),
        with_file(message(Kind.TEXT, "بيتنا"), MediaKind.PHOTO),
    ),
    "a card": (
        said("", NumMedia="1", MediaUrl0="https://api/ME1", MediaContentType0="text/x-vCard"),
        with_file(message(Kind.OTHER), MediaKind.CARD),
    ),
    "a number of files that is none": (said("نعم", NumMedia="many"), message(Kind.TEXT, "نعم")),
    "words that are passed on": (
        said("Fwd: أنا بخير"),
        replace(message(Kind.TEXT, "Fwd: أنا بخير"), is_forwarded=True),
    ),
    "nothing at all": (said(""), message(Kind.OTHER)),
    "only NULs": (said("\x00\x00"), message(Kind.OTHER)),
    "STOP as Twilio understood it": (said("arrêt", OptOutType="STOP"), message(Kind.TEXT, "STOP")),
    "START as Twilio understood it": (
        said("unstop", OptOutType="START"),
        message(Kind.TEXT, "START"),
    ),
    "HELP as Twilio understood it": (said("info", OptOutType="HELP"), message(Kind.TEXT, "HELP")),
    "Arabic stop is ours to understand": (said("إيقاف"), message(Kind.TEXT, "إيقاف")),
    "from a name": (said("عرض خاص", "Vodafone"), None),
    "from a short code": (said("code 1234", "12345"), None),
    "from WhatsApp": (said("مرحبا", "whatsapp:+218910000001"), None),
    "from no possible number": (said("مرحبا", "+1"), None),
}


@pytest.mark.parametrize(("form", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_a_form_is_read_as_what_the_person_wrote(
    form: dict[str, str], expected: Inbound | None
) -> None:
    assert sms.parse(FormData(form)) == expected


def test_an_old_name_of_the_id_is_taken() -> None:
    form = said("نعم")
    form["SmsSid"] = form.pop("MessageSid")
    assert sms.parse(FormData(form)) == message(Kind.TEXT, "نعم")


@pytest.mark.parametrize("missing", ["MessageSid", "From"])
def test_a_form_without_what_it_must_have_is_refused(missing: str) -> None:
    form = said("نعم")
    del form[missing]
    with pytest.raises(ParseError):
        sms.parse(FormData(form))


def receipt(state: Any, reason: str = "", stop: bool = False, retry: float | None = None) -> Status:
    return Status(Channel.SMS, "SM9", state, NOW, reason=reason, stop=stop, row_id=7, retry=retry)


RECEIPTS: dict[str, tuple[dict[str, str], Status | None]] = {
    "accepted": (status("SM9", "accepted"), None),
    "queued": (status("SM9", "queued"), None),
    "sending": (status("SM9", "sending"), None),
    "sent": (status("SM9", "sent"), receipt("sent")),
    "delivered": (status("SM9", "delivered"), receipt("delivered")),
    "read": (status("SM9", "read"), receipt("read")),
    "in capitals": (status("SM9", "Delivered"), receipt("delivered")),
    "the phone is off": (
        status("SM9", "undelivered", 30003),
        receipt("failed", "unreachable", retry=0),
    ),
    "kept for the phone in vain": (
        status("SM9", "undelivered", 30036),
        receipt("failed", "unreachable", retry=0),
    ),
    "a crowded network": (
        status("SM9", "undelivered", 30017),
        receipt("failed", "unavailable", retry=0),
    ),
    "a carrier's filter": (status("SM9", "undelivered", 30007), receipt("failed", "filtered")),
    "no such number": (status("SM9", "undelivered", 30005), receipt("failed", "gone", stop=True)),
    "a landline": (status("SM9", "failed", 30006), receipt("failed", "gone", stop=True)),
    "said STOP": (status("SM9", "failed", 21610), receipt("failed", "blocked", stop=True)),
    "the queue overflowed": (status("SM9", "failed", 30001), receipt("failed", "flood", retry=60)),
    "not told why": (status("SM9", "undelivered", 30008), receipt("failed", "unknown", retry=0)),
    "a code we do not know": (status("SM9", "failed", 39999), receipt("failed", "unknown")),
    "no code": (status("SM9", "failed"), receipt("failed", "unknown")),
    "a state of tomorrow": (status("SM9", "teleported"), None),
}


@pytest.mark.parametrize(("form", "expected"), RECEIPTS.values(), ids=RECEIPTS)
def test_a_receipt_is_read_in_our_words(form: dict[str, str], expected: Status | None) -> None:
    assert sms.parse_status(FormData(form), "7", NOW) == expected


@pytest.mark.parametrize("echoed", [None, "", "x", "-1", "٧", "9" * 30])
def test_a_receipt_without_our_number_is_known_by_the_providers(echoed: str | None) -> None:
    found = sms.parse_status(FormData(status("SM9", "sent")), echoed, NOW)
    assert found is not None
    assert found.row_id is None


def test_a_receipt_without_a_state_is_refused() -> None:
    with pytest.raises(ParseError):
        sms.parse_status(FormData({"MessageSid": "SM9"}), "7", NOW)


def test_a_signature_covers_the_form_the_address_and_its_query() -> None:
    url, form = "https://tammen.example/hooks/sms/status?id=7", status("SM9", "sent")
    signature = signed(url, form)["X-Twilio-Signature"]
    assert sms.verify(TOKEN, url, FormData(form), signature)
    assert not sms.verify(TOKEN, url + "8", FormData(form), signature)
    assert not sms.verify(TOKEN, url, FormData(form | {"MessageStatus": "read"}), signature)
    assert not sms.verify("another", url, FormData(form), signature)
    assert not sms.verify(TOKEN, url, FormData(form), "")


def test_a_signature_holds_for_arabic_words() -> None:
    url, form = "https://tammen.example/hooks/sms", said("أنا بخير 🌹")
    assert sms.verify(TOKEN, url, FormData(form), signed(url, form)["X-Twilio-Signature"])
