"""The areas of other people's CAP alerts, as an audience: polygons, circles, and countries by their ISO code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from itertools import combinations, pairwise
from typing import Any

from bot.consular.audiences import geometry
from bot.consular.cap import geocodes
from bot.consular.cap.documents import CAP
from bot.consular.errors import N_, AudienceError, ConsularError

MOST_SHAPES = 20  # drawn; with more of them, staff choose by hand
MOST_CORNERS = 20_000  # written down
_NUMBER = re.compile(r"[-+]?\d{1,3}(\.\d{1,15})?", re.ASCII)
_RADIUS = re.compile(r"\+?\d{1,6}(\.\d{1,15})?", re.ASCII)

Point = list[float]


class CapError(ConsularError):
    """Refused: it is not CAP 1.2 that can be trusted. Nothing was changed."""


def audience(areas: Sequence[Any]) -> dict[str, Any]:
    """Whoever is in one of these `area` elements; `{}` where no place can be read. Raises CapError."""
    shapes = _drawn(areas)
    if len(shapes) > MOST_SHAPES:
        shapes = []
    codes = [code for area in areas for code in geocodes.codes(area)]
    countries = sorted({found for code in codes if (found := geocodes.country(*code))})
    cities = sorted({code[1] for code in codes if geocodes.is_city(*code)})
    rules: list[dict[str, Any]] = [
        *([{"countries": countries}] if countries else []),
        *([{"cities": cities}] if cities else []),
        *shapes,
    ]
    return rules[0] if len(rules) == 1 else {"any": rules} if rules else {}


def _drawn(areas: Sequence[Any]) -> list[dict[str, Any]]:
    shapes = [shape for area in areas for shape in _shapes(area)]
    return [shape for number, shape in enumerate(shapes) if shape not in shapes[:number]]


def unread(areas: Sequence[Any]) -> list[str]:
    """The areas of which nothing came into the audience, or not all, as their sender calls them."""
    are_too_many = len(_drawn(areas)) > MOST_SHAPES
    return [name for area in areas if (name := _unread(area, are_too_many))]


def _unread(area: Any, are_too_many: bool) -> str:
    """Its name and the codes that mean nothing to us; "" where it is drawn, or all of it is understood."""
    codes = list(geocodes.codes(area))
    is_drawn = next(_shapes(area), None) is not None
    if is_drawn and not are_too_many:
        return ""
    strange = [
        code for code in codes if not geocodes.country(*code) and not geocodes.is_city(*code)
    ]
    return geocodes.called(area, *strange) if strange or are_too_many or not codes else ""


def wider(areas: Sequence[Any]) -> list[str]:
    """The areas that are a part of a country, of which all of it came into the audience."""
    parts = (
        (area, [code for code in geocodes.codes(area) if geocodes.is_wider(*code)])
        for area in areas
    )
    return [geocodes.called(area, *codes) for area, codes in parts if codes]


def _shapes(area: Any) -> Iterator[dict[str, Any]]:
    for found in area.iterchildren(f"{{{CAP}}}polygon"):
        yield {"polygon": polygon(found.text or "")}
    for found in area.iterchildren(f"{{{CAP}}}circle"):
        drawn = circle(found.text or "")
        if drawn["km"] > 0:  # a radius of nothing marks a place, and is for nobody
            yield {"circle": drawn}


def polygon(words: str) -> list[Point]:
    """`36,36 36,37 37,37 36,36` as the corners of an area on the map. Raises CapError.

    What has more corners than we keep is drawn more coarsely: the corners that matter least go.
    """
    pairs = words.split()
    if not 4 <= len(pairs) <= MOST_CORNERS:
        raise _broken()
    corners = [_point(pair) for pair in pairs]
    if corners[0] != corners[-1]:
        raise _broken()
    corners = _without_repeats(corners)[:-1]
    kept = _coarser(corners, geometry.MOST_POINTS)
    _check(geometry.check_polygon, kept)
    if len(kept) == len(corners) and _crosses_itself(kept):
        raise CapError(N_("A polygon crosses itself."))
    return kept


def _without_repeats(corners: Sequence[Point]) -> list[Point]:
    return [corners[0], *(after for before, after in pairwise(corners) if after != before)]


def _coarser(corners: list[Point], most: int) -> list[Point]:
    """At most so many corners: one after the other goes, always the one whose triangle is smallest (Visvalingam)."""
    n = len(corners)
    before, after = [n - 1, *range(n - 1)], [*range(1, n), 0]
    sizes = [_triangle(corners, before, after, i) for i in range(n)]
    heap, gone = sorted((size, i) for i, size in enumerate(sizes)), set[int]()
    while n - len(gone) > most:
        size, i = heappop(heap)
        if i in gone or size != sizes[i]:
            continue
        gone.add(i)
        after[before[i]], before[after[i]] = after[i], before[i]
        for j in (before[i], after[i]):
            sizes[j] = max(size, _triangle(corners, before, after, j))
            heappush(heap, (sizes[j], j))
    return [corner for i, corner in enumerate(corners) if i not in gone]


def _triangle(corners: list[Point], before: list[int], after: list[int], i: int) -> float:
    return abs(_side(corners[before[i]], corners[i], corners[after[i]]))


def circle(words: str) -> dict[str, float]:
    """`36.2,36.16 50`. Raises CapError."""
    centre, _, radius = words.strip().partition(" ")
    if not _RADIUS.fullmatch(radius.strip()):
        raise CapError(N_("A circle is broken: it has a latitude, a longitude and a radius in km."))
    latitude, longitude = _point(centre)
    drawn = {"latitude": latitude, "longitude": longitude, "km": float(radius)}
    if drawn["km"] > 0:
        _check(geometry.check_circle, drawn)
    return drawn


def _point(pair: str) -> Point:
    numbers = pair.split(",")
    if len(numbers) != 2 or not all(map(_NUMBER.fullmatch, numbers)):
        raise _broken()
    latitude, longitude = map(float, numbers)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise _broken()
    return [latitude, longitude]


def _broken() -> CapError:
    return CapError(
        N_(
            "An area is broken: it has four corners or more, the last like the first, none off the earth."
        )
    )


def _check(check: Any, value: Any) -> None:
    try:
        check(value)
    except AudienceError as error:
        raise CapError(error.words, **error.parameters) from None


def _crosses_itself(corners: Sequence[Point]) -> bool:
    """Whether two of its sides cross, or it is flat."""
    sides = list(pairwise([*corners, corners[0]]))
    area = sum(y1 * x2 - y2 * x1 for (y1, x1), (y2, x2) in sides)
    return area == 0 or any(_cross(*one, *other) for one, other in combinations(sides, 2))


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether each of two lines has the ends of the other on both of its sides; lines that only touch do not."""
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, point: Point) -> float:
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
