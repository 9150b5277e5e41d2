"""The countries an audience touches, drawn areas included: for whom an advisory is worth reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, pi, radians, sin
from typing import Any

from bot.consular.reference import borders, places
from bot.consular.reference.places import KM_A_DEGREE

_AROUND = 24  # points looked at on a circle
_ALONG = 8  # points looked at on each side of a polygon
_ACROSS = 8  # points looked at inside of a polygon, each way
_RINGS = (1.0, 0.66, 0.33)  # of a circle's radius
NARROW = frozenset(
    {"tags", "status"}
)  # chosen people, such as a convoy: what they are told is not for everybody
Point = tuple[float, float]  # latitude, longitude in degrees


def countries_in(audience: Mapping[str, Any]) -> frozenset[str]:
    """Codes of the countries an audience touches; none where it is not about places ("all students").

    A drawn area is looked at along its border and here and there inside: a very small country in it may be missed.
    """
    if not audience:
        return frozenset()
    [(kind, value)] = audience.items()
    match kind:
        case "countries":
            return frozenset(value)
        case "cities":
            return frozenset(city[:2] for city in value)
        case "circle" | "polygon":
            return frozenset(
                filter(None, (places.country_at(*point) for point in _points(kind, value)))
            )
        case "all":
            touched = [found for part in value if (found := countries_in(part))]
            return frozenset.intersection(*touched) if touched else frozenset()
        case "any":
            return frozenset().union(*map(countries_in, value))
        case _:
            return frozenset()


def is_narrow(audience: Mapping[str, Any]) -> bool:
    """Whether it is for people who were chosen one by one, not for a place."""
    return bool(NARROW & set(_kinds(audience)))


def _kinds(audience: Mapping[str, Any]) -> Iterator[str]:
    for kind, value in audience.items():
        yield kind
        inside = value if kind in ("all", "any") else [value] if kind == "not" else []
        for part in inside:
            yield from _kinds(part)


def _points(kind: str, value: Any) -> Iterator[Point]:
    if kind == "circle":
        for share in _RINGS:
            yield from circle(value["latitude"], value["longitude"], value["km"] * share, _AROUND)
        yield value["latitude"], value["longitude"]
    else:
        yield from _border(value)
        yield from _inside(value)


def circle(latitude: float, longitude: float, km: float, points: int) -> list[Point]:
    """Points around a place, evenly spread."""
    tall = km / KM_A_DEGREE
    wide = tall / max(0.01, cos(radians(latitude)))
    turns = [2 * pi * turn / points for turn in range(points)]
    return [
        (max(-90.0, min(90.0, latitude + tall * sin(turn))), _lon(longitude + wide * cos(turn)))
        for turn in turns
    ]


def _lon(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


def _border(corners: Sequence[Sequence[float]]) -> Iterator[Point]:
    for (y1, x1), (y2, x2) in pairwise([*corners, corners[0]]):
        yield from (
            (y1 + (y2 - y1) * n / _ALONG, x1 + (x2 - x1) * n / _ALONG) for n in range(_ALONG)
        )


def _inside(corners: Sequence[Sequence[float]]) -> Iterator[Point]:
    north, south = max(corner[0] for corner in corners), min(corner[0] for corner in corners)
    east, west = max(corner[1] for corner in corners), min(corner[1] for corner in corners)
    ring = [(corner[1], corner[0]) for corner in (*corners, corners[0])]
    drawn = borders.Polygon("", west, south, east, north, [ring])
    for row in range(_ACROSS):
        for column in range(_ACROSS):
            latitude = south + (north - south) * (row + 0.5) / _ACROSS
            longitude = west + (east - west) * (column + 0.5) / _ACROSS
            if drawn.holds(latitude, longitude):
                yield latitude, longitude
