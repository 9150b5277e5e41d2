"""Browsers that were inside an account, remembered in a cookie."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.staff import devices
from bot.pages import cookies
from bot.runtime.runtime import Runtime

DEVICE_COOKIE_DAYS = 90


def remember(runtime: Runtime, response: Response, email: str) -> None:
    """Mark the browser of somebody who has just signed in: strangers cannot slow it down."""
    mark = devices.make(runtime.keyring, email)
    cookies.put(runtime, response, cookies.DEVICE, mark, DEVICE_COOKIE_DAYS)
