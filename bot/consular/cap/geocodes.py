"""Geocodes of other people's alerts: countries by ISO 3166, and our own cities.

Staff draw by hand what other codes mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from babel.core import get_global

from bot.consular.cap.documents import CAP, CITY_CODES
from bot.consular.reference import places

MAX_NAME_CHARS = 80  # of a place, as staff are told
MAX_CODES_SHOWN = 5
_ISO = re.compile(  # names of lists: `ISO 3166-1 alpha-2`, `iso3166`, `ISO3166-2-subdivision` …
    r"""
    (iso)?[\W_]*3166([\W_]*[12])?
    ([\W_]*(alpha|a)[\W_]*[23]|[\W_]*num(eric)?)?
    ([\W_]*(country|code|sub).*)?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_SECOND_PART = re.compile(r"3166[\W_]*2\b")  # a country alone is no code of ISO 3166-2

Element = Any  # lxml's; its stubs know it as a private class
Code = tuple[str, str]  # the name of the list, the code in it


def _alpha2() -> dict[str, str]:
    codes: dict[str, str] = {}
    aliases = get_global("territory_aliases")
    for code, countries in aliases.items():
        if len(code) == 3 and len(countries) == 1:
            codes[code] = countries[0]
    return codes


ALPHA2 = _alpha2()
"""Two-letter codes of countries by their codes in three letters or digits (LBY, 434), from CLDR."""


def codes(area: Element) -> Iterator[Code]:
    """Yield the geocodes of an `area`."""
    for geocode in area.iterchildren(f"{{{CAP}}}geocode"):
        yield _text(geocode, "valueName"), _text(geocode, "value")


def _text(parent: Element, name: str) -> str:
    text = parent.findtext(f"{{{CAP}}}{name}")
    return str(text or "").strip()


def country(list_name: str, code: str) -> str | None:
    """Return the country of a geocode, also of a part of it (`TR-34`); None for unknown codes."""
    if not _ISO.fullmatch(list_name):
        return None
    alpha2 = _country_code(list_name, code.upper())
    if alpha2 in places.COUNTRIES:
        return alpha2
    return None


def _country_code(list_name: str, code: str) -> str | None:
    subdivision = _SUBDIVISION.fullmatch(code)
    if subdivision is not None:
        return subdivision[1]
    if _SECOND_PART.search(list_name):
        return None
    return ALPHA2.get(code, code)


def is_city(list_name: str, code: str) -> bool:
    """Tell whether a geocode is one of our cities."""
    return list_name == CITY_CODES and places.is_city(code)


def is_wider(list_name: str, code: str) -> bool:
    """Tell whether a geocode names a part of a country, and is read as the whole country."""
    return "-" in code and country(list_name, code) is not None


def called(area: Element, *mentioned: Code) -> str:
    """Return the sender's name of an area with some of its codes: `ساحل مرسين (UGC TRZ001)`."""
    name = " ".join(_text(area, "areaDesc").split())
    name = name[:MAX_NAME_CHARS]
    if not mentioned:
        return name
    shown_codes: list[str] = []
    for code in mentioned[:MAX_CODES_SHOWN]:
        shown_code = " ".join(code).strip()
        shown_codes.append(shown_code[:MAX_NAME_CHARS])
    list_of_codes = ", ".join(shown_codes)
    if len(mentioned) > MAX_CODES_SHOWN:
        list_of_codes += "…"
    return f"{name} ({list_of_codes})".strip()
