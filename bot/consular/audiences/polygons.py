"""Polygons on the grid: which positions are in one, and which boxes none of its sides touches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely

from bot.consular.audiences.cover import (
    Boxes,
    Degrees,
    Flags,
    Frame,
)
from bot.consular.audiences.kinds import Point

# Nearer than this to a border every position is looked at by itself.
DOUBT_DEGREES = 1e-9

Side = tuple[Point, Point]


class Outline:
    """A polygon; one that crosses itself holds what its sides enclose an odd number of times."""

    def __init__(self, corners: Sequence[Point]) -> None:
        self._sides: list[Side] = list(pairwise([*corners, corners[0]]))
        latitudes = [latitude for latitude, _ in corners]
        longitudes = [longitude for _, longitude in corners]
        self.frame = Frame(
            min(latitudes),
            min(longitudes),
            max(latitudes),
            max(longitudes),
        )

    def holds(
        self,
        latitudes: Degrees,
        longitudes: Degrees,
    ) -> Flags:
        """Tell which positions are inside: a ray to the east crosses an odd number of sides."""
        is_odd = np.zeros(latitudes.shape, dtype=np.bool_)
        for side in self._sides:
            is_odd ^= _is_crossed(side, latitudes, longitudes)
        return is_odd & self.frame.holds(latitudes, longitudes)

    def is_even(self, boxes: Boxes) -> Flags:
        """Tell which boxes no side touches: they are inside, or outside, as a whole."""
        sides = shapely.multilinestrings([_line(side) for side in self._sides])
        shapely.prepare(sides)
        wide_boxes = shapely.box(
            boxes.west - DOUBT_DEGREES,
            boxes.south - DOUBT_DEGREES,
            boxes.east + DOUBT_DEGREES,
            boxes.north + DOUBT_DEGREES,
        )
        is_touched: Flags = shapely.intersects(sides, wide_boxes)
        return ~is_touched


def _line(side: Side) -> shapely.LineString:
    """Draw a side as shapely does: longitude first."""
    return shapely.LineString([(longitude, latitude) for latitude, longitude in side])


def _is_crossed(
    side: Side,
    latitudes: Degrees,
    longitudes: Degrees,
) -> Flags:
    """Tell from which positions a ray to the east crosses a side; a level one is never crossed."""
    start, end = side
    start_latitude, start_longitude = start
    end_latitude, end_longitude = end
    height = end_latitude - start_latitude
    if height == 0:
        return np.zeros(latitudes.shape, dtype=np.bool_)
    slope = (end_longitude - start_longitude) / height
    south = min(start_latitude, end_latitude)
    north = max(start_latitude, end_latitude)
    is_north_enough = latitudes >= south
    is_south_enough = latitudes < north
    way_north = latitudes - start_latitude
    crossing = start_longitude + way_north * slope
    is_west_enough: Flags = longitudes < crossing
    return is_north_enough & is_south_enough & is_west_enough
