"""Positions as people type them: coordinates in every usual form, and links to a map.

Some can only be named: a short link leads nowhere without the network, and three words of
what3words need its maker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple
from urllib.parse import unquote_plus

from nlu.language.folding import digits, words

MAX_LATITUDE = 90
MAX_LONGITUDE = 180
MINUTES = 60
SECONDS = 3600

Why = Literal["off_globe", "short_link", "three_words"]
Match = re.Match[str]


class Position(NamedTuple):
    """Degrees of WGS 84, and where in the text they stand."""

    latitude: float
    longitude: float
    start: int
    end: int


class Unread(NamedTuple):
    """What stands for a position and cannot be read: why, and where in the text it stands."""

    why: Why
    start: int
    end: int


Spot = Position | Unread


# --- coordinates ----------------------------------------------------------------------------------

_NUMBER = r"[-−+]?\d{1,3}(?:[.,]\d+)?"
_FRACTION = r"[-−+]?\d{1,3}\.\d{2,}"
_NORTH = r"(?:[NS]|north|south|شمالا?|جنوبا?|[شج])"
_EAST = r"(?:[EWO]|east|west|شرقا?|غربا?|[قغ])"
_BETWEEN = r"\s*[,;،/|\s]\s*"
_DEGREES = (
    r"(?P<{0}>[-−]?\d{{1,3}}(?:\.\d+)?)\s*[°º]\s*"
    r"(?:(?P<{0}_minutes>\d{{1,2}}(?:\.\d+)?)\s*['’′`]\s*)?"
    r"(?:(?P<{0}_seconds>\d{{1,2}}(?:\.\d+)?)\s*(?:[\"”″]|''|’’)\s*)?"
)
_LATITUDE = _DEGREES.format("latitude") + f"(?P<north>{_NORTH})?"
_LONGITUDE = _DEGREES.format("longitude") + f"(?P<east>{_EAST})?"
_LATITUDE_LABEL = r"(?:خط\s*)?(?:\blat(?:itude)?\b|العرض|عرض)\s*[:=]?\s*"
_LONGITUDE_LABEL = r"(?:خط\s*)?(?:\b(?:lon|lng|long|longitude)\b|الطول|طول)\s*[:=]?\s*"
_NEXT = r"\s*[,;،/|&]?\s*و?\s*"
_FORMS = (
    # 33.51, 36.29 · 33.51N 36.29E · (33.5138 36.2765)
    (
        rf"(?<![\d.])(?P<latitude>{_FRACTION})\s*°?\s*(?P<north>{_NORTH})?"
        rf"{_BETWEEN}(?P<longitude>{_FRACTION})\s*°?\s*(?P<east>{_EAST})?(?![\d.])"
    ),
    # N33.51 E36.29
    (
        rf"\b(?P<north>[NS])\s*(?P<latitude>{_NUMBER})\s*°?{_BETWEEN}"
        rf"(?P<east>[EW])\s*(?P<longitude>{_NUMBER})(?![\d.])"
    ),
    # 33 N, 36 E
    (
        rf"(?<![\d.])(?P<latitude>{_NUMBER})\s*°?\s*(?P<north>{_NORTH})(?:{_BETWEEN}|)"
        rf"(?P<longitude>{_NUMBER})\s*°?\s*(?P<east>{_EAST})(?!\w)"
    ),
    # 33°30'N 36°18'E
    rf"{_LATITUDE}(?:\s*[,;،/]\s*|\s*){_LONGITUDE}(?!\w)",
    # lat: 33.51 lon: 36.29, in either order
    rf"{_LATITUDE_LABEL}(?P<latitude>{_NUMBER}){_NEXT}{_LONGITUDE_LABEL}(?P<longitude>{_NUMBER})",
    rf"{_LONGITUDE_LABEL}(?P<longitude>{_NUMBER}){_NEXT}{_LATITUDE_LABEL}(?P<latitude>{_NUMBER})",
    # 33,5138; 36,2765
    r"(?<![\d.,])(?P<latitude>-?\d{1,3},\d{2,})\s*[; ]\s*(?P<longitude>-?\d{1,3},\d{2,})(?![\d,])",
)
_COORDINATES = [re.compile(form, re.IGNORECASE) for form in _FORMS]
# Two whole numbers: a position only where a text says nothing else.
_WHOLE_NUMBERS = re.compile(
    r"\W*(?P<latitude>-?\d{1,3}(?:\.\d)?)\s*[,،;]\s*(?P<longitude>-?\d{1,3}(?:\.\d)?)\W*"
)
_SOUTH_OR_WEST = re.compile(r"[SWO]|south|west|جنوبا?|غربا?|[جغ]", re.IGNORECASE)

_SIGNS = str.maketrans("٫−", ".-")

# --- links ----------------------------------------------------------------------------------------

_LINK = re.compile(
    r"(?:https?://|www\.)\S+|geo:\S+"
    r"|(?<![\w@.])(?:maps\.\w+|goo\.gl|waze\.com|w3w\.co|what3words\.com)(?:\.\w+)*/\S+",
    re.IGNORECASE,
)
_DECIMAL = r"-?\d{1,3}\.\d+|-?\d{1,3}"
_IN_LINKS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        # the pin of a place, before the middle of the map
        rf"!3d(?P<latitude>{_DECIMAL})!4d(?P<longitude>{_DECIMAL})",
        rf"mlat=(?P<latitude>{_DECIMAL})&mlon=(?P<longitude>{_DECIMAL})",
        (
            rf"[?&](?:q|query|ll|sll|daddr|saddr|destination|origin|center|latlng|loc|coordinate"
            rf"|cbll|map|viewpoint)=(?:loc:)?\s*(?P<latitude>{_DECIMAL}),\s*"
            rf"(?P<longitude>{_DECIMAL})"
        ),
        rf"[=/]ll\.(?P<latitude>{_DECIMAL}),(?P<longitude>{_DECIMAL})",
        rf"[?&]cp=(?P<latitude>{_DECIMAL})~(?P<longitude>{_DECIMAL})",
        r"/@?(?P<latitude>-?\d{1,3}\.\d+),\s*(?P<longitude>-?\d{1,3}\.\d+)",
        rf"#map=\d+(?:\.\d+)?/(?P<latitude>{_DECIMAL})/(?P<longitude>{_DECIMAL})",
        (
            rf"lat(?:itude)?=(?P<latitude>{_DECIMAL}).*?"
            rf"&l(?:on|ng|ongitude)\w*=(?P<longitude>{_DECIMAL})"
        ),
        rf"^geo:(?P<latitude>{_DECIMAL}),(?P<longitude>{_DECIMAL})",
    )
]
# Yandex writes the longitude first.
_TURNED = re.compile(
    rf"[?&](?:ll|pt)=(?P<longitude>{_DECIMAL}),(?P<latitude>{_DECIMAL})", re.IGNORECASE
)
_TURNED_HOSTS = re.compile(r"yandex\.|2gis\.", re.IGNORECASE)
_NOWHERE = re.compile(r"^geo:0(?:\.0+)?,0(?:\.0+)?\?", re.IGNORECASE)
_SHORT_LINK = re.compile(
    r"^(?:https?://)?(?:www\.)?(?:maps\.app\.goo\.gl|goo\.gl|g\.co/maps|maps\.apple/|"
    r"maps\.apple\.com/p/|waze\.com/ul/h|osm\.org/go|"
    r"yandex\.\w+/maps/-/)",
    re.IGNORECASE,
)
_MAP_LINK = re.compile(
    r"^geo:|google\.[a-z.]+/maps|maps\.google|maps\.apple|waze\.|openstreetmap|osm\.org|"
    r"yandex\.\w+/maps|bing\.com/maps|here\.com",
    re.IGNORECASE,
)
_THREE_WORDS = re.compile(
    r"(?<![\w:/])/{3}[^\W\d_]+(?:\.[^\W\d_]+){2}(?!\w)|"
    r"(?:https?://)?(?:www\.)?(?:w3w\.co|what3words\.com)/\S+",
    re.IGNORECASE,
)
_NAME_IN_LINK = re.compile(
    r"[?&](?:q|query|destination|daddr|address|text)=([^&#]+)|/(?:place|search)/([^/@?#]+)",
    re.IGNORECASE,
)


def read(text: str) -> Spot | None:
    """Find the first position that a text gives, typed or in a link, or say why it cannot be."""
    plain = digits(text).translate(_SIGNS)
    unread: Unread | None = None
    for link in _LINK.finditer(plain):
        spot = _in_link(link)
        if isinstance(spot, Position):
            return spot
        unread = unread or spot
    three_words = _THREE_WORDS.search(plain)
    if three_words:
        return Unread(
            why="three_words",
            start=three_words.start(),
            end=three_words.end(),
        )
    if unread:
        return unread
    without_links = _LINK.sub(_blank, plain)
    return _typed(without_links)


def position(text: str) -> Position | None:
    """Find the first position that a text gives, typed or in a link to a map."""
    spot = read(text)
    if isinstance(spot, Position):
        return spot
    return None


def is_rough(text: str) -> bool:
    """Tell whether a text is but two whole numbers, which may be something else."""
    plain = digits(text)
    return _WHOLE_NUMBERS.fullmatch(plain) is not None


def is_whole(text: str, spot: Spot) -> bool:
    """Tell whether a text says nothing beside a position."""
    before = text[: spot.start]
    behind = text[spot.end :]
    return not words(f"{before} {behind}")


def links(text: str) -> list[tuple[int, int]]:
    """Return where links stand in a text: names in them are no words of the writer."""
    return [link.span() for link in _LINK.finditer(text)]


def name_in_link(text: str) -> str | None:
    """Return the name of a place that a link to a map searches for: "q=Tartus"."""
    for link in _LINK.finditer(text):
        address = link[0]
        name = _NAME_IN_LINK.search(address)
        if name and _MAP_LINK.search(address):
            quoted = name[1] or name[2]
            return unquote_plus(quoted)
    return None


def _blank(link: Match) -> str:
    return " " * len(link[0])


def _in_link(link: Match) -> Spot | None:
    """Read the position of a link; only a link to a map has one."""
    start, end = link.span()
    address = unquote_plus(link[0])
    spot = _in_address(address)
    if spot:
        return spot._replace(start=start, end=end)
    if _is_short(link[0]):
        return Unread("short_link", start, end)
    return None


def _in_address(address: str) -> Spot | None:
    match = _match_in_address(address)
    if match:
        return _spot(match, *match.span())
    if _TURNED_HOSTS.search(address):
        return None
    if _MAP_LINK.search(address):
        return _typed(address)  # degrees and minutes
    return None


def _match_in_address(address: str) -> Match | None:
    """Find the degrees of a position in the address of a map."""
    if _TURNED_HOSTS.search(address):
        return _TURNED.search(address)
    for form in _IN_LINKS:
        match = form.search(address)
        if match and not _is_nowhere(address, match):
            return match
    return None


def _is_nowhere(address: str, match: Match) -> bool:
    """Tell whether `geo:0,0?q=…` only searches for a name."""
    end = match.end()
    following = address[end : end + 1]
    position = match[0] + following
    return _NOWHERE.match(position) is not None


def _is_short(address: str) -> bool:
    """Tell whether a link leads to a place that its address does not show."""
    if _SHORT_LINK.search(address):
        return True
    if not _MAP_LINK.search(address):
        return False
    return not _NAME_IN_LINK.search(address)


def _typed(text: str) -> Spot | None:
    """Read the position that is typed in a text without links."""
    for form in _COORDINATES:
        match = form.search(text)
        if match:
            return _spot(match, *match.span())
    whole = _WHOLE_NUMBERS.fullmatch(text)
    if whole is None:
        return None
    return _spot(whole, 0, len(text))


def _spot(
    match: Match,
    start: int,
    end: int,
) -> Spot:
    """Return the position of a match; degrees that are not on the globe cannot be read."""
    latitude = _degrees(match, "latitude", "north")
    longitude = _degrees(match, "longitude", "east")
    is_on_globe = abs(latitude) <= MAX_LATITUDE and abs(longitude) <= MAX_LONGITUDE
    if not is_on_globe:
        return Unread("off_globe", start, end)
    return Position(
        latitude,
        longitude,
        start,
        end,
    )


def _degrees(
    match: Match,
    name: str,
    side: str,
) -> float:
    """Return the degrees of a match, below zero in the south or west."""
    groups = match.groupdict()
    degrees = _decimal(groups[name])
    minutes = _decimal(groups.get(f"{name}_minutes"))
    seconds = _decimal(groups.get(f"{name}_seconds"))
    distance = abs(degrees)
    distance += minutes / MINUTES
    distance += seconds / SECONDS
    direction = groups.get(side) or ""
    if degrees < 0 or _SOUTH_OR_WEST.fullmatch(direction):
        return -distance
    return distance


def _decimal(typed: str | None) -> float:
    """Read a number with a point or a comma; 0 where there is none."""
    if not typed:
        return 0.0
    return float(typed.replace(",", "."))


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Return where numbers of a position and links stand: no numbers of people, no names."""
    yield from links(text)
    spot = read(text)
    if spot:
        yield spot.start, spot.end
