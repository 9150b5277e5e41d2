"""Geocodes of other people's alerts: countries by ISO 3166, our own cities; what else there is, staff draw by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from babel.core import get_global

from bot.consular.cap.documents import CAP, CITY_CODES
from bot.consular.reference import places

LONGEST_NAME = 80  # of a place, told to staff
_ISO = re.compile(
    r"(iso)?[\W_]*3166([\W_]*[12])?([\W_]*(alpha|a)[\W_]*[23]|[\W_]*num(eric)?)?([\W_]*(country|code|sub).*)?",
    re.IGNORECASE,
)
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_SECOND_PART = re.compile(r"3166[\W_]*2\b")  # a country alone is no code of ISO 3166-2
THREE = {  # CLDR knows what a country is called in three letters or digits: LBY, 434
    code: meant[0]
    for code, meant in get_global("territory_aliases").items()
    if len(code) == 3 and len(meant) == 1
}


def codes(area: Any) -> Iterator[tuple[str, str]]:
    """The geocodes of an `area`: the name of the list, and the value in it."""
    for code in area.iterchildren(f"{{{CAP}}}geocode"):
        name, value = (
            (code.findtext(f"{{{CAP}}}{part}") or "").strip() for part in ("valueName", "value")
        )
        yield name, value


def country(name: str, value: str) -> str | None:
    """The country of a geocode, of a part of it as well (`TR-34`); None where it is none that is known."""
    if not _ISO.fullmatch(name):
        return None
    value = value.upper()
    part = _SUBDIVISION.fullmatch(value)
    if part is None and _SECOND_PART.search(name):
        return None
    found = part[1] if part else THREE.get(value, value)
    return found if found in places.COUNTRIES else None


def is_city(name: str, value: str) -> bool:
    """Whether it is one of ours."""
    return name == CITY_CODES and places.is_city(value)


def is_wider(name: str, value: str) -> bool:
    """Whether it names a part of a country, and is read as all of it."""
    return country(name, value) is not None and "-" in value


def called(area: Any, *codes_in_it: tuple[str, str]) -> str:
    """What the sender calls an area, with the codes that are meant: `ساحل مرسين (UGC TRZ001)`."""
    name = " ".join((area.findtext(f"{{{CAP}}}areaDesc") or "").split())[:LONGEST_NAME]
    inside = ", ".join(" ".join(code).strip()[:LONGEST_NAME] for code in codes_in_it[:5])
    more = "…" if len(codes_in_it) > 5 else ""
    return " ".join(filter(None, (name, f"({inside}{more})" if inside else "")))
