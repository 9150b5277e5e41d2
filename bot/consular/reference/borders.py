"""Which country a point is in: polygons with bounding boxes, from a GeoJSON file that an installation may replace."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VENDORED = (
    Path(__file__).parent / "data" / "borders.json"
)  # from npm @rapideditor/country-coder, ISC licence

Ring = Sequence[Sequence[float]]  # closed, of longitude and latitude in degrees


@dataclass(frozen=True, slots=True)
class Polygon:
    """An outer ring and its holes, with the box around them."""

    country: str  # ISO alpha-2
    west: float
    south: float
    east: float
    north: float
    rings: Sequence[Ring]

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether the point is inside: within the outer ring and outside of the holes."""
        if not (self.west <= longitude <= self.east and self.south <= latitude <= self.north):
            return False
        # A ray to the east crosses the rings an odd number of times when it starts inside.
        return sum(_crossings(ring, latitude, longitude) for ring in self.rings) % 2 == 1


def _crossings(ring: Ring, latitude: float, longitude: float) -> int:
    crossed = 0
    x1, y1 = ring[-1]
    for x2, y2 in ring:
        if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (
            y2 - y1
        ) + x1:
            crossed += 1
        x1, y1 = x2, y2
    return crossed


@cache
def load(path: Path) -> tuple[Polygon, ...]:
    """The polygons of a GeoJSON file whose features have the property `iso`. Raises ValueError with what is wrong."""
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return tuple(polygon for feature in features for polygon in _polygons(feature))
    except (KeyError, TypeError, IndexError, json.JSONDecodeError) as error:
        raise ValueError(
            f"{path.name} is not GeoJSON of countries with a property iso ({error!r})"
        ) from error


def _polygons(feature: Any) -> list[Polygon]:
    geometry = feature["geometry"]
    several = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[
        geometry["type"]
    ]
    return [_polygon(feature["properties"]["iso"], rings) for rings in several]


def _polygon(country: str, rings: Sequence[Ring]) -> Polygon:
    xs, ys = [point[0] for point in rings[0]], [point[1] for point in rings[0]]
    return Polygon(country, min(xs), min(ys), max(xs), max(ys), rings)


def country_at(polygons: Sequence[Polygon], latitude: float, longitude: float) -> str | None:
    """The country of a point, None at sea."""
    return next(
        (polygon.country for polygon in polygons if polygon.holds(latitude, longitude)), None
    )
