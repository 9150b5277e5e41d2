"""The city nearest to a position. Positions are degrees of WGS 84."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from nlu.language import index
from nlu.language.index import City

EARTH_KM = 6371.0
REACHES = (1, 4, 20, 180)  # degrees around a position, looked through until one has a city
NEAR_REACH = 1
ALL_CELLS_REACH = 180
FULL_TURN = 360
# Columns of cities.tsv.
COUNTRY_COLUMN = 0
LATITUDE_COLUMN = 4
LONGITUDE_COLUMN = 5

Cell = tuple[int, int]  # the whole degrees of latitude and longitude


class _Spot(NamedTuple):
    """The position of a city, and its row."""

    latitude: float
    longitude: float
    number: int


@dataclass(frozen=True)
class _Map:
    """The positions of all cities by row, and the rows of each cell."""

    latitudes: array[float]
    longitudes: array[float]
    countries: list[str]
    cells: dict[Cell, array[int]]

    def spots(
        self,
        cell: Cell,
        country: str | None,
    ) -> Iterator[_Spot]:
        """Yield the cities of a cell, of a country (alpha-2) alone if one comes with it."""
        for number in self.cells.get(
            cell,
            (),
        ):
            if country is None or self.countries[number] == country:
                yield _Spot(
                    self.latitudes[number],
                    self.longitudes[number],
                    number,
                )


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
        spots = _within(
            latitude,
            longitude,
            reach,
            country,
        )
        closest = _closest(
            latitude,
            longitude,
            spots,
            is_flat=reach == NEAR_REACH,
        )
        if closest is not None:
            return index.row(closest)
    raise LookupError(f"no city in {country}")


def _closest(
    latitude: float,
    longitude: float,
    spots: Iterable[_Spot],
    *,
    is_flat: bool,
) -> int | None:
    """Return the row of the closest city; within a degree or two the earth is flat."""
    narrowing = math.cos(math.radians(latitude))
    closest: int | None = None
    least = math.inf
    for spot in spots:
        if is_flat:
            north = spot.latitude - latitude
            east = abs(spot.longitude - longitude)
            east = (
                min(
                    east,
                    FULL_TURN - east,
                )
                * narrowing
            )
            distance = north * north + east * east
        else:
            distance = _distance(
                latitude,
                longitude,
                spot,
            ).kilometres
        if distance < least:
            least = distance
            closest = spot.number
    return closest


def _within(
    latitude: float,
    longitude: float,
    reach: int,
    country: str | None,
) -> Iterator[_Spot]:
    """Yield the cities of the cells within so many degrees, or those of a country among them."""
    atlas = _map()
    cells: Iterable[Cell] = atlas.cells
    if reach != ALL_CELLS_REACH:
        cells = _cells_around(
            latitude,
            longitude,
            reach,
        )
    for cell in cells:
        yield from atlas.spots(
            cell,
            country,
        )


def _cells_around(
    latitude: float,
    longitude: float,
    reach: int,
) -> Iterator[Cell]:
    """Yield the cells within so many degrees, also across the date line."""
    south = math.floor(latitude) - reach
    west = math.floor(longitude) - reach
    span = 2 * reach + 1
    for north in range(
        south,
        south + span,
    ):
        for east in range(
            west,
            west + span,
        ):
            yield north, _turned(east)


def _turned(longitude: int) -> int:
    """Bring a longitude into the range from -180 to 179."""
    half = FULL_TURN // 2
    return (longitude + half) % FULL_TURN - half


@lru_cache(maxsize=1)
def _map() -> _Map:
    """Sort all cities by whole degrees."""
    latitudes = array("d")
    longitudes = array("d")
    countries: list[str] = []
    cells: dict[Cell, array[int]] = {}
    rows = index.index().rows
    for number in range(len(rows)):
        columns = rows.read(number).split(b"\t")
        latitude = float(columns[LATITUDE_COLUMN])
        longitude = float(columns[LONGITUDE_COLUMN])
        latitudes.append(latitude)
        longitudes.append(longitude)
        cell = (math.floor(latitude), math.floor(longitude))
        numbers = cells.setdefault(
            cell,
            array("I"),
        )
        numbers.append(number)
        countries.append(sys.intern(columns[COUNTRY_COLUMN].decode()))
    return _Map(
        latitudes,
        longitudes,
        countries,
        cells,
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
    share = min(
        1.0,
        lift + swing,
    )
    half_angle = math.asin(math.sqrt(share))
    kilometres = 2 * EARTH_KM * half_angle
    return _Distance(
        kilometres,
        spot.number,
    )


def _haversine(angle: float) -> float:
    return math.sin(angle / 2) ** 2
