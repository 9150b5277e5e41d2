"""Cookies that scripts and other sites never see.

Behind https their names begin with `__Host-`: browsers then keep them only from this very host,
over https and for all paths, so no neighbouring host can set one.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from bot.runtime.runtime import Runtime

SESSION = "tammen_session"
CSRF = "tammen_csrf"
DEVICE = "tammen_device"
OWN = frozenset({SESSION, CSRF, DEVICE})
HOST_PREFIX = "__Host-"
DAY_SECONDS = 86_400


def name_of(runtime: Runtime, cookie: str) -> str:
    """Return the name under which browsers keep a cookie of ours."""
    if runtime.settings.is_https and cookie in OWN:
        return HOST_PREFIX + cookie
    return cookie


def read(runtime: Runtime, request: Request, cookie: str) -> str:
    """Return what a browser keeps in a cookie; empty when there is none."""
    return request.cookies.get(name_of(runtime, cookie), "")


def put(
    runtime: Runtime,
    response: Response,
    cookie: str,
    content: str,
    days: int | None = None,
) -> None:
    """Set a cookie; without `days`, for as long as the browser is open."""
    response.set_cookie(
        name_of(runtime, cookie),
        content,
        max_age=None if days is None else days * DAY_SECONDS,
        secure=runtime.settings.is_https,
        httponly=True,
        samesite="lax",
    )


def drop(runtime: Runtime, response: Response, cookie: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(
        name_of(runtime, cookie),
        secure=runtime.settings.is_https,
        httponly=True,
        samesite="lax",
    )
