"""Places of an advisory as CAP can say them: countries, cities, circles, polygons and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from bot.consular.audiences import areas, rules
from bot.consular.audiences.areas import PostCountries
from bot.consular.audiences.kinds import (
    All,
    AnyOf,
    Channels,
    Circle,
    Cities,
    ConfirmedWithinDays,
    Countries,
    Languages,
    Not,
    Point,
    Polygon,
    Posters,
    Posts,
    Received,
    Rule,
    Status,
    Tags,
)
from bot.consular.reference import places
from bot.messages import Form, Language
from bot.text.catalogues import say

MAX_NAMED_COUNTRIES = 3  # by which a drawn area is called


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its code (ISO alpha-2)."""

    code: str


@dataclass(frozen=True, slots=True)
class City:
    """A city (`TR/Antakya`)."""

    name: str


@dataclass(frozen=True, slots=True)
class People:
    """People wherever they are: the rule names no place that CAP could say."""


Shape = Country | City | Circle | Polygon | People

ANYWHERE = People()


def shapes(audience: Mapping[str, Any], posts: PostCountries) -> list[Shape]:
    """Return the places of a stored audience; people anywhere where it names none."""
    rule = rules.stored(audience)
    if rule is None:
        return [ANYWHERE]
    return _shapes(rule, posts) or [ANYWHERE]


def _shapes(rule: Rule, posts: PostCountries) -> list[Shape]:
    """Return the places of a rule: none where it says nothing of places in words that CAP has."""
    match rule:
        case Countries(codes):
            return _as_countries(codes)
        case Posts():
            countries = areas.countries_of(rule, posts)
            return _as_countries(sorted(countries))
        case Cities(names):
            return [City(name) for name in names]
        case Circle() | Polygon():
            return [rule]
        case AnyOf(rules_within):
            return _either(_shapes_of_each(rules_within, posts))
        case All(rules_within):
            return _together(rules_within, posts)
        case Languages() | Channels() | Status() | Tags() | ConfirmedWithinDays() | Received():
            return []
        case Posters() | Not():
            return []
        case _:
            assert_never(rule)


def _as_countries(codes: Sequence[str]) -> list[Shape]:
    return [Country(code) for code in codes]


def _shapes_of_each(rules_within: Sequence[Rule], posts: PostCountries) -> list[list[Shape]]:
    return [_shapes(part, posts) for part in rules_within]


def _either(several: Sequence[list[Shape]]) -> list[Shape]:
    """Return the places of all rules; people anywhere too when one of them names no place."""
    unique: list[Shape] = []
    for shapes_of_rule in several:
        for shape in shapes_of_rule:
            if shape not in unique:
                unique.append(shape)
    if unique and not all(several):
        unique.append(ANYWHERE)
    return unique


def _together(rules_within: Sequence[Rule], posts: PostCountries) -> list[Shape]:
    """Return the places of rules that hold together, without the countries they leave out."""
    several = _shapes_of_each(rules_within, posts)
    with_places = [shapes_of_rule for shapes_of_rule in several if shapes_of_rule]
    common = _common(with_places)
    countries_left_out = areas.left_out(rules_within, posts)
    return [shape for shape in common if not _is_left_out(shape, countries_left_out)]


def _is_left_out(shape: Shape, countries: frozenset[str]) -> bool:
    match shape:
        case Country() | City():
            return _countries(shape) <= countries
        case Circle() | Polygon() | People():
            return False
        case _:
            assert_never(shape)


def _common(several: Sequence[list[Shape]]) -> list[Shape]:
    """Return what all of them have, as far as lists of codes tell; else the finest of them."""
    finest = min(several, key=_coarseness, default=[])
    for others in several:
        common = [shape for shape in finest if _may_be_in(shape, others)]
        if common:
            finest = common
    return finest


def _coarseness(several: Sequence[Shape]) -> int:
    """Return the rank of the coarsest place: of two rules that hold, the finer says where."""
    return max(map(_rank, several))


def _rank(shape: Shape) -> int:
    match shape:
        case Polygon():
            return 0
        case Circle():
            return 1
        case City():
            return 2
        case Country():
            return 3
        case People():
            return 4
        case _:
            assert_never(shape)


def _may_be_in(shape: Shape, others: Sequence[Shape]) -> bool:
    """Tell whether a place may be in one of the others; nobody asks whether drawn areas overlap."""
    if shape in others:
        return True
    countries: set[str] = set()
    for place in others:
        match place:
            case Circle() | Polygon():
                return True
            case Country(code):
                countries.add(code)
            case City() | People():
                pass
            case _:
                assert_never(place)
    match shape:
        case City() | Circle() | Polygon():
            return not countries.isdisjoint(_countries(shape))
        case Country() | People():
            return False
        case _:
            assert_never(shape)


def _countries(shape: Country | City | Circle | Polygon) -> frozenset[str]:
    match shape:
        case Country(code):
            return frozenset([code])
        case City(name):
            return rules.countries_of_cities([name])
        case Circle() | Polygon():
            return areas.countries_of(shape, {})
        case _:
            assert_never(shape)


def name(shape: Shape, language: Language) -> str:
    """Return what people call a place."""
    match shape:
        case Country(code):
            return places.country_name(code, language)
        case City(city):
            return places.city_name(city, language)
        case People():
            return say("cap_area_people", language, Form.TEXT)
        case Circle() | Polygon():
            return _name_of_area(shape, language)
        case _:
            assert_never(shape)


def _name_of_area(shape: Circle | Polygon, language: Language) -> str:
    codes = sorted(_countries(shape))[:MAX_NAMED_COUNTRIES]
    if not codes:
        return say("cap_area_at_sea", language, Form.TEXT)
    comma = "، " if language == "ar" else ", "
    names = [places.country_name(code, language) for code in codes]
    return say("cap_area_drawn", language, Form.TEXT, countries=comma.join(names))


def corners(polygon: Polygon) -> str:
    """Write a polygon as CAP has it: latitude,longitude …, closed."""
    closed: list[Point] = list(polygon.corners)
    if closed[0] != closed[-1]:
        closed.append(closed[0])
    points = [_point(latitude, longitude) for latitude, longitude in closed]
    return " ".join(points)


def centre(circle: Circle) -> str:
    """Write a circle as CAP has it: latitude,longitude km."""
    point = _point(circle.latitude, circle.longitude)
    return f"{point} {number(circle.km)}"


def _point(latitude: float, longitude: float) -> str:
    return f"{number(latitude)},{number(longitude)}"


def number(measure: float) -> str:
    """Write degrees or km with at most five decimals, which is a metre."""
    text = f"{measure:.5f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
