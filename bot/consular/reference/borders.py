"""Borders of countries: polygons from a GeoJSON file that an installation may replace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

# From npm @rapideditor/country-coder, ISC licence.
VENDORED = Path(__file__).parent / "data" / "borders.json"

# `iso` is the name in our file; country-coder's own file, which many will start from, has `iso1A2`.
ISO_PROPERTIES = ("iso", "iso1A2")


@dataclass(frozen=True, slots=True)
class Borders:
    """The polygons of a file, an index of them, and the country (ISO alpha-2) of each."""

    polygons: Sequence[shapely.Polygon]
    countries: Sequence[str]
    tree: shapely.STRtree


@cache
def load(path: Path) -> Borders:
    """Read a GeoJSON file whose features have the property `iso` or `iso1A2`, two letters.

    Features without a geometry, such as country-coder's groups of countries, are left out.
    Raises ValueError with what is wrong.
    """
    polygons: list[shapely.Polygon] = []
    countries: list[str] = []
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
        for feature in collection["features"]:
            geometry = feature.get("geometry")
            for polygon in _polygons(geometry):
                country = _country(feature["properties"])
                polygons.append(polygon)
                countries.append(country)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        raise _unreadable(path, repr(error)) from error
    if not polygons:
        raise _unreadable(path, "no feature has a geometry")
    tree = shapely.STRtree(polygons)
    return Borders(polygons, countries, tree)


def _unreadable(path: Path, reason: str) -> ValueError:
    properties = " or ".join(ISO_PROPERTIES)
    return ValueError(
        f"{path.name} is not GeoJSON of countries with a property {properties} ({reason})"
    )


def _country(properties: dict[str, Any]) -> str:
    for name in ISO_PROPERTIES:
        country = properties.get(name)
        if country:
            return str(country)
    raise KeyError(" or ".join(ISO_PROPERTIES))


def _polygons(geometry: dict[str, Any] | None) -> list[shapely.Polygon]:
    """Build the polygons of a GeoJSON geometry: none, one or several, each with its holes."""
    if geometry is None:
        return []
    match geometry["type"]:
        case "Polygon":
            parts = [geometry["coordinates"]]
        case "MultiPolygon":
            parts = geometry["coordinates"]
        case unknown_type:
            raise KeyError(unknown_type)
    polygons: list[shapely.Polygon] = []
    for rings in parts:
        outline, *holes = rings
        polygons.append(shapely.Polygon(outline, holes))
    return polygons


def country_at(
    borders: Borders,
    latitude: float,
    longitude: float,
) -> str | None:
    """Return the country of a point; None at sea."""
    point = shapely.Point(longitude, latitude)
    numbers = borders.tree.query(point, predicate="intersects")
    if len(numbers) == 0:
        return None
    first = int(min(numbers))
    return borders.countries[first]


def countries_in(borders: Borders, area: BaseGeometry) -> frozenset[str]:
    """Return the countries that share more than a border with an area (of longitude, latitude)."""
    countries: set[str] = set()
    for number in borders.tree.query(area, predicate="intersects"):
        polygon = borders.polygons[number]
        if not shapely.touches(polygon, area):
            countries.add(borders.countries[number])
    return frozenset(countries)
