"""Languages, direction, digits, and cleaning of what people write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import phonenumbers

from bot.messages import Language

LANGUAGES: tuple[Language, ...] = ("ar", "en")
# They keep a number or a foreign name from turning the sentence around.
ISOLATE = "\u2068"
POP = "\u2069"
# The same for what is known to run from left to right, and the mark that old phones know as well.
ISOLATE_LEFT_TO_RIGHT = "\u2066"
LEFT_TO_RIGHT = "\u200e"
# Zero-width and direction marks, byte order marks and NUL.
INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\x00"

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_WITHOUT_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))


def language_of(code: str) -> Language:
    """Return the language in which we answer: Arabic, unless the code is one of ours."""
    for language in LANGUAGES:
        if language == code:
            return language
    return "ar"


def direction(language: str) -> Literal["rtl", "ltr"]:
    """Return the direction in which the language is written."""
    return "rtl" if language == "ar" else "ltr"


def other(language: Language) -> Language:
    """Return the language that the switch of a page offers: the next of ours."""
    place = LANGUAGES.index(language) + 1
    return LANGUAGES[place % len(LANGUAGES)]


def in_language(words: Mapping[str, str], language: str) -> str:
    """Return words in a language or, while it has none, in the first language that has."""
    for candidate in (language, *LANGUAGES):
        if words.get(candidate):
            return words[candidate]
    return ""


def ascii_digits(text: str) -> str:
    """Write ١٢٣ as 123."""
    return text.translate(_DIGITS)


def country_of_number(number: str) -> str | None:
    """Return the country (alpha-2) of a number in E.164.

    None for a number that belongs to no country, as on the phone page.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None or len(region) != 2 or not region.isalpha():
        return None
    return region


def without_invisible(text: str) -> str:
    """Remove NULs, direction overrides and invisible marks."""
    return text.translate(_WITHOUT_INVISIBLE)


def clean(text: str, limit: int) -> str:
    """Remove invisible marks and surrounding blanks, and cut at `limit` characters."""
    beginning = text[: limit * 2]  # a very long text need not be read to its end
    return without_invisible(beginning).strip()[:limit]
