"""A small Twilio: takes messages, signs webhooks.

As a program: `python -m tests.servers.twilio --port N`.
"""

from __future__ import annotations

import hmac
import itertools
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.servers.provider import Call, Provider, Trouble, application, main

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "test-token"
SENDER = "+15005550006"
ACCOUNT_2 = "AC" + "0" * 31 + "2"
TOKEN_2 = "test-token-of-the-second"
SENDER_2 = "+15005550007"


def refused(status: int, code: int) -> Trouble:
    """A refusal with Twilio's error code."""
    return Trouble(status, {"code": code, "message": "no", "more_info": "", "status": status})


STOPPED = refused(400, 21610)
DOWN = refused(503, 20503)


@dataclass
class Twilio(Provider):
    """The server."""

    account: str = ACCOUNT
    token: str = TOKEN
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    listing: Trouble | None = None  # for those who ask what was sent
    asked: int = 0  # how often that was asked

    def app(self) -> web.Application:
        """The account and its messages."""
        app = application(self)
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._message)
        app.router.add_get("/2010-04-01/Accounts/{account}/Messages.json", self._list)
        app.router.add_get("/2010-04-01/Accounts/{account}.json", self._account)
        return app

    def to(self, address: str) -> list[Call]:
        """Messages that reached a number."""
        return [call for call in self.delivered if call.fields["To"] == address]

    async def _message(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        if not self._is_ours(request):
            return _unknown()
        sid = f"SM{self.account[-1]}{next(self.ids):031x}"
        call = Call(
            "message",
            {**fields, "sid": sid, "date": format_datetime(datetime.now(UTC))},
            time.monotonic(),
        )
        if answer := await self.trouble(request, call, fields["To"]):
            return answer
        return web.json_response(self._said(call.fields), status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        """What was taken, the newest first. Those to one number, when it is named."""
        self.asked += 1
        if not self._is_ours(request):
            return _unknown()
        if self.listing and (answer := await self._answer(request, self.listing)):
            return answer
        to = request.query.get("To")
        found = [
            self._said(call.fields)
            for call in reversed(self.delivered)
            if to in (None, call.fields["To"])
        ]
        size = int(request.query.get("PageSize", "50"))
        page = {
            "messages": found[:size],
            "page": 0,
            "page_size": size,
            "uri": request.path,
            "next_page_uri": None,
        }
        return web.json_response(page)

    async def _account(self, request: web.Request) -> web.StreamResponse:
        if not self._is_ours(request):
            return _unknown()
        return web.json_response(
            {"sid": self.account, "status": "active", "friendly_name": "Tammen", "type": "Full"}
        )

    def _is_ours(self, request: web.Request) -> bool:
        expected = "Basic " + b64encode(f"{self.account}:{self.token}".encode()).decode()
        return (
            request.headers.get("Authorization") == expected
            and request.match_info["account"] == self.account
        )

    def _said(self, fields: Mapping[str, str]) -> dict[str, Any]:
        return {
            "sid": fields["sid"],
            "account_sid": self.account,
            "status": "queued",
            "to": fields["To"],
            "from": fields.get("From"),
            "body": fields["Body"],
            "num_segments": "1",
            "num_media": "0",
            "direction": "outbound-api",
            "api_version": "2010-04-01",
            "price": None,
            "error_code": None,
            "error_message": None,
            "messaging_service_sid": fields.get("MessagingServiceSid"),
            "uri": f"/Messages/{fields['sid']}.json",
            "date_created": fields["date"],
            "date_sent": None,
        }


def _unknown() -> web.Response:
    return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)


def inbound(sid: str, sender: str, body: str, **more: str) -> dict[str, str]:
    """The form of a message that came in."""
    return {
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "To": SENDER,
        "Body": body,
        "NumMedia": "0",
        **more,
    }


def status(sid: str, state: str, code: int | None = None) -> dict[str, str]:
    """The form of a receipt."""
    error = {"ErrorCode": str(code)} if code else {}
    return {
        "MessageSid": sid,
        "MessageStatus": state,
        "AccountSid": ACCOUNT,
        "From": SENDER,
        **error,
    }


def signed(url: str, form: Mapping[str, str], token: str = TOKEN) -> dict[str, str]:
    """The header that signs a form for an address."""
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, dict(form))}


def signed_bytes(url: str, form: Mapping[str, str], token: str = TOKEN) -> dict[str, str]:
    """The same for a form that is not UTF-8: its bytes stand in it as surrogate escapes."""
    pairs = "".join(name + form[name] for name in sorted(form))
    digest = hmac.digest(token.encode(), (url + pairs).encode("utf-8", "surrogateescape"), "sha1")
    return {"X-Twilio-Signature": b64encode(digest).decode()}


if __name__ == "__main__":
    main(Twilio())
