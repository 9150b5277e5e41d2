"""Circles on the grid: which positions are in one, and which boxes surely are or are not."""

from __future__ import annotations

from dataclasses import dataclass
from math import (
    cos,
    pi,
    radians,
    sin,
    tan,
)
from typing import TypeVar

import numpy as np

from bot.consular.audiences.cover import (
    Boxes,
    Degrees,
    Flags,
    Frame,
)
from bot.consular.audiences.kinds import Circle
from bot.consular.reference.places import KM_A_DEGREE

MIN_COSINE = 0.01  # at the poles a degree of longitude has no length
MAX_LATITUDE = 89.0
# Nearer than this to a border every position is looked at by itself.
DOUBT_DEGREES = 1e-9

Way = TypeVar("Way", float, Degrees)  # from the centre, in degrees
Range = tuple[Degrees, Degrees]  # the least and the most


class Turns:
    """A circle, and the same a turn further where it reaches the date line."""

    def __init__(self, circle: Circle) -> None:
        radius = circle.km / KM_A_DEGREE
        width = _width(circle.latitude, radius)
        self._turns: list[Turn] = []
        for longitude in _longitudes(circle.longitude, width):
            turn = Turn(
                circle.latitude,
                longitude,
                radius,
                width,
            )
            self._turns.append(turn)

    @property
    def frame(self) -> Frame:
        """The box around it: around the earth, where it reaches the date line."""
        first, *others = self._turns
        own = first.frame
        west, east = own.west, own.east
        if others:
            west, east = -180.0, 180.0
        return Frame(
            max(own.south, -90.0),
            west,
            min(own.north, 90.0),
            east,
        )

    def holds(
        self,
        latitudes: Degrees,
        longitudes: Degrees,
    ) -> Flags:
        """Tell which positions are inside."""
        is_inside: Flags = np.zeros(latitudes.shape, dtype=np.bool_)
        for turn in self._turns:
            is_inside |= turn.holds(latitudes, longitudes)
        return is_inside

    def is_even(self, boxes: Boxes) -> Flags:
        """Tell which boxes are surely inside of one of them, or outside of all."""
        is_inside: Flags = np.zeros(boxes.south.shape, dtype=np.bool_)
        is_outside: Flags = np.ones(boxes.south.shape, dtype=np.bool_)
        for turn in self._turns:
            is_inside |= turn.surrounds(boxes)
            is_outside &= turn.is_apart_from(boxes)
        return is_inside | is_outside


def _width(
    latitude: float,
    radius: float,
) -> float:
    """Return the half width of a circle in degrees, where it is widest: farthest from the equator.

    `radius` is in degrees of latitude.
    """
    farthest_latitude = abs(latitude) + radius
    angle = radians(min(MAX_LATITUDE, farthest_latitude))
    cosine = max(MIN_COSINE, cos(angle))
    return radius / cosine


def _longitudes(
    longitude: float,
    width: float,
) -> list[float]:
    """Return a longitude, and the same a turn further where the circle reaches the date line."""
    turns = [longitude]
    if longitude + width > 180:
        turns.append(longitude - 360)
    if longitude - width < -180:
        turns.append(longitude + 360)
    return turns


@dataclass(frozen=True, slots=True)
class Turn:
    """A circle on a plane of degrees without an end; `radius` and `width` are in degrees."""

    latitude: float
    longitude: float
    radius: float
    width: float

    @property
    def frame(self) -> Frame:
        """The box around it."""
        return Frame(
            self.latitude - self.radius,
            self.longitude - self.width,
            self.latitude + self.radius,
            self.longitude + self.width,
        )

    def holds(
        self,
        latitudes: Degrees,
        longitudes: Degrees,
    ) -> Flags:
        """Tell which positions are inside.

        It compares the equirectangular distance at the middle latitude with the radius.
        """
        is_in_frame = self.frame.holds(latitudes, longitudes)
        north = latitudes - self.latitude
        east = longitudes - self.longitude
        shrunk_east = east * self._cosine_in_middle(north)
        north_squared = north * north
        east_squared = shrunk_east * shrunk_east
        distance_squared = north_squared + east_squared
        is_close: Flags = distance_squared <= self._radius_squared
        return is_in_frame & is_close

    def surrounds(self, boxes: Boxes) -> Flags:
        """Tell which boxes are surely inside."""
        frame = self.frame
        is_in_frame = frame.holds(boxes.south, boxes.west)
        is_in_frame &= frame.holds(boxes.north, boxes.east)
        _, farthest = self._distances_squared(boxes)
        is_close: Flags = farthest < self._radius_squared - DOUBT_DEGREES
        return is_in_frame & is_close

    def is_apart_from(self, boxes: Boxes) -> Flags:
        """Tell which boxes are surely outside."""
        frame = self.frame
        is_west = boxes.east < frame.west
        is_east = boxes.west > frame.east
        nearest, _ = self._distances_squared(boxes)
        is_far: Flags = nearest > self._radius_squared + DOUBT_DEGREES
        return is_far | is_west | is_east

    @property
    def _radius_squared(self) -> float:
        return self.radius * self.radius

    def _cosine_in_middle(self, north: Way) -> Way:
        """Return the cosine of the latitude half the way north.

        It is the first terms of its series: within 1 % of the great circle up to 1,000 km and 60°.
        """
        angle = radians(self.latitude)
        half = north * (pi / 360)
        half_squared = half * half
        cosine_of_half = 1 - half_squared / 2
        return cos(angle) * cosine_of_half - half * sin(angle)

    def _distances_squared(self, boxes: Boxes) -> Range:
        """Return the least and the most that squared distances to positions in boxes are."""
        south = boxes.south - self.latitude
        north = boxes.north - self.latitude
        west = boxes.west - self.longitude
        east = boxes.east - self.longitude
        least_north, most_north = _squares(south, north)
        least_east, most_east = _squares(west, east)
        cosines = self._cosines(south, north)
        least_cosine, most_cosine = _squares(*cosines)
        nearest = least_north + least_east * least_cosine
        farthest = most_north + most_east * most_cosine
        return nearest, farthest

    def _cosines(
        self,
        south: Degrees,
        north: Degrees,
    ) -> Range:
        """Return the least and the largest cosine between two ways; there is one summit."""
        summit = -tan(radians(self.latitude)) * 360 / pi
        highest = np.clip(summit, south, north)
        in_south = self._cosine_in_middle(south)
        in_north = self._cosine_in_middle(north)
        least = np.minimum(in_south, in_north)
        return least, self._cosine_in_middle(highest)


def _squares(
    least: Degrees,
    most: Degrees,
) -> Range:
    """Return the least and the largest square of what is between two numbers."""
    least_squared = least * least
    most_squared = most * most
    nearest = np.minimum(least_squared, most_squared)
    farthest = np.maximum(least_squared, most_squared)
    starts_before_zero = least <= 0
    ends_after_zero = most >= 0
    holds_zero = starts_before_zero & ends_after_zero
    nearest[holds_zero] = 0.0
    return nearest, farthest
