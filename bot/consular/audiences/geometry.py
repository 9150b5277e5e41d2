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
    width = _width(circle.latitude, radius)
    conditions: list[ColumnElement[bool]] = []
    for longitude in _turns(circle.longitude, width):
        is_in_box = _is_in_box(circle.latitude, longitude, radius, width)
        is_close = _is_close(circle.latitude, longitude, radius)
        conditions.append(and_(is_in_box, is_close))
    return or_(*conditions)


def _width(latitude: float, radius: float) -> float:
    """Return the half width of a circle in degrees, where it is widest: farthest from the equator.

    `radius` is in degrees of latitude.
    """
    farthest_latitude = abs(latitude) + radius
    angle = radians(min(MAX_LATITUDE, farthest_latitude))
    cosine = max(MIN_COSINE, cos(angle))
    return radius / cosine


def _turns(longitude: float, width: float) -> list[float]:
    """Return a longitude, and the same a turn further where the circle reaches the date line."""
    turns = [longitude]
    if longitude + width > 180:
        turns.append(longitude - 360)
    if longitude - width < -180:
        turns.append(longitude + 360)
    return turns


def _is_in_box(
    latitude: float,
    longitude: float,
    height: float,
    width: float,
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


def _is_close(
    latitude: float,
    longitude: float,
    radius: float,
) -> ColumnElement[bool]:
    """Compare the equirectangular distance at the middle latitude with a radius in degrees.

    The cosine there is the first terms of its series: within 1 % of the great circle up to 1,000 km
    and 60°, without a function that SQLite may lack.
    """
    angle = radians(latitude)
    cosine = cos(angle)
    sine = sin(angle)
    north = Person.latitude - latitude
    east = Person.longitude - longitude
    half = north * (pi / 360)  # to the middle latitude, in radians
    cosine_of_half = 1 - half * half / 2
    cosine_in_middle = cosine * cosine_of_half - half * sine
    shrunk_east = east * cosine_in_middle
    north_squared = north * north
    east_squared = shrunk_east * shrunk_east
    radius_squared = radius * radius
    return north_squared + east_squared <= radius_squared


def in_polygon(corners: Sequence[Point]) -> ColumnElement[bool]:
    """Return whether the person's (rounded) position is inside of a polygon.

    A ray to the east crosses its sides an odd number of times.
    """
    crossings = _crossings(corners)
    if not crossings:
        return false()
    first, *others = crossings
    total = sum(others, first)
    is_odd = total % 2 == 1
    return and_(_is_in_frame(corners), is_odd)


def _is_in_frame(corners: Sequence[Point]) -> ColumnElement[bool]:
    """Return whether the position is in the smallest box around a polygon."""
    latitudes: list[float] = []
    longitudes: list[float] = []
    for latitude, longitude in corners:
        latitudes.append(latitude)
        longitudes.append(longitude)
    return and_(
        Person.latitude.between(min(latitudes), max(latitudes)),
        Person.longitude.between(min(longitudes), max(longitudes)),
    )


def _crossings(corners: Sequence[Point]) -> list[ColumnElement[int]]:
    """Return 1 or 0 for each side that a ray to the east can cross: a level one never is."""
    closed_line = [*corners, corners[0]]
    crossings: list[ColumnElement[int]] = []
    for start, end in pairwise(closed_line):
        start_latitude, _ = start
        end_latitude, _ = end
        if start_latitude != end_latitude:
            crossings.append(_crossing(start, end))
    return crossings


def _crossing(start: Point, end: Point) -> ColumnElement[int]:
    """Return 1 where the ray crosses a side, else 0."""
    start_latitude, start_longitude = start
    end_latitude, end_longitude = end
    height = end_latitude - start_latitude
    width = end_longitude - start_longitude
    slope = width / height
    way_north = Person.latitude - start_latitude
    longitude = start_longitude + way_north * slope
    south = min(start_latitude, end_latitude)
    north = max(start_latitude, end_latitude)
    is_crossed = and_(
        Person.latitude >= south,
        Person.latitude < north,
        Person.longitude < longitude,
    )
    return case((is_crossed, 1), else_=0)
