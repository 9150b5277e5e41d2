"""Areas of other people's CAP alerts as audiences: polygons, circles, countries by ISO code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import shapely

from bot.consular.audiences import limits, rules
from bot.consular.audiences.kinds import AnyOf, Circle, Cities, Countries, Point, Polygon, Rule
from bot.consular.audiences.limits import MAX_CORNERS
from bot.consular.cap import geocodes
from bot.consular.cap.documents import CAP
from bot.consular.errors import N_, AudienceError, ConsularError

MAX_SHAPES = 20  # drawn; with more of them, staff choose by hand
MIN_PAIRS = 4  # of a closed polygon
MAX_PAIRS = 20_000
MAX_LATITUDE = 90
MAX_LONGITUDE = 180
MIN_TOLERANCE_DEGREES = 0.0001  # of simplification: some ten metres
MAX_TOLERANCE_DEGREES = 10.0
_NUMBER = re.compile(r"[-+]?\d{1,3}(\.\d{1,15})?", re.ASCII)
_RADIUS = re.compile(r"\+?\d{1,6}(\.\d{1,15})?", re.ASCII)

Element = Any  # lxml's; its stubs know it as a private class
S = TypeVar("S", Polygon, Circle)


class CapError(ConsularError):
    """A refusal: it is not CAP 1.2 that can be trusted. Nothing was changed."""


def audience(areas: Sequence[Element]) -> dict[str, Any]:
    """Return the audience of these `area` elements; `{}` where no place is understood.

    Raises CapError.
    """
    alternatives: list[Rule] = []
    countries = _countries(areas)
    if countries:
        alternatives.append(Countries(countries))
    cities = _cities(areas)
    if cities:
        alternatives.append(Cities(cities))
    shapes = _drawn(areas)
    if len(shapes) <= MAX_SHAPES:
        alternatives.extend(shapes)
    rule = _either(alternatives)
    return rules.to_json(rule)


def _countries(areas: Sequence[Element]) -> tuple[str, ...]:
    """Return the countries that the geocodes of these areas name, wholly or in part."""
    countries: set[str] = set()
    for list_name, code in _codes(areas):
        country = geocodes.country(list_name, code)
        if country is not None:
            countries.add(country)
    return tuple(sorted(countries))


def _cities(areas: Sequence[Element]) -> tuple[str, ...]:
    cities: set[str] = set()
    for list_name, code in _codes(areas):
        if geocodes.is_city(list_name, code):
            cities.add(code)
    return tuple(sorted(cities))


def _codes(areas: Sequence[Element]) -> Iterator[geocodes.Code]:
    for area in areas:
        yield from geocodes.codes(area)


def _either(alternatives: Sequence[Rule]) -> Rule | None:
    if not alternatives:
        return None
    if len(alternatives) == 1:
        return alternatives[0]
    return AnyOf(tuple(alternatives))


def _drawn(areas: Sequence[Element]) -> list[Polygon | Circle]:
    """Return the different shapes of all areas."""
    shapes: dict[Polygon | Circle, None] = {}
    for area in areas:
        for shape in _shapes(area):
            shapes[shape] = None
    return list(shapes)


def unread(areas: Sequence[Element]) -> list[str]:
    """Return the sender's names of areas that did not come into the audience, or not as a whole."""
    are_too_many = len(_drawn(areas)) > MAX_SHAPES
    names: list[str] = []
    for area in areas:
        name = _unread(area, are_too_many)
        if name:
            names.append(name)
    return names


def _unread(area: Element, are_too_many: bool) -> str:
    """Return the name of an area with its unknown codes; "" where all of it is understood."""
    has_shapes = bool(list(_shapes(area)))
    if has_shapes and not are_too_many:
        return ""
    codes = list(geocodes.codes(area))
    unknown_codes = [code for code in codes if not _is_known(code)]
    is_understood = bool(codes) and not unknown_codes
    if is_understood and not are_too_many:
        return ""
    return geocodes.called(area, *unknown_codes)


def _is_known(code: geocodes.Code) -> bool:
    list_name, code_text = code
    is_country = geocodes.country(list_name, code_text) is not None
    is_city = geocodes.is_city(list_name, code_text)
    return is_country or is_city


def wider(areas: Sequence[Element]) -> list[str]:
    """Return the names of areas that are a part of a country whose whole came into the audience."""
    names: list[str] = []
    for area in areas:
        parts = _parts_of_countries(area)
        if parts:
            name = geocodes.called(area, *parts)
            names.append(name)
    return names


def _parts_of_countries(area: Element) -> list[geocodes.Code]:
    parts: list[geocodes.Code] = []
    for list_name, code in geocodes.codes(area):
        if geocodes.is_wider(list_name, code):
            parts.append((list_name, code))
    return parts


def _shapes(area: Element) -> Iterator[Polygon | Circle]:
    for text in _texts(area, "polygon"):
        yield polygon(text)
    for text in _texts(area, "circle"):
        drawn = circle(text)
        if drawn.km > 0:  # a radius of nothing marks a place, and nobody is in it
            yield drawn


def _texts(area: Element, name: str) -> Iterator[str]:
    for element in area.iterchildren(f"{{{CAP}}}{name}"):
        yield element.text or ""


def polygon(text: str) -> Polygon:
    """Parse `36,36 36,37 37,37 36,36`. Raises CapError.

    A polygon with more corners than an audience keeps is simplified.
    """
    points = _closed_points(text)
    corners = _without_repeats(points)[:-1]
    if len(corners) > MAX_CORNERS:
        corners = _simplified(corners)
    elif len(corners) >= limits.MIN_CORNERS and _crosses_itself(corners):
        raise _crossed()
    drawn = Polygon(tuple(corners))
    return _checked(drawn)


def _closed_points(text: str) -> list[Point]:
    """Parse points of which the last is the first again. Raises CapError."""
    pairs = text.split()
    if not MIN_PAIRS <= len(pairs) <= MAX_PAIRS:
        raise _broken()
    points = [_point(pair) for pair in pairs]
    if points[0] != points[-1]:
        raise _broken()
    return points


def _without_repeats(points: Sequence[Point]) -> list[Point]:
    different = [points[0]]
    for before, after in pairwise(points):
        if after != before:
            different.append(after)
    return different


def _simplified(corners: Sequence[Point]) -> list[Point]:
    """Leave out corners that hardly matter, until an audience can keep them. Raises CapError.

    Shapely keeps the outline from crossing itself. One that does already may keep all its corners.
    """
    outline = shapely.Polygon(corners)
    tolerance = MIN_TOLERANCE_DEGREES
    while len(_ring(outline)) > MAX_CORNERS:
        if tolerance > MAX_TOLERANCE_DEGREES:
            raise _crossed()
        outline = shapely.simplify(outline, tolerance)
        tolerance *= 2
    return _ring(outline)


def _ring(outline: shapely.Polygon) -> list[Point]:
    """Return the corners, without the last, which closes the ring."""
    points = list(outline.exterior.coords)
    return points[:-1]


def _crossed() -> CapError:
    return CapError(N_("A polygon crosses itself."))


def _crosses_itself(corners: Sequence[Point]) -> bool:
    """Tell whether two sides cross, or all corners lie on a line. Sides may touch."""
    outline = shapely.Polygon(corners)
    if outline.area == 0:
        return True
    closed = [*corners, corners[0]]
    ends = list(pairwise(closed))
    sides = shapely.linestrings(ends)
    tree = shapely.STRtree(sides)
    crossing = tree.query(sides, predicate="crosses")
    return bool(crossing.size)


def circle(text: str) -> Circle:
    """Parse `36.2,36.16 50`. Raises CapError."""
    centre, _, radius = text.strip().partition(" ")
    radius = radius.strip()
    if not _RADIUS.fullmatch(radius):
        raise CapError(N_("A circle is broken: it has a latitude, a longitude and a radius in km."))
    latitude, longitude = _point(centre)
    drawn = Circle(latitude, longitude, float(radius))
    if drawn.km == 0:
        return drawn
    return _checked(drawn)


def _point(pair: str) -> Point:
    numbers = pair.split(",")
    if len(numbers) != 2:
        raise _broken()
    latitude = _number(numbers[0])
    longitude = _number(numbers[1])
    if abs(latitude) > MAX_LATITUDE:
        raise _broken()
    if abs(longitude) > MAX_LONGITUDE:
        raise _broken()
    return latitude, longitude


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise _broken()
    return float(text)


def _broken() -> CapError:
    return CapError(
        N_(
            "An area is broken: it has four corners or more, the last like the first, "
            "none off the earth."
        )
    )


def _checked(shape: S) -> S:
    """Return a shape that an audience can keep. Raises CapError."""
    try:
        limits.check(shape)
    except AudienceError as error:
        raise CapError(error.words, **error.parameters) from None
    return shape
