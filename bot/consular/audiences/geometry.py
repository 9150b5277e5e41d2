"""Circles and polygons on the map: checked, and as conditions in SQL that every database can work out."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, isfinite, pi, radians, sin
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, or_

from bot.consular.errors import AudienceError
from bot.consular.reference.places import KM_A_DEGREE
from bot.models import Person

LARGEST_CIRCLE = 2000.0  # km
MOST_POINTS = 200
_WIDEST = 180.0  # degrees a polygon may span


def check_circle(value: Any) -> None:
    """`{"latitude": 36.2, "longitude": 36.16, "km": 50}`. Raises AudienceError."""
    if not isinstance(value, dict) or set(value) != {"latitude", "longitude", "km"}:
        raise AudienceError("A circle has a latitude, a longitude and km.")
    _check_point([value["latitude"], value["longitude"]])
    if not _is_number(value["km"]) or not 0 < value["km"] <= LARGEST_CIRCLE:
        raise AudienceError("A circle has a radius of up to {most} km.", most=int(LARGEST_CIRCLE))


def check_polygon(value: Any) -> None:
    """`[[latitude, longitude], …]`, three corners or more, closed by itself. Raises AudienceError."""
    if (
        not isinstance(value, list)
        or not 3 <= len({str(point) for point in value}) <= len(value) <= MOST_POINTS
    ):
        raise AudienceError("An area on the map has 3 to {most} corners.", most=MOST_POINTS)
    for point in value:
        _check_point(point)
    longitudes = [point[1] for point in value]
    if max(longitudes) - min(longitudes) > _WIDEST:
        raise AudienceError("An area on the map must not go around the world: draw two.")


def _check_point(point: Any) -> None:
    if not isinstance(point, list) or len(point) != 2 or not all(map(_is_number, point)):
        raise AudienceError("A corner is a latitude and a longitude.")
    if abs(point[0]) > 90 or abs(point[1]) > 180:
        raise AudienceError("There is no such place on the earth.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def in_circle(value: dict[str, float]) -> ColumnElement[bool]:
    """Whose (rounded) position is in the circle; across the date line as well."""
    latitude, longitude, degrees = value["latitude"], value["longitude"], value["km"] / KM_A_DEGREE
    wide = degrees / max(0.01, cos(radians(min(89.0, abs(latitude) + degrees))))
    turns = [longitude, *([longitude - 360] if longitude + wide > 180 else [])]
    turns += [longitude + 360] if longitude - wide < -180 else []
    near = [
        and_(_box(latitude, turn, degrees, wide), _is_close(latitude, turn, degrees))
        for turn in turns
    ]
    return or_(*near)


def _box(latitude: float, longitude: float, tall: float, wide: float) -> ColumnElement[bool]:
    """What an index can find before anything is worked out."""
    return and_(
        Person.latitude.between(latitude - tall, latitude + tall),
        Person.longitude.between(longitude - wide, longitude + wide),
    )


def _is_close(latitude: float, longitude: float, degrees: float) -> ColumnElement[bool]:
    """Equirectangular distance at the middle latitude, its cosine from the first terms of the series.

    Within 1 % of the great circle up to 1,000 km and 60°, without a function that SQLite may lack.
    """
    north, east = Person.latitude - latitude, Person.longitude - longitude
    half = north * (pi / 360)
    shrunk = east * (cos(radians(latitude)) * (1 - half * half / 2) - half * sin(radians(latitude)))
    return north * north + shrunk * shrunk <= degrees * degrees


def in_polygon(corners: Sequence[Sequence[float]]) -> ColumnElement[bool]:
    """Whose (rounded) position is inside: a ray to the east crosses the edges an odd number of times."""
    north, south = max(corner[0] for corner in corners), min(corner[0] for corner in corners)
    east, west = max(corner[1] for corner in corners), min(corner[1] for corner in corners)
    edges = zip(corners, [*corners[1:], corners[0]], strict=True)
    crossings = [_crosses(first, second) for first, second in edges if first[0] != second[0]]
    if not crossings:
        return false()
    odd = sum(crossings[1:], crossings[0]) % 2 == 1
    return and_(Person.latitude.between(south, north), Person.longitude.between(west, east), odd)


def _crosses(first: Sequence[float], second: Sequence[float]) -> ColumnElement[int]:
    (y1, x1), (y2, x2) = first, second
    low, high = sorted((y1, y2))
    at = x1 + (Person.latitude - y1) * ((x2 - x1) / (y2 - y1))
    return case(
        (and_(Person.latitude >= low, Person.latitude < high, Person.longitude < at), 1), else_=0
    )
