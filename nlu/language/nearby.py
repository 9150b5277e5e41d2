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
LATITUDE_COLUMN = 4  # of cities.tsv


class _Spot(NamedTuple):
    """The position of a city, and its row."""

    latitude: float
    longitude: float
    number: int


class _Distance(NamedTuple):
    """How far a city is, and its row."""

    kilometres: float
    number: int


Cell = tuple[int, int]  # the whole degrees of latitude and longitude


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
    for number, line in enumerate(index.index().rows):
        columns = line.split("\t")
        latitude, longitude = map(float, columns[LATITUDE_COLUMN : LATITUDE_COLUMN + 2])
        cell = (math.floor(latitude), math.floor(longitude))
        spots = cells.setdefault(cell, [])
        spots.append(_Spot(latitude, longitude, number))
    return cells


def _distance(
    latitude: float,
    longitude: float,
    spot: _Spot,
) -> _Distance:
    """Measure the great circle to a city by the haversine formula."""
    start = math.radians(latitude)
    end = math.radians(spot.latitude)
    turn = math.radians(spot.longitude - longitude)
    lift = math.sin((end - start) / 2) ** 2
    swing = math.cos(start) * math.cos(end) * math.sin(turn / 2) ** 2
    share = min(1.0, lift + swing)
    kilometres = 2 * EARTH_KM * math.asin(math.sqrt(share))
    return _Distance(kilometres, spot.number)
