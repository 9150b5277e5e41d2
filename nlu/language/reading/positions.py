"""Positions as people type them: coordinates, and links to a map."""

from __future__ import annotations

import re
from typing import NamedTuple

from nlu.language.folding import digits

MAX_LATITUDE = 90
MAX_LONGITUDE = 180
PAIR = re.compile(
    r"(?<![\d.])(?P<latitude>-?\d{1,2}\.\d{2,})\s*(?P<north>[NS°]{0,2})\s*[,;،/ ]\s*"
    r"(?P<longitude>-?\d{1,3}\.\d{2,})\s*(?P<east>[EW°]{0,2})(?![\d.])",
    re.IGNORECASE,
)
LINK = re.compile(r"https?://\S+", re.IGNORECASE)
IN_LINK = re.compile(r"(?P<latitude>-?\d{1,2}\.\d+)(?:,|%2C|\+|/)+(?P<longitude>-?\d{1,3}\.\d+)")
OSM_LINK = re.compile(r"mlat=(?P<latitude>-?[\d.]+)&mlon=(?P<longitude>-?[\d.]+)")


class Position(NamedTuple):
    """Degrees of WGS 84, and where in the text they stand."""

    latitude: float
    longitude: float
    start: int
    end: int


def position(text: str) -> Position | None:
    """Find the first position that a text gives, typed or in a link to a map."""
    plain = digits(text).replace("٫", ".")
    for link in LINK.finditer(plain):
        match = OSM_LINK.search(link[0]) or IN_LINK.search(link[0])
        if match:
            place = _valid(match, link.start(), link.end())
            if place:
                return place
    match = PAIR.search(plain)
    return _valid(match, match.start(), match.end()) if match else None


def _valid(match: re.Match[str], start: int, end: int) -> Position | None:
    try:
        latitude = float(match["latitude"])
        longitude = float(match["longitude"])
    except ValueError:
        return None
    groups = match.groupdict()
    if "s" in (groups.get("north") or "").lower():
        latitude = -latitude
    if "w" in (groups.get("east") or "").lower():
        longitude = -longitude
    if abs(latitude) > MAX_LATITUDE or abs(longitude) > MAX_LONGITUDE:
        return None
    return Position(latitude, longitude, start, end)
