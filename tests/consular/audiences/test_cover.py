"""The cells of a shape hold exactly the positions that are inside, wherever it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, radians, sin
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.consular.audiences import geometry
from bot.consular.audiences.circles import MAX_LATITUDE, MIN_COSINE
from bot.consular.audiences.cover import Cover
from bot.consular.audiences.kinds import Circle, Point, Polygon
from bot.consular.reference import cells
from bot.consular.reference.places import KM_A_DEGREE

POINTS_A_SHAPE = 400


# Circles and polygons as plain arithmetic, a position at a time.


def is_in_circle(circle: Circle, north: float, east: float) -> bool:
    """Whether a position is in a circle: one turn of it, across the date line too."""
    radius = circle.km / KM_A_DEGREE
    farthest = radians(min(MAX_LATITUDE, abs(circle.latitude) + radius))
    width = radius / max(MIN_COSINE, cos(farthest))
    centres = [circle.longitude]
    if circle.longitude + width > 180:
        centres.append(circle.longitude - 360)
    if circle.longitude - width < -180:
        centres.append(circle.longitude + 360)
    for longitude in centres:
        way_north, way_east = north - circle.latitude, east - longitude
        half = way_north * (pi / 360)
        angle = radians(circle.latitude)
        cosine = cos(angle) * (1 - half * half / 2) - half * sin(angle)
        shrunk_east = way_east * cosine
        is_in_box = circle.latitude - radius <= north <= circle.latitude + radius
        is_in_box = is_in_box and longitude - width <= east <= longitude + width
        if is_in_box and way_north * way_north + shrunk_east * shrunk_east <= radius * radius:
            return True
    return False


def is_in_polygon(corners: Sequence[Point], north: float, east: float) -> bool:
    """Whether a ray to the east crosses an odd number of sides."""
    crossings = 0
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        if start[0] == end[0]:
            continue
        slope = (end[1] - start[1]) / (end[0] - start[0])
        crossing = start[1] + (north - start[0]) * slope
        if min(start[0], end[0]) <= north < max(start[0], end[0]) and east < crossing:
            crossings += 1
    return crossings % 2 == 1


def is_inside(shape: Circle | Polygon, north: float, east: float) -> bool:
    if isinstance(shape, Circle):
        return is_in_circle(shape, north, east)
    return is_in_polygon(shape.corners, north, east)


class Found:
    """The cells of a cover, to look positions up in."""

    def __init__(self, cover: Cover) -> None:
        self._cells = [set(cover.smallest), set(cover.tenths), set(cover.degrees)]
        sizes = (cover.smallest, cover.tenths, cover.degrees)
        assert [len(names) for names in self._cells] == [len(names) for names in sizes]

    def times(self, north: float, east: float) -> int:
        """In how many cells a position is."""
        names = cells.of(north, east)
        return sum(name in own for name, own in zip(names, self._cells, strict=True))


def positions(shape: Circle | Polygon, random: Random) -> list[Point]:
    """Positions anywhere, and many close to the border."""
    spots: list[Point] = []
    for _ in range(POINTS_A_SHAPE // 4):
        spots.append((random.uniform(-90, 90), random.uniform(-180, 180)))
    for _ in range(POINTS_A_SHAPE * 3 // 4):
        north, east = _on_the_border(shape, random)
        spread = random.choice((0.0, 0.005, 0.1, 1.0))
        spots.append((north + random.gauss(0, spread), east + random.gauss(0, spread)))
    wrapped: list[Point] = []
    for north, east in spots:
        wrapped.append(
            (
                round(max(-90.0, min(90.0, north)), 2),
                round((east + 180) % 360 - 180, 2),
            )
        )
    return wrapped


def _on_the_border(shape: Circle | Polygon, random: Random) -> Point:
    if isinstance(shape, Polygon):
        number = random.randrange(len(shape.corners))
        start, end = shape.corners[number - 1], shape.corners[number]
        share = random.random()
        return (
            start[0] + share * (end[0] - start[0]),
            start[1] + share * (end[1] - start[1]),
        )
    turn = random.uniform(0, 2 * pi)
    radius = shape.km / KM_A_DEGREE
    north = shape.latitude + radius * sin(turn)
    return north, shape.longitude + radius * cos(turn) / max(0.02, abs(cos(radians(north))))


def check(shape: Circle | Polygon, seed: int) -> int:
    """Compare many positions; return how many of them are inside."""
    found = Found(geometry.covered(shape))
    inside = 0
    for north, east in positions(shape, Random(seed)):
        expected = is_inside(shape, north, east)
        assert found.times(north, east) == expected, (shape, north, east)
        inside += expected
    return inside


LATITUDES = some.floats(-90, 90)
LONGITUDES = some.floats(-180, 180)
SEEDS = some.integers(0, 2**32)


@settings(max_examples=60)
@given(LATITUDES, LONGITUDES, some.floats(0.1, 600), SEEDS)
def test_a_circle_holds_what_arithmetic_says(
    north: float, east: float, km: float, seed: int
) -> None:
    check(Circle(north, east, km), seed)


@pytest.mark.parametrize(
    "circle",
    [
        Circle(36.2, 36.16, 2000),
        Circle(-16.0, 179.9, 1000),
        Circle(70.0, -179.99, 900),
        Circle(89.9, 10.0, 300),
        Circle(-90.0, 0.0, 2000),
        Circle(0.0, 0.0, 0.5),
        Circle(0.0, 180.0, KM_A_DEGREE),  # its border runs through positions of the grid
    ],
)
def test_circles_at_poles_and_date_line_hold_the_same(circle: Circle) -> None:
    assert check(circle, 7) > 0


CORNERS = some.tuples(some.floats(-5, 5), some.floats(-5, 5))


@settings(max_examples=60)
@given(
    some.floats(-85, 85), some.floats(-175, 175), some.lists(CORNERS, min_size=3, max_size=9), SEEDS
)
def test_a_polygon_holds_what_arithmetic_says(
    north: float, east: float, ways: list[Point], seed: int
) -> None:
    corners = [(north + way_north, east + way_east) for way_north, way_east in ways]
    check(Polygon(tuple(corners)), seed)


@settings(max_examples=60)
@given(some.lists(some.tuples(some.integers(-40, 40), some.integers(-40, 40)), min_size=3), SEEDS)
def test_corners_on_the_grid_make_no_difference(tenths: list[tuple[int, int]], seed: int) -> None:
    """Sides run through positions and along cells, cross each other, and meet themselves."""
    corners = [(north / 10, east / 10) for north, east in tenths]
    check(Polygon(tuple(corners)), seed)


@pytest.mark.parametrize(
    "corners",
    [
        ((-90.0, -180.0), (90.0, -180.0), (90.0, 0.0), (-90.0, 0.0)),
        ((10.0, 100.0), (60.0, 180.0), (-20.0, 180.0)),
        ((1.0, 1.0), (5.0, 5.0), (5.0, 1.0), (1.0, 5.0)),  # crosses itself
    ],
)
def test_large_and_twisted_polygons_hold_the_same(corners: tuple[Point, ...]) -> None:
    assert check(Polygon(corners), 7) > 0


def test_a_line_holds_nobody() -> None:
    for line in (((1.0, 1.0), (1.0, 5.0), (1.0, 3.0)), ((1.0, 2.0), (5.0, 2.0), (3.0, 2.0))):
        assert check(Polygon(line), 7) == 0
