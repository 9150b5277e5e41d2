"""A small Twilio: takes messages, signs webhooks. As a program: `python -m tests.servers.twilio --port N`."""

from __future__ import annotations

import itertools
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.servers.provider import Call, Provider, Trouble, application, main

ACCOUNT = "AC" + "0" * 31 + "1"
TOKEN = "test-token"
SENDER = "+15005550006"


def refused(status: int, code: int) -> Trouble:
    """A refusal with Twilio's error code."""
    return Trouble(status, {"code": code, "message": "no", "more_info": "", "status": status})


STOPPED = refused(400, 21610)
DOWN = refused(503, 20503)


@dataclass
class Twilio(Provider):
    """The server."""

    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def app(self) -> web.Application:
        """The account and its messages."""
        app = application(self)
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", self._message)
        app.router.add_get("/2010-04-01/Accounts/{account}.json", self._account)
        return app

    def to(self, address: str) -> list[Call]:
        """Messages that reached a number."""
        return [call for call in self.delivered if call.fields["To"] == address]

    async def _message(self, request: web.Request) -> web.StreamResponse:
        fields = {name: str(value) for name, value in (await request.post()).items()}
        if not _is_ours(request):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        sid = f"SM{next(self.ids):032x}"
        call = Call("message", {**fields, "sid": sid}, time.monotonic())
        if answer := await self.trouble(request, call, fields["To"]):
            return answer
        return web.json_response(_said(sid, fields), status=201)

    async def _account(self, request: web.Request) -> web.StreamResponse:
        if not _is_ours(request):
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        return web.json_response({"sid": ACCOUNT, "status": "active", "friendly_name": "Tammen", "type": "Full"})


def _is_ours(request: web.Request) -> bool:
    expected = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    return request.headers.get("Authorization") == expected and request.match_info["account"] == ACCOUNT


def _said(sid: str, fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        "sid": sid, "account_sid": ACCOUNT, "status": "queued", "to": fields["To"], "from": fields.get("From"),
        "body": fields["Body"], "num_segments": "1", "num_media": "0", "direction": "outbound-api",
        "api_version": "2010-04-01", "price": None, "error_code": None, "error_message": None,
        "messaging_service_sid": fields.get("MessagingServiceSid"), "uri": f"/Messages/{sid}.json",
    }  # fmt: skip


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
    return {"MessageSid": sid, "MessageStatus": state, "AccountSid": ACCOUNT, "From": SENDER, **error}


def signed(url: str, form: Mapping[str, str], token: str = TOKEN) -> dict[str, str]:
    """The header that signs a form for an address."""
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, dict(form))}


if __name__ == "__main__":
    main(Twilio())
