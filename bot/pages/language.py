"""The language of a page: `?lang`, then the reader's setting, then a cookie, then `Accept-Language`."""

from __future__ import annotations

from starlette.requests import Request

from bot.messages import Language
from bot.text.text import LANGUAGES

COOKIE = "tammen_lang"


def asked(request: Request) -> Language | None:
    """The language of `?lang`, when there is one."""
    return _known(request.query_params.get("lang"))


def preferred(request: Request, setting: str | None = None) -> Language:
    """The language to answer in."""
    chosen = asked(request) or _known(setting) or _known(request.cookies.get(COOKIE))
    return chosen or _accepted(request.headers.get("accept-language", ""))


def _known(value: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == value), None)


def _accepted(header: str) -> Language:
    """The first of ours by quality (RFC 9110, 12.5.4); Arabic when none is."""
    ranges = [part.partition(";q=") for part in header.lower().replace(" ", "").split(",")]
    ranked = sorted(
        ((_quality(quality), tag) for tag, _, quality in ranges), key=lambda part: -part[0]
    )
    return next(
        (found for quality, tag in ranked if quality > 0 and (found := _known(tag.split("-")[0]))),
        "ar",
    )


def _quality(value: str) -> float:
    try:
        return float(value or 1)
    except ValueError:
        return 0.0
