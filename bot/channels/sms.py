"""SMS through Twilio: signed webhooks in, its asynchronous client out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
from twilio.request_validator import RequestValidator

from bot.channels import errors, words
from bot.channels.errors import ParseError, SendError
from bot.messages import Channel, Content, Form, Inbound, Kind, Outbound, Sent, Status
from bot.text.sms import sms_parts

if TYPE_CHECKING:
    from bot.channels.twilio_client import Client

LONGEST = 1600  # characters Twilio takes in one request
TIMEOUT = 15.0  # seconds for one request
LATE = 15.0  # more seconds in which a request may still be carried out whose answer did not come
LISTED = 100  # messages to one number that are looked through
SKEW = timedelta(minutes=1)  # between the provider's clock and ours
NOT_THERE = frozenset({404, 405, 501})  # a provider that is like Twilio, but lists nothing
KEYWORDS = {
    "STOP": "STOP",
    "START": "START",
    "HELP": "HELP",
}  # what Twilio understood, whatever the words were

UNKNOWN = errors.Meaning("unknown")

_STATES: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account and its sender: a number, a name or a messaging service (`MG…`). `name` is ours for it."""

    account: str
    token: str
    sender: str
    api: str
    public_url: str
    name: str = "twilio"

    def status_url(self, row: int) -> str:
        """Where receipts for our row go. The signature covers the query as well."""
        return f"{self.public_url}/hooks/sms/status?id={row}"


def verify(token: str, url: str, form: Any, signature: str) -> bool:
    """Whether Twilio signed this form for this public address (with its query)."""
    return bool(RequestValidator(token).validate(url, form, signature))


def parse(form: Mapping[str, Any]) -> Inbound | None:
    """A message; None for one that cannot be answered (from a name, a short code or WhatsApp). Raises ParseError."""
    sid, sender = _field(form, "MessageSid") or _field(form, "SmsSid"), _field(form, "From")
    if not sid or not sender:
        raise ParseError("a form without MessageSid or From")
    number = words.e164(sender) if sender.startswith("+") else None
    if number is None:
        return None
    kind, said, payload = _said(form)
    return Inbound(
        Channel.SMS, sid, number, kind, Form.TEXT, text=said, payload=payload, phone=number
    )


def _said(form: Mapping[str, Any]) -> tuple[Kind, str, str]:
    if keyword := KEYWORDS.get(_field(form, "OptOutType").upper()):
        return Kind.TEXT, keyword, ""
    return words.read(_field(form, "Body"))


def parse_status(form: Mapping[str, Any], row: str | None, now: datetime) -> Status | None:
    """A receipt; None for a step we do not keep (queued, sending). `row` is ours, echoed. Raises ParseError."""
    sid = _field(form, "MessageSid") or _field(form, "SmsSid")
    said = (_field(form, "MessageStatus") or _field(form, "SmsStatus")).lower()
    if not sid or not said:
        raise ParseError("a form without MessageSid or MessageStatus")
    state = _STATES.get(said)
    if state is None:
        return None
    ours = int(row) if row and row.isascii() and row.isdecimal() and len(row) < 19 else None
    if state != "failed":
        return Status(Channel.SMS, sid, state, now, row=ours)
    why = _why(form)
    again = (
        why.retry if why.reason == "flood" else None
    )  # it stood in a queue of theirs that was full
    return Status(
        Channel.SMS, sid, state, now, reason=why.reason, stop=why.stop, row=ours, retry=again
    )


def _why(form: Mapping[str, Any]) -> errors.Meaning:
    code = _field(form, "ErrorCode")
    return errors.TWILIO.get(int(code) if code.isascii() and code.isdecimal() else 0, UNKNOWN)


def _field(form: Mapping[str, Any], name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


@lru_cache(maxsize=64)
def bodies(content: Content) -> tuple[str, ...]:
    """The texts to send for a content, one unless it is very long. Kept: thousands get the same."""
    return tuple(words.pieces(words.as_text(content), LONGEST))


@lru_cache(maxsize=64)
def parts(content: Content) -> int:
    """What a content costs."""
    return sum(sms_parts(body).count for body in bodies(content)) or 1


async def send(http: aiohttp.ClientSession, credentials: Credentials, outbound: Outbound) -> Sent:
    """Hands a message to Twilio. Raises SendError; after "unclear" it may have been delivered."""
    from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415  # only the worker loads the client

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
        raise SendError("unclear", retry=LATE) from None
    except (
        aiohttp.ClientError,
        OSError,
        ValueError,
    ):  # the connection was cut, or the answer is not JSON
        raise _error(errors.UNCLEAR) from None
    return Sent(str(sent.sid), parts(outbound.content), sender=credentials.name)


async def find(
    http: aiohttp.ClientSession,
    credentials: Credentials,
    outbound: Outbound,
    since: datetime,
    now: datetime,
) -> list[Status]:
    """What the account sent of this message since then, the newest first; one that never left is none.

    Raises SendError when the provider cannot be asked now.
    """
    from twilio.base.exceptions import TwilioException  # noqa: PLC0415  # only the worker loads the client

    try:
        # no DateSent: what still stands in the provider's queue has none
        listed = await client(http, credentials).messages.list_async(
            to=outbound.address, limit=LISTED, page_size=LISTED
        )
    except TwilioException as error:
        if (
            getattr(error.args[-1], "status_code", 0) in NOT_THERE
        ):  # the answer comes with the words
            return []
        raise _error(errors.AWAY) from None
    except (aiohttp.ClientError, OSError, ValueError):  # a timeout is an OSError
        raise _error(errors.AWAY) from None
    wanted = _masked(bodies(outbound.content)[-1], credentials)
    ours = [
        one
        for one in listed
        if _is_from(one, credentials) and _masked(one.body or "", credentials) == wanted
    ]
    recent = [
        _found(one, now)
        for one in ours
        if one.date_created is None or one.date_created >= since - SKEW
    ]
    return [status for status in recent if status.retry is None]


def _is_from(message: Any, credentials: Credentials) -> bool:
    return credentials.sender in (message.from_, message.messaging_service_sid)


def _masked(body: str, credentials: Credentials) -> str:
    """A body without what differs from one try to the next: the token of a reply link."""
    return re.sub(re.escape(f"{credentials.public_url}/r/") + r"[\w-]+", "…", body.strip())


def _found(message: Any, now: datetime) -> Status:
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
    """Twilio's client on our HTTP session and base address."""
    from bot.channels.twilio_client import open_client  # noqa: PLC0415  # a second of imports the web process can spare

    return open_client(http, credentials.account, credentials.token, credentials.api, TIMEOUT)
