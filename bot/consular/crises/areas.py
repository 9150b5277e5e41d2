"""The area of a crisis within its countries: cities, a circle or drawn corners, as an audience.

None stands for the whole of the countries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.consular.audiences import kinds, rules
from bot.consular.audiences.kinds import AnyOf, Circle, Cities, Point, Polygon, Rule
from bot.consular.errors import ConsularError, Quote
from bot.consular.reference import places
from bot.text import text

Area = Mapping[str, Any]
KINDS_OF_PLACE = (AnyOf, Circle, Cities, Polygon)
MAX_QUOTE_CHARS = 40
MAX_CITIES_LIKE = 50
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


def of_fields(fields: Fields, countries: Sequence[str]) -> dict[str, Any] | None:
    """Read an area; None where nothing is written. Raises ConsularError."""
    chosen: list[Rule] = []
    city_names = _cities(fields.cities, countries)
    if city_names:
        chosen.append(Cities(city_names))
    if fields.around.strip() or fields.km.strip():
        chosen.append(_circle(fields, countries))
    corners = _corners(fields.corners)
    if corners:
        chosen.append(Polygon(corners))
    return _together(chosen)


def joined(former: Area | None, added: Area | None) -> dict[str, Any] | None:
    """Return the area that holds both; None when one is the whole."""
    if former is None or added is None:
        return None
    return _together([rules.parse(former), rules.parse(added)])


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


def _together(chosen: Sequence[Rule]) -> dict[str, Any] | None:
    if not chosen:
        return None
    if len(chosen) == 1:
        [only] = chosen
        return rules.to_json(only)
    parts: list[Rule] = []
    for rule in chosen:
        parts.extend(rule.rules if isinstance(rule, AnyOf) else [rule])
    return rules.to_json(AnyOf(tuple(dict.fromkeys(parts))))


def _cities(written: str, countries: Sequence[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for name in _COMMAS.split(written):
        if name.strip():
            names[_city(name.strip(), countries)] = None
    return tuple(names)


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
    numbers = _numbers(fields.km)
    if not fields.around.strip() or len(numbers) != 1:
        raise ConsularError(
            "A circle has a middle and its km: a city, or a latitude and longitude."
        )
    latitude, longitude = _middle(fields.around, countries)
    return Circle(latitude, longitude, numbers[0])


def _middle(written: str, countries: Sequence[str]) -> Point:
    numbers = _numbers(written)
    if len(numbers) == 2:
        latitude, longitude = numbers
        return latitude, longitude
    place = places.place_of(_city(written.strip(), countries))
    if place.latitude is None or place.longitude is None:
        raise ConsularError(
            "A circle has a middle and its km: a city, or a latitude and longitude."
        )
    return place.latitude, place.longitude


def _no_circle() -> ConsularError:
    return ConsularError("A circle has a middle, a city or its latitude and longitude, and km.")


def _corners(written: str) -> tuple[Point, ...]:
    corners: list[Point] = []
    for line in _LINES.split(written):
        if not line.strip():
            continue
        numbers = _numbers(line)
        if len(numbers) != 2:
            raise ConsularError(
                "Not a corner: {line}. Write its latitude and longitude.",
                line=Quote(line[:MAX_QUOTE_CHARS]),
            )
        latitude, longitude = numbers
        corners.append((latitude, longitude))
    return tuple(corners)


def _numbers(written: str) -> list[float]:
    """Read the numbers of a text, in Arabic digits and marks too."""
    plain = text.ascii_digits(written).replace("٫", ".").replace("−", "-")
    return [float(number) for number in _NUMBER.findall(plain)]
