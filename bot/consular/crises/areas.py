"""The area of a crisis within its countries: cities, a circle or drawn corners, as an audience.

None stands for the whole of the countries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.consular.audiences import kinds, rules
from bot.consular.audiences.kinds import AnyOf, Circle, Cities, Point, Polygon, Rule
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import places
from bot.text import text

Area = dict[str, Any]
KINDS_OF_PLACE = (AnyOf, Circle, Cities, Polygon)
MAX_QUOTE_CHARS = 40
MAX_CITIES_LIKE = 50
COORDINATES = 2  # a latitude and a longitude
_COMMAS = re.compile(r"[,،;؛\n]+")
_LINES = re.compile(r"[\n;؛]+")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Fields:
    """An area as people write it: names of cities, the middle of a circle and km, corners a line.

    The middle is a city or a latitude and longitude, in digits of either script.
    """

    cities: str = ""
    around: str = ""
    km: str = ""
    corners: str = ""

    @property
    def has_circle(self) -> bool:
        """Tell whether something is written of a circle."""
        return bool(self.around.strip() or self.km.strip())


def of_fields(fields: Fields, countries: Sequence[str]) -> dict[str, Any] | None:
    """Read an area; None where nothing is written. Raises ConsularError."""
    parts: list[Rule] = []
    cities = _cities(fields.cities, countries)
    if cities:
        parts.append(Cities(cities))
    if fields.has_circle:
        circle = _circle(fields, countries)
        parts.append(circle)
    corners = _corners(fields.corners)
    if corners:
        parts.append(Polygon(corners))
    return _together(parts)


def joined(former: Area | None, added: Area | None) -> dict[str, Any] | None:
    """Return the area that holds both; None when one is the whole."""
    if former is None or added is None:
        return None
    parts = map(rules.parse, (former, added))
    return _together(list(parts))


def audience(countries: Sequence[str], area: Area | None) -> dict[str, Any]:
    """Return whom a crisis asks: everybody in its countries, or in the area within them."""
    whole: dict[str, Any] = {"countries": list(countries)}
    if area is None:
        return whole
    return {"all": [whole, dict(area)]}


def check(area: Area | None) -> None:
    """Refuse what is no area: rules about people have no place. Raises ConsularError."""
    if area is None:
        return
    for part in kinds.parts(rules.parse(area)):
        if not isinstance(part, KINDS_OF_PLACE):
            raise ConsularError("An area has cities, circles and drawn areas only.")


def _together(rules_of_parts: Sequence[Rule]) -> dict[str, Any] | None:
    """Put the parts of an area together; None where there is none."""
    parts: list[Rule] = []
    for rule in rules_of_parts:
        if isinstance(rule, AnyOf):
            parts.extend(rule.rules)
        else:
            parts.append(rule)
    different = tuple(dict.fromkeys(parts))
    match different:
        case ():
            return None
        case (only,):
            return rules.to_json(only)
        case _:
            return rules.to_json(AnyOf(different))


def _cities(written: str, countries: Sequence[str]) -> tuple[str, ...]:
    cities: dict[str, None] = {}
    for part in _COMMAS.split(written):
        name = part.strip()
        if name:
            city = _city(name, countries)
            cities[city] = None
    return tuple(cities)


def _city(name: str, countries: Sequence[str]) -> str:
    """Return the largest city of these countries that a name begins."""
    for city in places.cities_like(name, MAX_CITIES_LIKE):
        country, _slash, _name = city.partition("/")
        if not countries or country in countries:
            return city
    raise ConsularError(
        "No city is known by the name {name} in these countries. Write another name, or a circle.",
        name=Quote(name[:MAX_QUOTE_CHARS]),
    )


def _circle(fields: Fields, countries: Sequence[str]) -> Circle:
    middle = fields.around.strip()
    if not middle:
        raise _no_circle()
    numbers = _numbers(fields.km)
    if len(numbers) != 1:
        raise _no_circle()
    [km] = numbers
    latitude, longitude = _middle(middle, countries)
    return Circle(latitude, longitude, km)


def _middle(written: str, countries: Sequence[str]) -> Point:
    """Read a latitude and longitude, or find a city."""
    numbers = _numbers(written)
    if len(numbers) == COORDINATES:
        latitude, longitude = numbers
        return latitude, longitude
    city = _city(written, countries)
    place = places.place_of(city)
    if place.latitude is None or place.longitude is None:
        raise _no_circle()
    return place.latitude, place.longitude


def _no_circle() -> ConsularError:
    return ConsularError("A circle has a middle, a city or its latitude and longitude, and km.")


def _corners(written: str) -> tuple[Point, ...]:
    corners: list[Point] = []
    for line in _LINES.split(written):
        if line.strip():
            corner = _corner(line)
            corners.append(corner)
    return tuple(corners)


def _corner(line: str) -> Point:
    numbers = _numbers(line)
    if len(numbers) != COORDINATES:
        raise ConsularError(
            "Not a corner: {line}. Write its latitude and longitude.",
            line=Quote(line[:MAX_QUOTE_CHARS]),
        )
    latitude, longitude = numbers
    return latitude, longitude


def _numbers(written: str) -> list[float]:
    """Read the numbers of a text, in Arabic digits and marks too."""
    ascii_text = text.ascii_digits(written)
    plain = ascii_text.replace("٫", ".").replace("−", "-")
    numbers = _NUMBER.findall(plain)
    return list(map(float, numbers))
