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
    edge_latitude = min(MAX_LATITUDE, abs(circle.latitude) + radius)
    width = radius / max(MIN_COSINE, cos(radians(edge_latitude)))
    near: list[ColumnElement[bool]] = []
    for longitude in _turns(circle.longitude, width):
        is_in_box = _is_in_box(circle.latitude, longitude, radius, width)
        near.append(and_(is_in_box, _is_close(circle.latitude, longitude, radius)))
    return or_(*near)


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
    return and_(
        Person.latitude.between(latitude - height, latitude + height),
        Person.longitude.between(longitude - width, longitude + width),
    )


def _is_close(latitude: float, longitude: float, radius: float) -> ColumnElement[bool]:
    """Compare the equirectangular distance at the middle latitude with a radius in degrees.

    The cosine there is the first terms of its series: within 1 % of the great circle up to 1,000 km
    and 60°, without a function that SQLite may lack.
    """
    north = Person.latitude - latitude
    east = Person.longitude - longitude
    half = north * (pi / 360)
    cosine = cos(radians(latitude)) * (1 - half * half / 2) - half * sin(radians(latitude))
    shrunk_east = east * cosine
    return north * north + shrunk_east * shrunk_east <= radius * radius


def in_polygon(corners: Sequence[Point]) -> ColumnElement[bool]:
    """Return whether the person's (rounded) position is inside of a polygon.

    A ray to the east crosses its sides an odd number of times.
    """
    crossings: list[ColumnElement[int]] = []
    for start, end in pairwise([*corners, corners[0]]):
        if start[0] != end[0]:
            crossings.append(_crossing(start, end))
    if not crossings:
        return false()
    latitudes = [latitude for latitude, _ in corners]
    longitudes = [longitude for _, longitude in corners]
    return and_(
        Person.latitude.between(min(latitudes), max(latitudes)),
        Person.longitude.between(min(longitudes), max(longitudes)),
        sum(crossings[1:], crossings[0]) % 2 == 1,
    )


def _crossing(start: Point, end: Point) -> ColumnElement[int]:
    """Return 1 where the ray crosses a side, else 0."""
    slope = (end[1] - start[1]) / (end[0] - start[0])
    longitude = start[1] + (Person.latitude - start[0]) * slope
    south, north = sorted((start[0], end[0]))
    is_crossed = and_(
        Person.latitude >= south, Person.latitude < north, Person.longitude < longitude
    )
    return case((is_crossed, 1), else_=0)
