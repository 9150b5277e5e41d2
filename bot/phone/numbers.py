"""Numbers that a browser made on the phone page, in a signed cookie: no other
browser reads them.
"""

from __future__ import annotations

import secrets

from itsdangerous import BadData, URLSafeSerializer
from starlette.responses import Response

from bot.pages import cookies
from bot.pages.visit import Visit
from bot.runtime.keys import Keyring

COOKIE = "tammen_phones"
COOKIE_DAYS = 365
PURPOSE = b"phone page"
MAX_NUMBERS = 20  # in one browser
PREFIX = "+999"  # a country code nobody has


def of(visit: Visit) -> list[str]:
    """Return the numbers of this browser, oldest first; none when the cookie was tampered with."""
    cookie = visit.request.cookies.get(COOKIE, "")
    try:
        numbers = _serializer(visit.runtime.keyring).loads(cookie)
    except BadData:
        return []
    return [str(number) for number in numbers]


def new() -> str:
    """Make a number that no other browser has."""
    return f"{PREFIX}{secrets.randbelow(10**10):010d}"


def keep(
    visit: Visit,
    response: Response,
    numbers: list[str],
) -> None:
    """Put the numbers into the browser."""
    cookie = _serializer(visit.runtime.keyring).dumps(numbers[:MAX_NUMBERS])
    cookies.put(
        visit.runtime,
        response,
        COOKIE,
        cookie,
        COOKIE_DAYS,
    )


def _serializer(keyring: Keyring) -> URLSafeSerializer:
    """Sign with the current key; the serializer reads what any of them signed."""
    secrets_of_keys = keyring.signatures(b"cookie", PURPOSE)
    return URLSafeSerializer(list(reversed(secrets_of_keys)), salt=PURPOSE)
