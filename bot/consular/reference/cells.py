"""Cells of a grid over the earth: by the cells they are in, positions are found blindly.

A cell is named by its south-western corner in its own unit: a position of 36.20, 36.16 is in the
cell `3620,3616` of 0.01°, in `362,361` of 0.1° and in `36,36` of 1°.
"""

from __future__ import annotations

from typing import NamedTuple

POSITION_DECIMALS = 2  # of a degree: about 1 km
DEGREE_STEPS = 10**POSITION_DECIMALS  # the side of a cell of 1°, in the smallest cells
TENTH_STEPS = 10


class Cells(NamedTuple):
    """The names of the cells that a position is in."""

    cell: str
    cell_tenth: str
    cell_degree: str


def of(latitude: float, longitude: float) -> Cells:
    """Return the cells of a position."""
    north = _steps(latitude)
    east = _steps(longitude)
    return Cells(
        name(north, east),
        name(north // TENTH_STEPS, east // TENTH_STEPS),
        name(north // DEGREE_STEPS, east // DEGREE_STEPS),
    )


def _steps(degrees: float) -> int:
    rounded = round(degrees, POSITION_DECIMALS)
    steps: int = round(rounded * DEGREE_STEPS)
    return steps


def name(north: int, east: int) -> str:
    """Name a cell by its place in the grid of its size."""
    return f"{north},{east}"
