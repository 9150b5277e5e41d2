"""Where somebody is, as an answer tells it: a position, a named place, or a description."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.messages import Location
from nlu.language import index

_CODE = re.compile(r"[A-Z]{2}(/.+)?")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_IN_FLAG = re.compile(rf"(?:\b(?:in|at|fi)|في)\s*(?:ال)?\s*({_FLAG.pattern})", re.IGNORECASE)
_FIRST_FLAG_LETTER = 0x1F1E6
_SYMBOLS = re.compile(r"[\W_]*([A-Za-z]{2,3})[\W_]*")
# Codes in small letters that are words.
_WORDS = frozenset(
    (
        "no",
        "la",
        "in",
        "is",
        "it",
        "at",
        "be",
        "so",
        "to",
        "me",
        "my",
        "am",
        "do",
        "as",
        "us",
        "by",
        "ma",
        "na",
        "ps",
        "id",
        "ai",
        "pm",
        "hm",
    )
)
# Codes of three letters, of the countries where people are.
_LONG_CODES = {
    "ARE": "AE",
    "BHR": "BH",
    "DEU": "DE",
    "DZA": "DZ",
    "EGY": "EG",
    "ESP": "ES",
    "FRA": "FR",
    "GBR": "GB",
    "GRC": "GR",
    "IRQ": "IQ",
    "ITA": "IT",
    "JOR": "JO",
    "KWT": "KW",
    "LBN": "LB",
    "LBY": "LY",
    "MAR": "MA",
    "MLT": "MT",
    "NER": "NE",
    "OMN": "OM",
    "PSE": "PS",
    "QAT": "QA",
    "SAU": "SA",
    "SDN": "SD",
    "SYR": "SY",
    "TCD": "TD",
    "TUN": "TN",
    "TUR": "TR",
    "UKR": "UA",
    "YEM": "YE",
}


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """A place by its name: `CC/English name` or `CC`; several where cities share the name."""

    meanings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """A text about where somebody is that names no place we know.

    `within` is what the writer names it in: codes of a country or of cities; empty for none.
    """

    text: str
    within: tuple[str, ...] = ()


Whereabouts = Location | NamedPlace | Description


def read_code(code: str) -> NamedPlace | None:
    """Read the code of a country or city from a button; None when there is no such place."""
    if not _CODE.fullmatch(code) or not _is_known(code):
        return None
    return NamedPlace((code,))


def _is_known(code: str) -> bool:
    is_city = "/" in code
    if is_city:
        return code in index.by_value()
    return code in index.countries()


def read_symbol(text: str) -> NamedPlace | None:
    """Read a country that is but a flag or a code, as an answer: 🇸🇩, "SD", "sdn"."""
    flags = countries_of_flags(text)
    if flags and _is_only_flags(text):
        return NamedPlace((flags[-1],))
    symbol = _SYMBOLS.fullmatch(text)
    if symbol is None or symbol[1] in _WORDS:
        return None
    code = symbol[1].upper()
    return read_code(_LONG_CODES.get(code, code))


def _is_only_flags(text: str) -> bool:
    rest = _FLAG.sub("", text)
    return not rest.strip(" .,،!\ufe0f\u200d")


def countries_of_flags(text: str) -> list[str]:
    """Return the countries whose flags stand in a text."""
    codes = []
    for flag in _FLAG.findall(text):
        code = "".join(map(_letter_of_flag, flag))
        if code in index.countries():
            codes.append(code)
    return codes


def _letter_of_flag(sign: str) -> str:
    """Return the letter that one half of a flag stands for."""
    number = ord(sign) - _FIRST_FLAG_LETTER
    return chr(ord("A") + number)


def in_flag(text: str) -> NamedPlace | None:
    """Read the country of "I am in 🇸🇩"."""
    inside = _IN_FLAG.search(text)
    if inside is None:
        return None
    codes = countries_of_flags(inside[1])
    if not codes:
        return None
    return NamedPlace((codes[0],))
