"""The cells of the grid that make up a shape on the map.

A cell of 1° or 0.1° that is wholly inside stands for all that is in it; of the smallest, those
count whose position, to 0.01°, is inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bot.consular.reference import cells
from bot.consular.reference.cells import (
    DEGREE_STEPS,
    TENTH_STEPS,
)

CHILDREN_A_SIDE = 10  # of a cell, in cells of the next size
SMALLEST_STEPS = 1

Degrees: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
# South-western corners of cells of one size, in the grid of that size.
Corners: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frame:
    """A box on the map in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(
        self,
        latitudes: Degrees,
        longitudes: Degrees,
    ) -> Flags:
        """Tell which positions are in the box; its sides are."""
        is_north_enough = latitudes >= self.south
        is_south_enough = latitudes <= self.north
        is_east_enough = longitudes >= self.west
        is_west_enough = longitudes <= self.east
        is_in_height: Flags = is_north_enough & is_south_enough
        is_in_width: Flags = is_east_enough & is_west_enough
        return is_in_height & is_in_width


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes around the positions in cells, in degrees; their sides are positions, too."""

    south: Degrees
    west: Degrees
    north: Degrees
    east: Degrees


class Shape(Protocol):
    """What can be covered."""

    @property
    def frame(self) -> Frame:
        """The box around the shape."""

    def holds(
        self,
        latitudes: Degrees,
        longitudes: Degrees,
    ) -> Flags:
        """Tell which positions are inside."""

    def is_even(self, boxes: Boxes) -> Flags:
        """Tell which boxes are surely inside as a whole, or outside as a whole."""


@dataclass(frozen=True, slots=True)
class Cover:
    """The names of the cells of each size that make up a shape; no position is in two."""

    degrees: tuple[str, ...]
    tenths: tuple[str, ...]
    smallest: tuple[str, ...]


def of(shape: Shape) -> Cover:
    """Return the cells that make up a shape."""
    degrees, split_degrees = _sorted(shape, _around(shape.frame), DEGREE_STEPS)
    tenths, split_tenths = _sorted(shape, _children(split_degrees), TENTH_STEPS)
    smallest = _children(split_tenths)
    is_inside = _holds(shape, smallest, SMALLEST_STEPS)
    return Cover(
        _names(degrees),
        _names(tenths),
        _names(smallest[is_inside]),
    )


def _around(frame: Frame) -> Corners:
    """Return the cells of 1° that a frame touches."""
    norths = _degrees_between(frame.south, frame.north)
    easts = _degrees_between(frame.west, frame.east)
    return _grid(norths, easts)


def _degrees_between(first: float, last: float) -> Corners:
    return np.arange(
        floor(first),
        floor(last) + 1,
        dtype=np.int64,
    )


def _grid(
    norths: Corners,
    easts: Corners,
) -> Corners:
    """Return every pair of these numbers, a row each."""
    pairs = np.meshgrid(norths, easts, indexing="ij")
    return np.stack(pairs, axis=-1).reshape(-1, 2)


def _sorted(
    shape: Shape,
    corners: Corners,
    steps: int,
) -> tuple[Corners, Corners]:
    """Return the cells that are wholly inside, and those that must be looked at closer.

    `steps` is the side of these cells, in the smallest.
    """
    is_even = shape.is_even(_boxes(corners, steps))
    even = corners[is_even]
    is_inside = _holds(shape, even, steps)
    return even[is_inside], corners[~is_even]


def _holds(
    shape: Shape,
    corners: Corners,
    steps: int,
) -> Flags:
    """Tell of which cells the position at the south-western corner is inside."""
    positions = corners * steps / DEGREE_STEPS
    return shape.holds(positions[:, 0], positions[:, 1])


def _boxes(
    corners: Corners,
    steps: int,
) -> Boxes:
    """Return the boxes around the positions in cells."""
    first = corners * steps
    last = first + (steps - 1)
    south_west = first / DEGREE_STEPS
    north_east = last / DEGREE_STEPS
    return Boxes(
        south_west[:, 0],
        south_west[:, 1],
        north_east[:, 0],
        north_east[:, 1],
    )


def _children(corners: Corners) -> Corners:
    """Return the cells of the next size that cells consist of."""
    steps = np.arange(CHILDREN_A_SIDE, dtype=np.int64)
    first = corners * CHILDREN_A_SIDE
    children = first[:, None, :] + _grid(steps, steps)
    return children.reshape(-1, 2)


def _names(corners: Corners) -> tuple[str, ...]:
    return tuple(cells.name(north, east) for north, east in corners.tolist())
