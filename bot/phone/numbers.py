"""The numbers a browser made on the phone page, in a signed cookie: nobody reads a conversation that is not theirs."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets

from starlette.requests import Request
from starlette.responses import Response

from bot.pages.visit import Visit, set_cookie
from bot.runtime.keys import Keyring

COOKIE = "tammen_phones"
PURPOSE = b"phone page"
MOST = 20  # numbers in one browser
PREFIX = "+999"  # a country code nobody has


def of(visit: Visit) -> list[str]:
    """The numbers of this browser, oldest first; none when the cookie is missing or was tampered with."""
    return _read(visit.runtime.keyring, visit.request)


def new() -> str:
    """A number that no other browser will be given."""
    return f"{PREFIX}{secrets.randbelow(10**10):010d}"


def keep(visit: Visit, response: Response, numbers: list[str]) -> None:
    """Puts the numbers into the browser."""
    body = json.dumps(numbers[:MOST], separators=(",", ":")).encode()
    sealed = _encode(body) + "." + _encode(visit.runtime.keyring.sign(body, PURPOSE))
    set_cookie(visit.runtime, response, COOKIE, sealed, days=365)


def _read(keyring: Keyring, request: Request) -> list[str]:
    body, _, signature = request.cookies.get(COOKIE, "").partition(".")
    try:
        listed, signed = _decode(body), _decode(signature)
    except (binascii.Error, ValueError):
        return []
    if not hmac.compare_digest(signed, keyring.sign(listed, PURPOSE)):
        return []
    return [str(number) for number in json.loads(listed)]


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decode(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
