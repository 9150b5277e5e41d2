"""The map of a board: a circle for each place, sized by its people, coloured by the silent ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from bot.consular.crises.places import PlaceCounts
from bot.consular.reference import outlines, places
from bot.consular.reference.outlines import Sheet, Spot

MAX_CIRCLES = 40
# Nearer than this to another name a circle has none; it tells it when touched.
NAME_WIDTH = 150.0
NAME_HEIGHT = 32.0
MIN_RADIUS = 8.0
MAX_RADIUS = 55.0
# From this share of silent people on a circle has this colour.
SHARES = ((0.5, "most"), (0.25, "many"), (0.0, "few"))


@dataclass(frozen=True, slots=True)
class Circle:
    """A place on the map. `shade` says how many of its people are silent."""

    place: PlaceCounts
    across: float
    down: float
    radius: float
    shade: str
    has_name: bool


@dataclass(frozen=True, slots=True)
class CrisisMap:
    """A sheet with circles, the largest first, so that small ones lie on top."""

    sheet: Sheet
    circles: list[Circle]


def draw(countries: Sequence[str], counted: Sequence[PlaceCounts]) -> CrisisMap | None:
    """Draw places, those with most silent people first; None where we have no borders."""
    sheet = outlines.draw(tuple(sorted(countries)))
    if sheet is None:
        return None
    shown = [place for place in counted if place.people][:MAX_CIRCLES]
    most = max([1, *map(_people, shown)])
    circles: list[Circle] = []
    for place in shown:
        spot = _spot(sheet, place)
        if spot is not None:
            has_room = _has_room(spot, circles)
            circle = _circle(place, spot, most, has_room)
            circles.append(circle)
    return CrisisMap(sheet, sorted(circles, key=_largest_first))


def _spot(sheet: Sheet, place: PlaceCounts) -> Spot | None:
    """Return where a place is on the sheet: a city, else the middle of its country."""
    city = places.place_of(place.city or place.country)
    position: Spot | None = None
    if city.latitude is not None and city.longitude is not None:
        position = (city.latitude, city.longitude)
    elif not place.city:
        position = outlines.centre(place.country)
    if position is None:
        return None
    spot = sheet.spot(*position)
    return spot if sheet.holds(spot) else None


def _has_room(spot: Spot, circles: Sequence[Circle]) -> bool:
    """Tell whether a name at a spot would lie on no other name."""
    across, down = spot
    for circle in circles:
        is_beside = abs(circle.across - across) < NAME_WIDTH
        is_level = abs(circle.down - down) < NAME_HEIGHT
        if circle.has_name and is_beside and is_level:
            return False
    return True


def _circle(place: PlaceCounts, spot: Spot, most: int, has_name: bool) -> Circle:
    across, down = spot
    size = sqrt(place.people / most)
    radius = max(MIN_RADIUS, MAX_RADIUS * size)
    silent_share = place.silent / place.people
    return Circle(
        place,
        round(across, 1),
        round(down, 1),
        round(radius, 1),
        _shade(silent_share),
        has_name,
    )


def _shade(share: float) -> str:
    for least, shade in SHARES:
        if share >= least:
            return shade
    return SHARES[-1][1]


def _people(place: PlaceCounts) -> int:
    return place.people


def _largest_first(circle: Circle) -> float:
    return -circle.radius
