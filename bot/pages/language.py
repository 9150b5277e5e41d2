"""The language of a page: `?lang`, the reader's setting, a cookie, then `Accept-Language`."""

from __future__ import annotations

from starlette.requests import Request

from bot.messages import Language
from bot.text.text import LANGUAGES

COOKIE = "tammen_lang"
DEFAULT: Language = "ar"


def requested(request: Request) -> Language | None:
    """Return the language of `?lang`, if it is one of ours."""
    return _ours(request.query_params.get("lang"))


def preferred(request: Request, setting: str | None = None) -> Language:
    """Return the language to answer in. `setting` is that of the reader's account."""
    candidates = (
        requested(request),
        _ours(setting),
        _ours(request.cookies.get(COOKIE)),
        _accepted(request.headers.get("accept-language", "")),
    )
    for language in candidates:
        if language is not None:
            return language
    return DEFAULT


def _ours(code: str | None) -> Language | None:
    for language in LANGUAGES:
        if language == code:
            return language
    return None


def _accepted(header: str) -> Language | None:
    """Return the first of ours by quality (RFC 9110, 12.5.4)."""
    ranges = header.lower().replace(" ", "").split(",")
    for quality, tag in sorted(map(_weighed, ranges), key=_quality, reverse=True):
        language = _ours(tag.split("-")[0])
        if language is not None and quality > 0:
            return language
    return None


def _weighed(language_range: str) -> tuple[float, str]:
    """Read `en-GB;q=0.8` as its quality and tag; what is no quality counts as none."""
    tag, _, quality = language_range.partition(";q=")
    try:
        return float(quality or 1), tag
    except ValueError:
        return 0.0, tag


def _quality(weighed: tuple[float, str]) -> float:
    return weighed[0]
