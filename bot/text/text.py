"""Languages, direction, digits, and cleaning of what people write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import phonenumbers

from bot.messages import Language

LANGUAGES: tuple[Language, ...] = ("ar", "en")
ISOLATE, POP = (
    "\u2068",
    "\u2069",
)  # keep a number or a foreign name from turning the sentence around

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def language_of(known: str) -> Language:
    """The language we speak to somebody: Arabic, unless theirs is English."""
    return "en" if known == "en" else "ar"


def direction(language: str) -> Literal["rtl", "ltr"]:
    """Which way the language is written."""
    return "rtl" if language == "ar" else "ltr"


def other(language: Language) -> Language:
    """The other language."""
    return "en" if language == "ar" else "ar"


def in_language(words: Mapping[str, str], language: str) -> str:
    """Return words in a language or, while it has none, in the first language that has."""
    for candidate in (language, *LANGUAGES):
        if words.get(candidate):
            return words[candidate]
    return ""


def ascii_digits(text: str) -> str:
    """١٢٣ → 123."""
    return text.translate(_DIGITS)


# SMS parts, by 3GPP TS 23.038: what a message costs.


_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\x00")
)


def country_of_number(number: str) -> str | None:
    """The country (alpha-2) of a number in E.164; None for one that belongs to none, as on the phone page."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    return region if region and len(region) == 2 and region.isalpha() else None


def clean(text: str, limit: int) -> str:
    """What a person wrote, without NULs, direction overrides and invisible marks, cut at `limit` characters."""
    return text[: limit * 2].translate(_INVISIBLE).strip()[:limit]
