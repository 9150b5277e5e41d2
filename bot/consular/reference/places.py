"""Places: countries and cities, from what people say or from a position they share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import cos, hypot, radians
from pathlib import Path

from babel import Locale

from bot.consular.reference import borders
from bot.messages import Language, Location
from nlu.language import folding, gazetteer, index

STALE_AFTER = timedelta(days=180)  # a place not confirmed for so long is not counted as presence
FARTHEST_CITY = 75.0  # km from a position to the city it is called by
KM_A_DEGREE = 111.2
_SHORTEST_SEARCH = 2  # letters

# Codes that CLDR names and that are no countries: groups, pseudo-languages, parts of other countries.
_NOT_COUNTRIES = {
    "AC",
    "CP",
    "CQ",
    "DG",
    "EA",
    "EU",
    "EZ",
    "IC",
    "QO",
    "TA",
    "UN",
    "XA",
    "XB",
    "ZZ",
}


# The short names of CLDR, which Babel leaves out: what Libyans call the country, and its embassies themselves.
_SHORT: dict[Language, dict[str, str]] = {"ar": {"PS": "فلسطين"}, "en": {"PS": "Palestine"}}


@cache
def _names(language: Language) -> dict[str, str]:
    territories = {**Locale(language).territories, **_SHORT[language]}
    return {
        code: name
        for code, name in territories.items()
        if len(code) == 2 and code not in _NOT_COUNTRIES
    }


COUNTRIES = frozenset(_names("en"))
"""ISO 3166-1 alpha-2 codes (and XK)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country, or a city as `CC/English name`, with its position in degrees where it is known."""

    country: str
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None


_chosen = borders.VENDORED


def use_borders(path: Path | None) -> None:
    """From now on countries are told by this file (`TAMMEN_BORDERS`), or by ours again. Raises ValueError."""
    global _chosen  # noqa: PLW0603  # one file a process, chosen at its start
    borders.load(path or borders.VENDORED)
    _chosen = path or borders.VENDORED


def country_at(latitude: float, longitude: float) -> str | None:
    """The country of a point, None at sea."""
    return borders.country_at(borders.load(_chosen), latitude, longitude)


def place_at(location: Location) -> Place | None:
    """The country and the nearest city of a shared position; None at sea and where there is no such position."""
    country = country_at(location.latitude, location.longitude)
    if country is None:
        return None
    return Place(country, _city_near(location, country), location.latitude, location.longitude)


def _city_near(location: Location, country: str) -> str | None:
    """The nearest city's value; None in the desert, where it would mislead whoever sets out to help."""
    try:
        city = gazetteer.nearest(location.latitude, location.longitude, country)
    except LookupError:
        return None
    north = (city.latitude - location.latitude) * KM_A_DEGREE
    east = (city.longitude - location.longitude) * KM_A_DEGREE * cos(radians(location.latitude))
    return city.value if hypot(north, east) <= FARTHEST_CITY else None


def place_of(value: str) -> Place:
    """The place of an entity's value: `TR/Istanbul` or `TR`."""
    country, _, name = value.partition("/")
    if not name:
        return Place(country)
    city = _known(value)
    return Place(country, value, city.latitude, city.longitude) if city else Place(country, value)


def country_name(code: str, language: Language) -> str:
    """The country's name in a language; the code when nobody has named it."""
    return _names(language).get(code, code)


def city_name(value: str, language: Language) -> str:
    """The name of a city (`TR/Istanbul`) in a language; in English where Arabic is not known."""
    city = _known(value)
    if language == "ar" and city is not None and city.name_ar:
        return city.name_ar
    return value.partition("/")[2] or value


def is_city(value: str) -> bool:
    """Whether the gazetteer has a city of this value (`TR/Istanbul`)."""
    return _known(value) is not None


def cities_like(text: str, limit: int) -> list[str]:
    """Values of cities whose name is this or begins so, in either script, the largest first."""
    wanted = " ".join(word.folded for word in folding.words(text))
    if len(wanted) < _SHORTEST_SEARCH:
        return []
    names = index.index().cities
    rows = [row for name in names if name.startswith(wanted) for row in names[name].split(",")]
    found = sorted((index.row(int(row)) for row in set(rows)), key=lambda city: -city.population)
    return [city.value for city in found[:limit]]


@cache
def large_cities(least: int = 50_000) -> list[tuple[str, tuple[float, float], int]]:
    """Cities of at least so many people as (value, (latitude, longitude), people), the largest first."""
    every = (index.row(n) for n in range(len(index.index().rows)))
    found = [
        (city.value, (city.latitude, city.longitude), city.population)
        for city in every
        if city.population >= least
    ]
    return sorted(found, key=lambda city: -city[2])


def _known(value: str) -> gazetteer.City | None:
    try:
        return gazetteer.city(value)
    except KeyError:
        return None
