"""Where an advisory is for, as CAP can say it: countries, cities, circles, polygons, each with a name to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.consular.audiences import areas
from bot.consular.reference import places
from bot.messages import Form, Language
from bot.text.catalogues import say

COUNTRY, CITY, CIRCLE, POLYGON, PEOPLE = "country", "city", "circle", "polygon", "people"
FINEST = (POLYGON, CIRCLE, CITY, COUNTRY)  # of two that hold together, the finer one is where it is
NAMED = 3  # countries that a drawn area is called by


@dataclass(frozen=True, slots=True)
class Shape:
    """A place: a country's or a city's code, a circle or a polygon as audiences have them, or people anywhere."""

    kind: str
    value: Any = None


ANYWHERE = Shape(PEOPLE)


def shapes(audience: Mapping[str, Any], posts: Mapping[int, str]) -> list[Shape]:
    """The places of an audience; people anywhere where it names none. `posts`: the country of each post."""
    return _places(audience, posts) or [ANYWHERE]


def _places(audience: Mapping[str, Any], posts: Mapping[int, str]) -> list[Shape]:
    """None of them: it does not say where, or not in words that CAP has (`not`, tags, what somebody answered)."""
    for kind, value in audience.items():
        match kind:
            case "countries":
                return [Shape(COUNTRY, code) for code in value]
            case "posts":
                return [
                    Shape(COUNTRY, code)
                    for code in sorted({posts[post] for post in value if post in posts})
                ]
            case "cities":
                return [Shape(CITY, city) for city in value]
            case "circle" | "polygon":
                return [Shape(kind, value)]
            case "any":
                return _either([_places(part, posts) for part in value])
            case "all":
                return _both([found for part in value if (found := _places(part, posts))])
    return []


def _either(several: Sequence[list[Shape]]) -> list[Shape]:
    """All of them; with people anywhere beside them when a part does not say where."""
    found = [shape for one in several for shape in one]
    unique = [shape for number, shape in enumerate(found) if shape not in found[:number]]
    return [*unique, ANYWHERE] if unique and not all(several) else unique


def _both(several: Sequence[list[Shape]]) -> list[Shape]:
    """What all of them have, as far as lists of codes tell; else the finest of them."""
    finest = min(several, key=_grain, default=[])
    for other in several:
        finest = [shape for shape in finest if _may_be_in(shape, other)] or finest
    return finest


def _grain(found: Sequence[Shape]) -> int:
    return max(
        (FINEST.index(shape.kind) for shape in found if shape.kind in FINEST), default=len(FINEST)
    )


def _may_be_in(shape: Shape, others: Sequence[Shape]) -> bool:
    if shape in others or any(other.kind in (CIRCLE, POLYGON) for other in others):
        return True
    return shape.kind in (CITY, CIRCLE, POLYGON) and any(
        other.kind == COUNTRY and other.value in _countries(shape) for other in others
    )


def _countries(shape: Shape) -> frozenset[str]:
    return areas.countries_in(
        {"cities": [shape.value]} if shape.kind == CITY else {shape.kind: shape.value}
    )


def name(shape: Shape, language: Language) -> str:
    """What people call it."""
    if shape.kind == COUNTRY:
        return places.country_name(shape.value, language)
    if shape.kind == CITY:
        return places.city_name(shape.value, language)
    if shape.kind == PEOPLE:
        return say("cap_area_people", language, Form.TEXT)
    codes = sorted(_countries(shape))[:NAMED]
    if not codes:
        return say("cap_area_at_sea", language, Form.TEXT)
    countries = ("، " if language == "ar" else ", ").join(
        places.country_name(code, language) for code in codes
    )
    return say("cap_area_drawn", language, Form.TEXT, countries=countries)


def corners(value: Sequence[Sequence[float]]) -> str:
    """A polygon as CAP writes it: latitude,longitude …, closed."""
    closed = [*value, value[0]] if list(value[0]) != list(value[-1]) else value
    return " ".join(f"{number(point[0])},{number(point[1])}" for point in closed)


def centre(value: Mapping[str, float]) -> str:
    """A circle as CAP writes it: latitude,longitude km."""
    return f"{number(value['latitude'])},{number(value['longitude'])} {number(value['km'])}"


def number(value: float) -> str:
    """Degrees or km with at most five decimals, which is a metre."""
    written = f"{value:.5f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written
