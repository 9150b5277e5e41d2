"""Circles and polygons as conditions in SQL that every database can work out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import cos, pi, radians, sin

from sqlalchemy import ColumnElement, and_, case, false, or_

from bot.consular.audiences.kinds import Circle, Point
from bot.consular.reference.places import KM_A_DEGREE
from bot.models import Person

MIN_COSINE = 0.01  # at the poles a degree of longitude has no length
MAX_LATITUDE = 89.0


def in_circle(circle: Circle) -> ColumnElement[bool]:
    """Return whether the person's (rounded) position is in a circle, across the date line too."""
    radius = circle.km / KM_A_DEGREE
    farthest_latitude = abs(circle.latitude) + radius
    cosine = cos(radians(min(MAX_LATITUDE, farthest_latitude)))
    width = radius / max(MIN_COSINE, cosine)
    conditions: list[ColumnElement[bool]] = []
    for longitude in _turns(circle.longitude, width):
        is_in_box = _is_in_box(circle.latitude, longitude, radius, width)
        is_close = _is_close(circle.latitude, longitude, radius)
        conditions.append(and_(is_in_box, is_close))
    return or_(*conditions)


def _turns(longitude: float, width: float) -> list[float]:
    """Return a longitude, and the same a turn further where the circle reaches the date line."""
    turns = [longitude]
    if longitude + width > 180:
        turns.append(longitude - 360)
    if longitude - width < -180:
        turns.append(longitude + 360)
    return turns


def _is_in_box(
    latitude: float, longitude: float, height: float, width: float
) -> ColumnElement[bool]:
    """Return whether the position is in a box: an index finds that before anything is computed."""
    south = latitude - height
    north = latitude + height
    west = longitude - width
    east = longitude + width
    return and_(
        Person.latitude.between(south, north),
        Person.longitude.between(west, east),
    )


def _is_close(latitude: float, longitude: float, radius: float) -> ColumnElement[bool]:
    """Compare the equirectangular distance at the middle latitude with a radius in degrees.

    The cosine there is the first terms of its series: within 1 % of the great circle up to 1,000 km
    and 60°, without a function that SQLite may lack.
    """
    cosine = cos(radians(latitude))
    sine = sin(radians(latitude))
    north = Person.latitude - latitude
    east = Person.longitude - longitude
    half = north * (pi / 360)  # to the middle latitude, in radians
    cosine_of_half = 1 - half * half / 2
    cosine_in_middle = cosine * cosine_of_half - half * sine
    shrunk_east = east * cosine_in_middle
    distance_squared = north * north + shrunk_east * shrunk_east
    return distance_squared <= radius * radius


def in_polygon(corners: Sequence[Point]) -> ColumnElement[bool]:
    """Return whether the person's (rounded) position is inside of a polygon.

    A ray to the east crosses its sides an odd number of times.
    """
    crossings: list[ColumnElement[int]] = []
    for start, end in pairwise([*corners, corners[0]]):
        is_level = start[0] == end[0]
        if not is_level:
            crossings.append(_crossing(start, end))
    if not crossings:
        return false()
    latitudes = [latitude for latitude, _ in corners]
    longitudes = [longitude for _, longitude in corners]
    total = sum(crossings[1:], crossings[0])
    return and_(
        Person.latitude.between(min(latitudes), max(latitudes)),
        Person.longitude.between(min(longitudes), max(longitudes)),
        total % 2 == 1,
    )


def _crossing(start: Point, end: Point) -> ColumnElement[int]:
    """Return 1 where the ray crosses a side, else 0."""
    start_latitude, start_longitude = start
    end_latitude, end_longitude = end
    slope = (end_longitude - start_longitude) / (end_latitude - start_latitude)
    longitude = start_longitude + (Person.latitude - start_latitude) * slope
    south = min(start_latitude, end_latitude)
    north = max(start_latitude, end_latitude)
    is_crossed = and_(
        Person.latitude >= south,
        Person.latitude < north,
        Person.longitude < longitude,
    )
    return case((is_crossed, 1), else_=0)
