"""Languages, direction, digits, and cleaning of what people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import phonenumbers

from bot.messages import Language

LANGUAGES: tuple[Language, ...] = ("ar", "en")
# Digits as in Libya (123), and thousands without a dot that misleads (1,000).
LOCALES: dict[Language, str] = {"ar": "ar_AE", "en": "en_GB"}
# They keep a number or a foreign name from turning the sentence around.
ISOLATE = "\u2068"
POP = "\u2069"
# The same for what is known to run from left to right, and the mark that old phones know as well.
ISOLATE_LEFT_TO_RIGHT = "\u2066"
LEFT_TO_RIGHT = "\u200e"
REPLACEMENT = "\ufffd"
MAX_NUMBER_DIGITS = 18  # of an integer of 64 bits
MAX_PAGE = 100_000  # of a list

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# Zero-width characters, marks, embeddings, overrides and isolates of direction, byte order marks.
_INVISIBLE = (
    "\u061c\u180e\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\ufeff\ufff9\ufffa\ufffb"
)
_BREAKS = "\t\n\r"
# The C0 and C1 sets and DEL: ESC among them begins what a terminal obeys.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_WITHOUT_INVISIBLE: dict[int, None] = {
    **dict.fromkeys(_CONTROLS),
    **dict.fromkeys(map(ord, _INVISIBLE)),
}
for _letter in _BREAKS:
    del _WITHOUT_INVISIBLE[ord(_letter)]
_SURROGATES = re.compile("[\ud800-\udfff]")


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
    place = LANGUAGES.index(language)
    following = (place + 1) % len(LANGUAGES)
    return LANGUAGES[following]


def in_language(words: Mapping[str, str], language: str) -> str:
    """Return words in a language or, while it has none, in the first language that has."""
    for candidate in (language, *LANGUAGES):
        found = words.get(candidate)
        if found:
            return found
    return ""


def ascii_digits(text: str) -> str:
    """Write ١٢٣ as 123."""
    return text.translate(_DIGITS)


def row_number(digits: str) -> int | None:
    """Read the number of a row, or another whole number; None for what no database can hold."""
    if not digits.isdecimal():
        return None
    if len(digits) > MAX_NUMBER_DIGITS:
        return None
    return int(digits)


def page_number(digits: str) -> int:
    """Read the number of a page, from 1 to MAX_PAGE; the first one for what is none."""
    number = row_number(digits) or 1
    return min(number, MAX_PAGE)


def country_of_number(number: str) -> str | None:
    """Return the country (alpha-2) of a number in E.164.

    None for a number that belongs to no country, as on the phone page.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if region is None:
        return None
    is_country = len(region) == 2 and region.isalpha()
    return region if is_country else None


def without_invisible(text: str) -> str:
    """Remove control characters, direction overrides and invisible marks."""
    return text.translate(_WITHOUT_INVISIBLE)


def without_surrogates(text: str) -> str:
    """Replace halves of characters, which can be neither encoded nor stored."""
    return _SURROGATES.sub(REPLACEMENT, text)


def clean(text: str, limit: int) -> str:
    """Remove what cannot be seen or stored and surrounding blanks; cut at `limit` characters."""
    beginning = text[: limit * 2]  # a very long text need not be read to its end
    visible = without_invisible(beginning)
    storable = without_surrogates(visible)
    return storable.strip()[:limit]
