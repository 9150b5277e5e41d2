"""Maps of reports, from our own borders: countries in outline, and circles where people are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, hypot, radians, sqrt

import shapely
from shapely.geometry.base import BaseGeometry

from bot.consular.crises.sitrep_figures import NOWHERE
from bot.consular.reference import places
from bot.documents.parts import Area, Colour, Dot, Label, Picture, Point, Shape
from bot.reports.voice import Voice

WIDTH = 170.0
MOST_HEIGHT = 110.0
LEAST_HEIGHT = 60.0
MARGIN_SHARE = 0.08  # around what the map is about
LEAST_DEGREES = 2.0
LARGEST_RADIUS = 7.0
SMALLEST_RADIUS = 0.8
MAX_LABELS = 14
LABEL_DISTANCE = 8.5  # that two labels keep, in height; in width three times as much
DETAIL = 0.25  # of outlines: what is smaller is left out


@dataclass(frozen=True, slots=True)
class Spot:
    """People at a place: how many, and how many of them need help."""

    name: str
    latitude: float
    longitude: float
    people: int
    in_need: int


@dataclass(frozen=True, slots=True)
class Frame:
    """A part of the earth, and how it lies on the paper."""

    west: float
    south: float
    east: float
    north: float

    @property
    def shrinking(self) -> float:
        """By how much a degree of longitude is shorter than one of latitude."""
        return cos(radians((self.south + self.north) / 2))

    @property
    def scale(self) -> float:
        """The length of a degree of latitude."""
        return WIDTH / ((self.east - self.west) * self.shrinking)

    @property
    def height(self) -> float:
        """The height of the map."""
        return (self.north - self.south) * self.scale

    def point(
        self,
        longitude: float,
        latitude: float,
    ) -> Point:
        """Return where a position lies on the paper."""
        right = (longitude - self.west) * self.shrinking * self.scale
        down = (self.north - latitude) * self.scale
        return round(
            right,
            2,
        ), round(down, 2)

    @property
    def box(self) -> BaseGeometry:
        """The frame as a shape."""
        return shapely.box(
            self.west,
            self.south,
            self.east,
            self.north,
        )


def spots(
    cities: Mapping[str, tuple[int, int]],
    country: str,
    voice: Voice,
) -> list[Spot]:
    """Return the spots of a country: (people, in need) by city, NOWHERE in its middle."""
    spots: list[Spot] = []
    for city, (people, in_need) in cities.items():
        position = _position(city, country)
        if people and position is not None:
            name = _name(city, country, voice)
            spot = Spot(name, *position, people, in_need)
            spots.append(spot)
    return spots


def _name(
    city: str,
    country: str,
    voice: Voice,
) -> str:
    if city == NOWHERE:
        return voice.country(country)
    return voice.city(city)


def _position(city: str, country: str) -> tuple[float, float] | None:
    """Return (latitude, longitude) of a city, or of the middle of its country."""
    place = places.place_of(city or country)
    if place.latitude is not None and place.longitude is not None:
        return place.latitude, place.longitude
    land = places.mainland(country)
    if land is None:
        return None
    middle = land.representative_point()
    return middle.y, middle.x


def draw(
    countries: Sequence[str],
    spots: Sequence[Spot],
    voice: Voice,
) -> Picture | None:
    """Draw a map of countries with a circle at each spot; None where no border is known."""
    frame = _frame(countries, spots)
    if frame is None:
        return None
    largest_first = sorted(spots, key=_people, reverse=True)
    shapes: list[Shape] = [
        *_land(frame, countries),
        *_circles(frame, largest_first),
        *_labels(frame, largest_first, voice),
    ]
    return Picture(
        WIDTH,
        round(frame.height, 2),
        shapes,
        voice.gettext("A map of the people by city; the table has the same figures."),
        legend=_legend(spots, voice),
    )


def _legend(spots: Sequence[Spot], voice: Voice) -> list[tuple[Colour, str]]:
    legend: list[tuple[Colour, str]] = [("people", voice.gettext("people"))]
    if any(spot.in_need for spot in spots):
        in_need = voice.gettext("need help or want evacuation")
        legend.append(("help", in_need))
    return legend


def _people(spot: Spot) -> int:
    return spot.people


def _frame(countries: Iterable[str], spots: Iterable[Spot]) -> Frame | None:
    """Return the part of the earth that holds the countries' mainlands and all spots."""
    shapes: list[BaseGeometry] = []
    for country in countries:
        land = places.mainland(country)
        if land is not None:
            shapes.append(land)
    for spot in spots:
        shapes.append(
            shapely.Point(
                spot.longitude,
                spot.latitude,
            )
        )
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes)
    margin = max(
        LEAST_DEGREES,
        MARGIN_SHARE * max(east - west, north - south),
    )
    return _fitted(
        Frame(
            west - margin,
            south - margin,
            east + margin,
            north + margin,
        )
    )


def _fitted(frame: Frame) -> Frame:
    """Widen a frame until it is neither too high nor too low for the paper."""
    if frame.height > MOST_HEIGHT:
        wanting = (frame.east - frame.west) * (frame.height / MOST_HEIGHT - 1) / 2
        return Frame(
            frame.west - wanting,
            frame.south,
            frame.east + wanting,
            frame.north,
        )
    if frame.height < LEAST_HEIGHT:
        wanting = (frame.north - frame.south) * (LEAST_HEIGHT / frame.height - 1) / 2
        return Frame(
            frame.west,
            frame.south - wanting,
            frame.east,
            frame.north + wanting,
        )
    return frame


def _land(frame: Frame, countries: Sequence[str]) -> list[Area]:
    """Draw the countries in the frame, those that the map is about in front."""
    abroad: list[Area] = []
    covered: list[Area] = []
    for country, part in places.outlines(frame.box):
        for outline in _outlines(frame, part):
            if country in countries:
                covered.append(Area(outline, "land"))
            else:
                abroad.append(Area(outline, "abroad"))
    return abroad + covered


def _outlines(frame: Frame, part: BaseGeometry) -> list[list[Point]]:
    """Return the outlines of a country's part on the paper, without what is too small to see."""
    outlines: list[list[Point]] = []
    for polygon in shapely.get_parts(part.simplify(DETAIL / frame.scale)):
        if not isinstance(polygon, shapely.Polygon) or polygon.is_empty:
            continue
        outline = [frame.point(*corner) for corner in polygon.exterior.coords]
        outlines.append(outline)
    return outlines


def _circles(frame: Frame, spots: Sequence[Spot]) -> list[Dot]:
    """Draw a circle for the people of each spot, and one in it for those in need."""
    dots: list[Dot] = []
    for spot in spots:
        most = spots[0].people
        centre = frame.point(spot.longitude, spot.latitude)
        dots.append(
            Dot(
                centre,
                _radius(spot.people, most),
                "people",
            )
        )
        if spot.in_need:
            dots.append(
                Dot(
                    centre,
                    _radius(spot.in_need, most),
                    "help",
                )
            )
    return dots


def _radius(people: int, most: int) -> float:
    radius = LARGEST_RADIUS * sqrt(people / most)
    return round(max(SMALLEST_RADIUS, radius), 2)


def _labels(
    frame: Frame,
    spots: Sequence[Spot],
    voice: Voice,
) -> list[Label]:
    """Name the largest spots, where there is room for their names."""
    labels: list[Label] = []
    for spot in spots:
        right, down = frame.point(
            spot.longitude,
            spot.latitude,
        )
        above = (
            down
            - _radius(
                spot.people,
                spots[0].people,
            )
            - 0.8
        )
        at = (
            right,
            round(max(3.5, above), 2),
        )
        is_free = all(
            _is_apart(
                at,
                label.at,
            )
            for label in labels
        )
        if is_free and len(labels) < MAX_LABELS:
            labels.append(
                Label(
                    at,
                    f"{spot.name} {voice.number(spot.people).text}",
                )
            )
    return labels


def _is_apart(point: Point, other: Point) -> bool:
    width = (point[0] - other[0]) / 3
    height = point[1] - other[1]
    return hypot(width, height) >= LABEL_DISTANCE
