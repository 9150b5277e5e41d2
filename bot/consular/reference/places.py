"""Places: countries and cities, from what people say or from a position they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import cos, floor, hypot, radians, sqrt
from pathlib import Path

from babel import Locale
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from bot.consular.reference import borders
from bot.messages import Language, Location
from nlu.language import folding, gazetteer, index

CITY_RADIUS_KM = 75.0  # from a position to the city we call it by
QUARTER_RADIUS_KM = 5.0  # from a position to the quarter we call it by
EXTENT_KM = 0.01  # of a town, times the square root of its people: 40 km of Istanbul
MAX_EXTENT_DEGREES = 1.0  # of longitude, from the middle of the largest city, up to 60° north
MIN_CITY_PEOPLE = 10_000  # of a town that others may be quarters of: its extent is a kilometre
QUARTER_SHARE = 0.2  # of the people of a town: a larger one within its extent is no quarter
KM_A_DEGREE = 111.2
MIN_PREFIX_CHARS = 2
NEIGHBOUR_DEGREES = 0.05  # borders of two countries lie no further apart, however they are drawn

# Codes that CLDR names and that are no countries: groups, pseudo-languages, parts of countries.
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

# The short names of CLDR, which Babel leaves out: what Libyans and the embassies themselves say.
_SHORT_NAMES: dict[Language, dict[str, str]] = {
    "ar": {"PS": "فلسطين"},
    "en": {"PS": "Palestine"},
}


@cache
def _names(language: Language) -> dict[str, str]:
    territories = {**Locale(language).territories, **_SHORT_NAMES[language]}
    names: dict[str, str] = {}
    for code, name in territories.items():
        is_country = len(code) == 2 and code not in _NOT_COUNTRIES
        if is_country:
            names[code] = name
    return names


COUNTRIES = frozenset(_names("en"))
"""ISO 3166-1 alpha-2 codes (and XK)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A country, or a city as `CC/English name`, with its position in degrees when known."""

    country: str
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None


_borders_path = borders.VENDORED


def use_borders(path: Path | None) -> None:
    """Tell countries by this file (`TAMMEN_BORDERS`), or by ours again. Raises ValueError."""
    global _borders_path  # noqa: PLW0603  # one file a process, chosen at its start
    chosen_path = path or borders.VENDORED
    borders.load(chosen_path)
    _borders_path = chosen_path


def country_at(
    latitude: float,
    longitude: float,
) -> str | None:
    """Return the country of a point; None at sea."""
    own_borders = borders.load(_borders_path)
    return borders.country_at(own_borders, latitude, longitude)


def countries_touching(area: BaseGeometry) -> frozenset[str]:
    """Return the countries that an area (of longitude, latitude) shares land or coast with."""
    own_borders = borders.load(_borders_path)
    return borders.countries_in(own_borders, area)


def outlines(area: BaseGeometry) -> list[tuple[str, BaseGeometry]]:
    """Return (country, its part) of what lies in an area (of longitude, latitude)."""
    own_borders = borders.load(_borders_path)
    parts: list[tuple[str, BaseGeometry]] = []
    for number in own_borders.tree.query(area, predicate="intersects"):
        polygon = own_borders.polygons[number]
        country = own_borders.countries[number]
        part = polygon.intersection(area)
        parts.append((country, part))
    return parts


def mainland(country: str) -> BaseGeometry | None:
    """Return the largest polygon of a country; None where the borders have none."""
    own_borders = borders.load(_borders_path)
    polygons: list[BaseGeometry] = []
    for polygon, code in zip(own_borders.polygons, own_borders.countries, strict=True):
        if code == country:
            polygons.append(polygon)
    return max(polygons, key=_extent, default=None)


def _extent(polygon: BaseGeometry) -> float:
    return float(polygon.area)


def neighbours(country: str) -> list[str]:
    """Return the countries that share a border with a country, in order of their codes."""
    land = mainland(country)
    if land is None:
        return []
    around = countries_touching(land.buffer(NEIGHBOUR_DEGREES))
    return sorted(around - {country})


def outlines_of(countries: Sequence[str]) -> dict[str, list[Polygon]]:
    """Return the pieces of these countries (longitude, latitude), of those that we have."""
    own_borders = borders.load(_borders_path)
    pieces: dict[str, list[Polygon]] = {}
    listed = zip(
        own_borders.polygons,
        own_borders.countries,
        strict=True,
    )
    for polygon, country in listed:
        if country in countries:
            pieces.setdefault(country, [])
            pieces[country].append(polygon)
    return pieces


def place_at(location: Location) -> Place | None:
    """Return the country and the nearest city of a position; None at sea and off the earth."""
    country = country_at(location.latitude, location.longitude)
    if country is None:
        return None
    city = _city_near(location, country)
    return Place(
        country,
        city,
        location.latitude,
        location.longitude,
    )


def _city_near(
    location: Location,
    country: str,
) -> str | None:
    """Return the value of the city; None in the desert, where it would mislead rescuers.

    The nearest town may be a quarter of a city: Sultanahmet is in Istanbul.
    """
    nearest = _nearest(location, country)
    if nearest is None:
        return None
    distance_km = _kilometres(location, nearest)
    if distance_km > CITY_RADIUS_KM:
        return None
    around = [nearest]
    for town in _cities_around(location, country):
        quarter_size = QUARTER_SHARE * town.population
        is_quarter = nearest.population <= quarter_size
        if is_quarter and _is_inside(location, town):
            around.append(town)
    largest = max(around, key=_people)
    return largest.value


def _is_inside(
    location: Location,
    town: gazetteer.City,
) -> bool:
    """Tell whether a position is within the extent of a town, guessed by its people."""
    extent_km = EXTENT_KM * sqrt(town.population)
    distance_km = _kilometres(location, town)
    return distance_km <= extent_km


def quarter_name(
    location: Location,
    city: str,
    language: Language,
) -> str | None:
    """Name the quarter of a city at a position; None where it has no name in the language."""
    country = city[:2]
    quarter = _nearest(location, country)
    if quarter is None or quarter.value == city:
        return None
    distance_km = _kilometres(location, quarter)
    is_near = distance_km <= QUARTER_RADIUS_KM
    if not is_near or not has_name(quarter.value, language):
        return None
    return city_name(quarter.value, language)


def named_near(
    location: Location,
    country: str,
    language: Language,
) -> str | None:
    """Return the nearest city that has a name in a language, within CITY_RADIUS_KM."""
    towns: list[tuple[float, str]] = []
    for town in _towns_of(country):
        distance_km = _kilometres(location, town)
        is_near = distance_km <= CITY_RADIUS_KM
        if is_near and has_name(town.value, language):
            towns.append((distance_km, town.value))
    if not towns:
        return None
    _distance_km, name = min(towns)
    return name


def _cities_around(location: Location, country: str) -> Iterator[gazetteer.City]:
    """Yield the cities of a country whose extent may reach a position."""
    bands = _cities_of(country)
    degree = floor(location.latitude)
    degrees = range(degree - 1, degree + 2)
    for north in degrees:
        for city in bands.get(north, ()):
            east = city.longitude - location.longitude
            if abs(east) < MAX_EXTENT_DEGREES:
                yield city


@cache
def _cities_of(country: str) -> dict[int, list[gazetteer.City]]:
    """Sort the towns of a country that may have quarters by whole degrees of latitude."""
    bands: dict[int, list[gazetteer.City]] = {}
    for town in _towns_of(country):
        if town.population < MIN_CITY_PEOPLE:
            continue
        degree = floor(town.latitude)
        cities = bands.setdefault(degree, [])
        cities.append(town)
    return bands


@cache
def _towns_of(country: str) -> list[index.City]:
    """List the towns of a country (alpha-2), the largest first."""
    towns: list[index.City] = []
    rows = index.index().rows
    prefix = f"{country}\t"
    beginning = prefix.encode()
    for number in range(len(rows)):
        if not rows.starts_with(number, beginning):
            continue
        town = index.row(number)
        towns.append(town)
    return towns


def _nearest(location: Location, country: str) -> gazetteer.City | None:
    try:
        return gazetteer.nearest(location.latitude, location.longitude, country)
    except LookupError:
        return None


def _people(city: gazetteer.City) -> int:
    return city.population


def _kilometres(
    location: Location,
    city: gazetteer.City,
) -> float:
    north_km = (city.latitude - location.latitude) * KM_A_DEGREE
    east_degrees = city.longitude - location.longitude
    east_km = east_degrees * KM_A_DEGREE * cos(radians(location.latitude))
    return hypot(north_km, east_km)


def place_of(name: str) -> Place:
    """Return the place of an entity's value: `TR/Istanbul` or `TR`."""
    country, _, city_part = name.partition("/")
    if not city_part:
        return Place(country)
    city = _city(name)
    if city is None:
        return Place(country, name)
    return Place(
        country,
        name,
        city.latitude,
        city.longitude,
    )


def country_name(
    code: str,
    language: Language,
) -> str:
    """Return the name of a country in a language; the code when CLDR has no name."""
    return _names(language).get(code, code)


def city_name(
    city: str,
    language: Language,
) -> str:
    """Return the name of a city (`TR/Istanbul`); in English when the gazetteer has no Arabic."""
    entry = _city(city)
    if entry is None:
        return city.partition("/")[2] or city
    if language == "ar" and entry.name_ar:
        return entry.name_ar
    return entry.name_en


def has_name(city: str, language: Language) -> bool:
    """Check whether the gazetteer has a name of a city in a language."""
    if language == "en":
        return True
    entry = _city(city)
    return entry is not None and bool(entry.name_ar)


def is_city(city: str) -> bool:
    """Check whether the gazetteer has a city of this value (`TR/Istanbul`)."""
    return _city(city) is not None


def cities_like(
    text: str,
    limit: int,
) -> list[str]:
    """Find cities whose name begins with a text, in either script; the largest first."""
    prefix = " ".join(word.folded for word in folding.words(text))
    if len(prefix) < MIN_PREFIX_CHARS:
        return []
    numbers: set[int] = set()
    names = index.index().cities
    for listed_numbers in names.beginning_with(prefix):
        parts = listed_numbers.split(",")
        numbers.update(map(int, parts))
    cities = sorted(map(index.row, numbers), key=_by_size)
    return [city.value for city in cities[:limit]]


@cache
def large_cities(min_population: int = 50_000) -> list[tuple[str, tuple[float, float], int]]:
    """Return (city, (latitude, longitude), population) of large cities, the largest first."""
    cities: list[index.City] = []
    for number in range(len(index.index().rows)):
        city = index.row(number)
        if city.population >= min_population:
            cities.append(city)
    cities.sort(key=_by_size)
    entries: list[tuple[str, tuple[float, float], int]] = []
    for city in cities:
        position = (city.latitude, city.longitude)
        entries.append((city.value, position, city.population))
    return entries


def _by_size(city: index.City) -> int:
    return -city.population


def _city(name: str) -> gazetteer.City | None:
    try:
        return gazetteer.city(name)
    except KeyError:
        return None
