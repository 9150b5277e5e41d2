"""The countries an audience touches, drawn areas included: for whom an advisory is worth reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import cos, pi, radians, sin
from typing import Any

from bot.consular import places
from bot.consular.places import KM_A_DEGREE

_AROUND = 24  # points looked at on a circle
_ALONG = 8  # points looked at on each side of a polygon
Point = tuple[float, float]  # latitude, longitude in degrees


def countries_in(audience: Mapping[str, Any]) -> frozenset[str]:
    """Codes of the countries an audience touches; none where it is not about places ("all students").

    A drawn area is looked at along its border and in its middle: a country wholly inside and small may be missed.
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
            return frozenset(filter(None, (places.country_at(*point) for point in _points(kind, value))))
        case "all":
            touched = [found for part in value if (found := countries_in(part))]
            return frozenset.intersection(*touched) if touched else frozenset()
        case "any":
            return frozenset().union(*map(countries_in, value))
        case _:
            return frozenset()


def _points(kind: str, value: Any) -> Iterator[Point]:
    if kind == "circle":
        yield from circle(value["latitude"], value["longitude"], value["km"], _AROUND)
        yield value["latitude"], value["longitude"]
    else:
        yield from _border(value)
        yield sum(point[0] for point in value) / len(value), sum(point[1] for point in value) / len(value)


def circle(latitude: float, longitude: float, km: float, points: int) -> list[Point]:
    """Points around a place, evenly spread."""
    tall = km / KM_A_DEGREE
    wide = tall / max(0.01, cos(radians(latitude)))
    turns = [2 * pi * turn / points for turn in range(points)]
    return [(max(-90.0, min(90.0, latitude + tall * sin(turn))), _lon(longitude + wide * cos(turn))) for turn in turns]


def _lon(degrees: float) -> float:
    return (degrees + 180) % 360 - 180


def _border(corners: Sequence[Sequence[float]]) -> Iterator[Point]:
    for (y1, x1), (y2, x2) in pairwise([*corners, corners[0]]):
        yield from ((y1 + (y2 - y1) * n / _ALONG, x1 + (x2 - x1) * n / _ALONG) for n in range(_ALONG))
