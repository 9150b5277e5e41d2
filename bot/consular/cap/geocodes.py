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
_ISO = re.compile(
    r"(iso)?[\W_]*3166([\W_]*[12])?([\W_]*(alpha|a)[\W_]*[23]|[\W_]*num(eric)?)?([\W_]*(country|code|sub).*)?",
    re.IGNORECASE,
)
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_SECOND_PART = re.compile(r"3166[\W_]*2\b")  # a country alone is no code of ISO 3166-2
Element = Any  # lxml's; its stubs know it as a private class


def _alpha2() -> dict[str, str]:
    codes: dict[str, str] = {}
    for code, countries in get_global("territory_aliases").items():
        if len(code) == 3 and len(countries) == 1:
            codes[code] = countries[0]
    return codes


ALPHA2 = _alpha2()
"""The code of a country in two letters by its code in three letters or digits (LBY, 434), from
CLDR.
"""

Code = tuple[str, str]  # the name of the list, the value in it


def codes(area: Element) -> Iterator[Code]:
    """Yield the geocodes of an `area`."""
    for geocode in area.iterchildren(f"{{{CAP}}}geocode"):
        yield _text(geocode, "valueName"), _text(geocode, "value")


def _text(parent: Element, name: str) -> str:
    return str(parent.findtext(f"{{{CAP}}}{name}") or "").strip()


def country(list_name: str, code: str) -> str | None:
    """Return the country of a geocode, of a part of it as well (`TR-34`); None for
    unknown codes.
    """
    if not _ISO.fullmatch(list_name):
        return None
    code = code.upper()
    subdivision = _SUBDIVISION.fullmatch(code)
    if subdivision is None and _SECOND_PART.search(list_name):
        return None
    alpha2 = subdivision[1] if subdivision else ALPHA2.get(code, code)
    return alpha2 if alpha2 in places.COUNTRIES else None


def is_city(list_name: str, code: str) -> bool:
    """Tell whether a geocode is one of our cities."""
    return list_name == CITY_CODES and places.is_city(code)


def is_wider(list_name: str, code: str) -> bool:
    """Tell whether a geocode names a part of a country, and is read as the whole country."""
    return "-" in code and country(list_name, code) is not None


def called(area: Element, *mentioned: Code) -> str:
    """Return the sender's name of an area with some of its codes: `ساحل مرسين (UGC TRZ001)`."""
    name = " ".join(_text(area, "areaDesc").split())[:MAX_NAME_CHARS]
    if not mentioned:
        return name
    codes_in_words: list[str] = []
    for code in mentioned[:MAX_CODES_SHOWN]:
        codes_in_words.append(" ".join(code).strip()[:MAX_NAME_CHARS])
    dots = "…" if len(mentioned) > MAX_CODES_SHOWN else ""
    return f"{name} ({', '.join(codes_in_words)}{dots})".strip()
