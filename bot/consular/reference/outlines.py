"""Outlines of countries on a flat sheet, from our own borders: for a map without any server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import cos, radians

import shapely
from shapely.geometry.base import BaseGeometry

from bot.consular.reference import places

WIDTH = 1000.0  # of the sheet, in its own units
MARGIN = 40.0
MAX_HEIGHT = 900.0
INNER_WIDTH = WIDTH - 2 * MARGIN
INNER_HEIGHT = MAX_HEIGHT - 2 * MARGIN
DETAIL = 1.5  # bends that are smaller are left out
MIN_SPAN_DEGREES = 2.0

Spot = tuple[float, float]  # across and down, in units of the sheet


@dataclass(frozen=True, slots=True)
class Sheet:
    """A flat sheet around some countries: each degree of latitude has the same height.

    `outlines` are the data of SVG paths.
    """

    west: float
    north: float
    units_a_degree: float
    narrowing: float
    height: float
    outlines: tuple[str, ...]

    def spot(self, latitude: float, longitude: float) -> Spot:
        """Return where a position is on the sheet."""
        degrees_across = (longitude - self.west) * self.narrowing
        degrees_down = self.north - latitude
        return (
            MARGIN + degrees_across * self.units_a_degree,
            MARGIN + degrees_down * self.units_a_degree,
        )

    def holds(self, spot: Spot) -> bool:
        """Tell whether a spot is on the sheet."""
        across, down = spot
        is_across = 0 <= across <= WIDTH
        is_down = 0 <= down <= self.height
        return is_across and is_down


@lru_cache(maxsize=32)
def draw(countries: tuple[str, ...]) -> Sheet | None:
    """Draw the outlines of these countries (ISO codes); None where we have no borders of them.

    The sheet shows the largest piece of each country whole; islands far away may be off it.
    """
    pieces = places.outlines_of(countries)
    if not pieces:
        return None
    largest: list[shapely.Polygon] = []
    for polygons in pieces.values():
        mainland = max(polygons, key=_area)
        largest.append(mainland)
    blank = _blank(shapely.unary_union(largest))
    outlines: list[str] = []
    for polygons in pieces.values():
        outline = _outline(blank, polygons)
        outlines.append(outline)
    return replace(blank, outlines=tuple(outlines))


def _blank(area: BaseGeometry) -> Sheet:
    """Return an empty sheet on which an area fits, as large as possible."""
    west, south, east, north = area.bounds
    middle = radians((south + north) / 2)
    narrowing = cos(middle)
    width = max(MIN_SPAN_DEGREES, (east - west) * narrowing)
    height = max(MIN_SPAN_DEGREES, north - south)
    units_a_degree = min(
        INNER_WIDTH / width,
        INNER_HEIGHT / height,
    )
    spare_width = INNER_WIDTH / units_a_degree - width
    return Sheet(
        west=west - spare_width / 2 / narrowing,
        north=north,
        units_a_degree=units_a_degree,
        narrowing=narrowing,
        height=height * units_a_degree + 2 * MARGIN,
        outlines=(),
    )


def centre(country: str) -> Spot | None:
    """Return a position (latitude, longitude) inside the largest piece of a country."""
    pieces = places.outlines_of((country,))
    if not pieces:
        return None
    mainland = max(pieces[country], key=_area)
    inside = mainland.representative_point()
    return (
        inside.y,
        inside.x,
    )


def _outline(
    sheet: Sheet,
    polygons: Sequence[shapely.Polygon],
) -> str:
    """Write the outer edges of a country as the data of a path."""
    whole = shapely.unary_union(list(polygons))
    detail_degrees = DETAIL / sheet.units_a_degree
    plain = whole.simplify(detail_degrees)
    edges: list[str] = []
    for polygon in shapely.get_parts(plain):
        edge = _edge(sheet, polygon)
        edges.append(edge)
    return "".join(edges)


def _edge(sheet: Sheet, polygon: shapely.Polygon) -> str:
    corners: list[str] = []
    for longitude, latitude in polygon.exterior.coords:
        across, down = sheet.spot(latitude, longitude)
        corners.append(f"{across:.1f} {down:.1f}")
    line = "L".join(corners)
    return f"M{line}Z"


def _area(polygon: shapely.Polygon) -> float:
    return float(polygon.area)
