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
    countries: set[str] = set()
    cities: set[str] = set()
    for area in areas:
        for code in geocodes.codes(area):
            country = geocodes.country(*code)
            if country is not None:
                countries.add(country)
            if geocodes.is_city(*code):
                cities.add(code[1])
    alternatives: list[Rule] = []
    if countries:
        alternatives.append(Countries(tuple(sorted(countries))))
    if cities:
        alternatives.append(Cities(tuple(sorted(cities))))
    drawn = _drawn(areas)
    if len(drawn) <= MAX_SHAPES:
        alternatives.extend(drawn)
    return rules.to_json(_either(alternatives))


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
        shapes.update(dict.fromkeys(_shapes(area)))
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
    is_drawn = any(True for _ in _shapes(area))
    if is_drawn and not are_too_many:
        return ""
    codes = list(geocodes.codes(area))
    unknown_codes = [code for code in codes if not _is_known(code)]
    if unknown_codes or are_too_many or not codes:
        return geocodes.called(area, *unknown_codes)
    return ""


def _is_known(code: geocodes.Code) -> bool:
    return geocodes.country(*code) is not None or geocodes.is_city(*code)


def wider(areas: Sequence[Element]) -> list[str]:
    """Return the names of areas that are a part of a country whose whole came into the audience."""
    names: list[str] = []
    for area in areas:
        codes = [code for code in geocodes.codes(area) if geocodes.is_wider(*code)]
        if codes:
            names.append(geocodes.called(area, *codes))
    return names


def _shapes(area: Element) -> Iterator[Polygon | Circle]:
    for element in area.iterchildren(f"{{{CAP}}}polygon"):
        yield polygon(element.text or "")
    for element in area.iterchildren(f"{{{CAP}}}circle"):
        drawn = circle(element.text or "")
        if drawn.km > 0:  # a radius of nothing marks a place, and nobody is in it
            yield drawn


def polygon(text: str) -> Polygon:
    """Parse `36,36 36,37 37,37 36,36`. Raises CapError.

    A polygon with more corners than an audience keeps is simplified.
    """
    pairs = text.split()
    if not MIN_PAIRS <= len(pairs) <= MAX_PAIRS:
        raise _broken()
    points = [_point(pair) for pair in pairs]
    if points[0] != points[-1]:
        raise _broken()
    corners = _without_repeats(points)[:-1]
    if len(corners) > MAX_CORNERS:
        corners = _simplified(corners)
    elif len(corners) >= limits.MIN_CORNERS and _crosses_itself(corners):
        raise _crossed()
    return _checked(Polygon(tuple(corners)))


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
    while len(outline.exterior.coords) > MAX_CORNERS + 1:  # the last closes the ring
        if tolerance > MAX_TOLERANCE_DEGREES:
            raise _crossed()
        outline = shapely.simplify(outline, tolerance)
        tolerance *= 2
    return list(outline.exterior.coords)[:-1]


def _crossed() -> CapError:
    return CapError(N_("A polygon crosses itself."))


def _crosses_itself(corners: Sequence[Point]) -> bool:
    """Tell whether two sides cross, or all corners lie on a line. Sides may touch."""
    if shapely.Polygon(corners).area == 0:
        return True
    ends = list(pairwise([*corners, corners[0]]))
    sides = shapely.linestrings(ends)
    crossing = shapely.STRtree(sides).query(sides, predicate="crosses")
    return bool(crossing.size)


def circle(text: str) -> Circle:
    """Parse `36.2,36.16 50`. Raises CapError."""
    centre, _, radius = text.strip().partition(" ")
    if not _RADIUS.fullmatch(radius.strip()):
        raise CapError(N_("A circle is broken: it has a latitude, a longitude and a radius in km."))
    latitude, longitude = _point(centre)
    drawn = Circle(latitude, longitude, float(radius))
    if drawn.km == 0:
        return drawn
    return _checked(drawn)


def _point(pair: str) -> Point:
    numbers = pair.split(",")
    if len(numbers) != 2 or not all(map(_NUMBER.fullmatch, numbers)):
        raise _broken()
    latitude, longitude = map(float, numbers)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise _broken()
    return latitude, longitude


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
