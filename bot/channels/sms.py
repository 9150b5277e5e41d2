"""SMS through Twilio: signed webhooks in, its asynchronous client out."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
from twilio.request_validator import RequestValidator

from bot.channels import errors, words
from bot.channels.errors import ParseError, SendError
from bot.messages import (
    Attachment,
    Channel,
    Content,
    Form,
    Inbound,
    Kind,
    MediaKind,
    Outbound,
    Sent,
    Status,
)
from bot.text.sms import sms_parts
from bot.text.text import row_number, without_surrogates

if TYPE_CHECKING:
    from bot.channels.twilio_client import Client

MAX_REQUEST_CHARS = 1600  # that Twilio takes in one request
TIMEOUT_SECONDS = 15.0  # for one request
# A request whose answer did not come may still be carried out within this time.
LATE_SECONDS = 15.0
MAX_LISTED_MESSAGES = 100  # to one number, for a look-up
CLOCK_SKEW = timedelta(minutes=1)  # between the provider's clock and ours
# What a provider answers that speaks like Twilio, but lists nothing.
UNLISTED_STATUSES = frozenset({404, 405, 501})
# What Twilio understood, whatever the person's words were.
KEYWORDS = frozenset({"STOP", "START", "HELP"})
MAX_KEYWORD_CHARS = 40  # a longer text is no keyword, whatever the provider says
PROVIDER_HELP_WORDS = frozenset({"", "help", "info"})
YES_WORDS = frozenset({"yes", "نعم"})

UNKNOWN = errors.Meaning("unknown")

_STATES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


MAX_ATTACHMENTS = 10  # of an MMS
_MEDIA = {
    "application": MediaKind.DOCUMENT,
    "text": MediaKind.DOCUMENT,
    "image": MediaKind.PHOTO,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its sender: a number, a name or a messaging service (`MG…`).

    `name` is ours for it.
    """

    account: str
    token: str
    sender: str
    api: str
    public_url: str
    name: str = "twilio"

    def status_url(self, row: int) -> str:
        """Write the address for receipts of our row. The signature covers the query as well."""
        return f"{self.public_url}/hooks/sms/status?id={row}"


def verify(token: str, url: str, form: Any, signature: str) -> bool:
    """Tell whether Twilio signed this form for this public address (with its query).

    Bytes that are not UTF-8 stand in the form as surrogate escapes.
    """
    try:
        return bool(RequestValidator(token).validate(url, form, signature))
    except UnicodeEncodeError:
        signed = _signature_of_bytes(token, url, form)
        return hmac.compare_digest(signed, signature.encode("utf-8", "replace"))


def _signature_of_bytes(token: str, url: str, form: Any) -> bytes:
    """Sign a form that is not UTF-8, which the library cannot, as it does any other."""
    pairs = sorted(form.multi_items())
    signed = url + "".join(f"{name}{content}" for name, content in pairs)
    digest = hmac.digest(token.encode(), signed.encode("utf-8", "surrogateescape"), "sha1")
    return b64encode(digest)


def parse(form: Mapping[str, Any]) -> Inbound | None:
    """Parse a message. Raises ParseError.

    None for one that cannot be answered: from a name, a short code or WhatsApp.
    """
    sid = _message_sid(form)
    sender = _field(form, "From")
    if not sid or not sender:
        raise ParseError("a form without MessageSid or From")
    number = words.e164(sender) if sender.startswith("+") else None
    if number is None:
        return None
    kind, text, payload = _read_body(form)
    is_forwarded = words.is_forwarded(text) and kind is Kind.TEXT
    return Inbound(
        Channel.SMS,
        sid,
        number,
        kind,
        Form.TEXT,
        text=text,
        payload=payload,
        phone=number,
        is_forwarded=is_forwarded,
        attachments=tuple(_attachments(form)),
    )


def _read_body(form: Mapping[str, Any]) -> tuple[Kind, str, str]:
    """Return kind, text and payload of a message."""
    body = _field(form, "Body")
    keyword = _field(form, "OptOutType").upper()
    if keyword in KEYWORDS and not _says_more(keyword, body):
        return Kind.TEXT, keyword, ""
    return words.read(body)


def _says_more(keyword: str, body: str) -> bool:
    """Tell whether the words of a keyword message may mean more to us than to the provider.

    Its HELP is a menu and ours may be a cry; its YES may answer our question.
    """
    word = body.strip(" .!").casefold()
    match keyword:
        case "HELP":
            return word not in PROVIDER_HELP_WORDS
        case "START":
            return word in YES_WORDS
        case _:
            return len(word) > MAX_KEYWORD_CHARS


def _attachments(form: Mapping[str, Any]) -> Iterator[Attachment]:
    """List the files of an MMS by their addresses at the provider."""
    count = _number(_field(form, "NumMedia")) or 0
    for place in range(min(count, MAX_ATTACHMENTS)):
        content_type = _field(form, f"MediaContentType{place}").lower()
        yield Attachment(_media_kind(content_type), _field(form, f"MediaUrl{place}"))


def _media_kind(content_type: str) -> MediaKind:
    if "vcard" in content_type or content_type == "text/directory":
        return MediaKind.CARD
    return _MEDIA.get(content_type.partition("/")[0], MediaKind.OTHER)


def _message_sid(form: Mapping[str, Any]) -> str:
    return _field(form, "MessageSid") or _field(form, "SmsSid")


def parse_status(form: Mapping[str, Any], row: str | None, now: datetime) -> Status | None:
    """Parse a receipt; None for a step we do not keep (queued, sending). Raises ParseError.

    `row` is the number of our row, which the provider echoes.
    """
    sid = _message_sid(form)
    their_state = _field(form, "MessageStatus") or _field(form, "SmsStatus")
    if not sid or not their_state:
        raise ParseError("a form without MessageSid or MessageStatus")
    state = _STATES.get(their_state.lower())
    if state is None:
        return None
    row_id = _number(row or "")
    if state != "failed":
        return Status(Channel.SMS, sid, state, now, row_id=row_id)
    meaning = _meaning(form)
    return Status(
        Channel.SMS,
        sid,
        state,
        now,
        reason=meaning.reason,
        stop=meaning.stop,
        row_id=row_id,
        retry=meaning.retry,
    )


def _meaning(form: Mapping[str, Any]) -> errors.Meaning:
    code = _number(_field(form, "ErrorCode"))
    return errors.TWILIO.get(code or 0, UNKNOWN)


def _number(text: str) -> int | None:
    """Read a number as a provider writes it; None for what is none."""
    return row_number(text) if text.isascii() else None


def _field(form: Mapping[str, Any], name: str) -> str:
    content = form.get(name)
    return without_surrogates(content) if isinstance(content, str) else ""


@lru_cache(maxsize=64)
def bodies(content: Content) -> tuple[str, ...]:
    """Write the texts of a content: one, unless it is very long. Thousands get the same."""
    return tuple(words.pieces(words.as_text(content), MAX_REQUEST_CHARS))


@lru_cache(maxsize=64)
def parts(content: Content) -> int:
    """Count the parts that a content costs."""
    counts = [sms_parts(body).count for body in bodies(content)]
    return sum(counts) or 1


async def send(http: aiohttp.ClientSession, credentials: Credentials, outbound: Outbound) -> Sent:
    """Hand a message to Twilio. Raises SendError; after "unclear" it may have been delivered."""
    # only the worker loads it
    from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415

    account = client(http, credentials)
    try:
        for body in bodies(outbound.content):
            sent = await account.messages.create_async(
                to=outbound.address,
                body=body,
                status_callback=credentials.status_url(outbound.id),
                **_sender(credentials),
            )
    except TwilioRestException as error:
        raise _error(errors.of_twilio(error.code, error.status)) from None
    except aiohttp.ClientConnectorError:
        raise _error(errors.AWAY) from None
    except TimeoutError:
        raise SendError("unclear", retry=LATE_SECONDS) from None
    except (aiohttp.ClientError, OSError, ValueError):
        # the connection was cut, or the answer is not JSON
        raise _error(errors.UNCLEAR) from None
    return Sent(str(sent.sid), parts(outbound.content), sender=credentials.name)


async def find(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    outbound: Outbound,
    since: datetime,
    now: datetime,
) -> list[Status]:
    """List what the account sent of this message since then, the newest first.

    A message that never left is not listed. Raises SendError when the provider does not answer.
    """
    from twilio.base.exceptions import TwilioException  # noqa: PLC0415  # only the worker loads it

    try:
        # no DateSent: what still stands in the provider's queue has none
        listed = await client(http, credentials).messages.list_async(
            to=outbound.address, limit=MAX_LISTED_MESSAGES, page_size=MAX_LISTED_MESSAGES
        )
    except TwilioException as error:
        answer = error.args[-1]  # it comes with the words
        if getattr(answer, "status_code", 0) in UNLISTED_STATUSES:
            return []
        raise _error(errors.AWAY) from None
    except (aiohttp.ClientError, OSError, ValueError):  # a timeout is an OSError
        raise _error(errors.AWAY) from None
    body = bodies(outbound.content)[-1]
    statuses = []
    for message in listed:
        is_recent = message.date_created is None or message.date_created >= since - CLOCK_SKEW
        if is_recent and _is_same(message, body, credentials):
            statuses.append(_status(message, now))
    return [status for status in statuses if status.retry is None]


def _is_same(message: Any, body: str, credentials: Credentials) -> bool:
    """Tell whether a listed message is from our sender and says this."""
    if credentials.sender not in (message.from_, message.messaging_service_sid):
        return False
    return _mask_link(message.body or "", credentials) == _mask_link(body, credentials)


def _mask_link(body: str, credentials: Credentials) -> str:
    """Write a body without what differs from one try to the next: the token of a reply link."""
    link = re.escape(f"{credentials.public_url}/r/") + r"[\w-]+"
    return re.sub(link, "…", body.strip())


def _status(message: Any, now: datetime) -> Status:
    """Read the state of a listed message as its receipt would tell it."""
    form = {
        "MessageSid": message.sid,
        "MessageStatus": str(message.status),
        "ErrorCode": str(message.error_code or ""),
    }
    return parse_status(form, None, now) or Status(Channel.SMS, message.sid, "sent", now)


def _sender(credentials: Credentials) -> dict[str, str]:
    name = "messaging_service_sid" if credentials.sender.startswith("MG") else "from_"
    return {name: credentials.sender}


def _error(meaning: errors.Meaning) -> SendError:
    return SendError(meaning.reason, retry=meaning.retry, stop=meaning.stop)


@lru_cache(maxsize=4)
def client(http: aiohttp.ClientSession, credentials: Credentials) -> Client:
    """Open Twilio's client on our HTTP session and base address, once for an account."""
    from bot.channels.twilio_client import open_client  # noqa: PLC0415  # a second of imports

    return open_client(
        http, credentials.account, credentials.token, credentials.api, TIMEOUT_SECONDS
    )
