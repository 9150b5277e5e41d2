"""The city nearest to a position. Positions are degrees of WGS 84."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from nlu.language import index
from nlu.language.index import City

EARTH_KM = 6371.0
REACHES = (1, 4, 20, 180)  # degrees around a position, looked through until one has a city
ALL_CELLS_REACH = 180
FULL_TURN = 360
# Columns of cities.tsv.
LATITUDE_COLUMN = 4
LONGITUDE_COLUMN = 5

Cell = tuple[int, int]  # the whole degrees of latitude and longitude


class _Spot(NamedTuple):
    """The position of a city, and its row."""

    latitude: float
    longitude: float
    number: int

    @property
    def cell(self) -> Cell:
        """The cell that the city lies in."""
        north = math.floor(self.latitude)
        east = math.floor(self.longitude)
        return north, east


class _Distance(NamedTuple):
    """How far a city is, and its row."""

    kilometres: float
    number: int


def nearest(
    latitude: float,
    longitude: float,
    country: str | None = None,
) -> City:
    """Return the city closest to a position, within a country (alpha-2) if one comes with it.

    Raises LookupError when that country has no city.
    """
    for reach in REACHES:
        spots = _within(latitude, longitude, reach)
        if country is not None:
            spots = _of_country(spots, country)
        distances = [_distance(latitude, longitude, spot) for spot in spots]
        if distances:
            closest = min(distances)
            return index.row(closest.number)
    raise LookupError(f"no city in {country}")


def _of_country(spots: Iterable[_Spot], country: str) -> Iterator[_Spot]:
    rows = index.index().rows
    for spot in spots:
        if rows[spot.number].startswith(country + "\t"):
            yield spot


def _within(
    latitude: float,
    longitude: float,
    reach: int,
) -> Iterator[_Spot]:
    """Yield the cities of the cells within so many degrees."""
    cells = _cells()
    if reach == ALL_CELLS_REACH:
        for spots in cells.values():
            yield from spots
        return
    for cell in _cells_around(latitude, longitude, reach):
        yield from cells.get(cell, ())


def _cells_around(
    latitude: float,
    longitude: float,
    reach: int,
) -> Iterator[Cell]:
    """Yield the cells within so many degrees, also across the date line."""
    south = math.floor(latitude) - reach
    west = math.floor(longitude) - reach
    span = 2 * reach + 1
    for north in range(south, south + span):
        for east in range(west, west + span):
            yield north, _turned(east)


def _turned(longitude: int) -> int:
    """Bring a longitude into the range from -180 to 179."""
    half = FULL_TURN // 2
    return (longitude + half) % FULL_TURN - half


@lru_cache(maxsize=1)
def _cells() -> dict[Cell, list[_Spot]]:
    """Sort the positions of all cities by whole degrees."""
    cells: dict[Cell, list[_Spot]] = {}
    rows = index.index().rows
    for number, line in enumerate(rows):
        spot = _spot(line, number)
        spots = cells.setdefault(spot.cell, [])
        spots.append(spot)
    return cells


def _spot(line: str, number: int) -> _Spot:
    """Read the position of a city from its row."""
    columns = line.split("\t")
    return _Spot(
        latitude=float(columns[LATITUDE_COLUMN]),
        longitude=float(columns[LONGITUDE_COLUMN]),
        number=number,
    )


def _distance(
    latitude: float,
    longitude: float,
    spot: _Spot,
) -> _Distance:
    """Measure the great circle to a city by the haversine formula."""
    start = math.radians(latitude)
    end = math.radians(spot.latitude)
    turn = math.radians(spot.longitude - longitude)
    lift = _haversine(end - start)
    narrowing = math.cos(start) * math.cos(end)  # of a degree of longitude
    swing = narrowing * _haversine(turn)
    share = min(1.0, lift + swing)
    half_angle = math.asin(math.sqrt(share))
    kilometres = 2 * EARTH_KM * half_angle
    return _Distance(kilometres, spot.number)


def _haversine(angle: float) -> float:
    return math.sin(angle / 2) ** 2
