"""The places the gazetteer knows, loaded once when first asked.

Built by `nlu/sources/gazetteer.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).with_name("data")
_HOME_WEIGHT = 50  # a town at home is meant before one abroad with up to fifty times its people
_EARTH_KM = 6371.0


class City(NamedTuple):
    """A town. `value` is `CC/English name` as GeoNames has it; `name_en` is what people write
    (LY/Misratah: Misrata).

    Position in WGS 84 degrees, `population` in people.
    """

    value: str
    country: str
    name_en: str
    name_ar: str
    latitude: float
    longitude: float
    population: int


class Country(NamedTuple):
    """A country by its ISO alpha-2 code."""

    code: str
    name_en: str
    name_ar: str


@dataclass(frozen=True)
class Index:
    """Names to places.

    City rows stay unread lines until one is asked for, so that loading is quick.

    `cities` holds numbers of `rows` as text ("12,340"); names in `weak` and `weak_countries` are
    everyday words as well; `whole` are words never to be split into a preposition and a town;
    `codes` are consonant codes, of towns or of a country (alpha-2), `clear_codes` those of no
    everyday word; `heads` are first words of longer names.
    """

    rows: list[str]
    cities: dict[str, str]
    codes: dict[str, str]
    clear_codes: dict[str, str]
    countries: dict[str, str]
    weak: frozenset[str]
    weak_countries: frozenset[str]
    whole: frozenset[str]
    heads: frozenset[str]


@lru_cache(maxsize=1)
def index() -> Index:
    """The one index."""
    marked: dict[str, list[tuple[str, str]]] = {"~": [], "!": [], "=": [], "^": [], "": []}
    for line in _lines("names.tsv"):
        mark = line[0] if line[0] in "~!=^" else ""
        name, _, numbers = line[len(mark) :].partition("\t")
        marked[mark].append((name, numbers))
    countries, weak_countries = _country_names()
    cities = dict(marked[""] + marked["~"])
    return Index(
        _lines("cities.tsv"),
        cities,
        dict(marked["="] + marked["^"]),
        dict(marked["^"]),
        countries,
        frozenset(name for name, _ in marked["~"]),
        weak_countries,
        frozenset(name for name, _ in marked["!"]),
        frozenset(name.split(" ", 1)[0] for name in [*cities, *countries] if " " in name),
    )


def _lines(name: str) -> list[str]:
    return (DATA / name).read_text("utf-8").splitlines()


def _country_names() -> tuple[dict[str, str], frozenset[str]]:
    names: dict[str, str] = {}
    for line in _lines("countries.tsv"):
        code, _, _, spelled = line.split("\t")
        names.update((name, code) for name in spelled.split("|"))
    weak = frozenset(name[1:] for name in names if name.startswith("~"))
    return {name.lstrip("~"): code for name, code in names.items()}, weak


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Every country by its code."""
    rows = (line.split("\t") for line in _lines("countries.tsv"))
    return {code: Country(code, english, arabic) for code, english, arabic, _ in rows}


@lru_cache(maxsize=4096)
def row(number: int) -> City:
    """The city in a row."""
    country, name, english, arabic, latitude, longitude, population = (
        index().rows[number].split("\t")
    )
    value = f"{country}/{name}"
    return City(
        value, country, english or name, arabic, float(latitude), float(longitude), int(population)
    )


def ranked(numbers: str, home: str | None) -> list[City]:
    """The cities a name may mean ("12,340"), likeliest first: by population, those of `home`
    (alpha-2) preferred.
    """
    cities = [row(int(number)) for number in numbers.split(",")]
    return sorted(
        cities, key=lambda city: -city.population * (_HOME_WEIGHT if city.country == home else 1)
    )


@lru_cache(maxsize=1)
def by_value() -> dict[str, int]:
    """Row numbers by `CC/English name`, in GeoNames' English and in what people write."""
    numbers: dict[str, int] = {}
    for number, line in enumerate(index().rows):
        country, name, english, _ = line.split("\t", 3)
        numbers[f"{country}/{name}"] = number
        if english:
            numbers.setdefault(f"{country}/{english}", number)
    return numbers


@lru_cache(maxsize=1)
def _cells() -> dict[tuple[int, int], list[tuple[float, float, int]]]:
    """Positions of all cities by whole degree."""
    cells: dict[tuple[int, int], list[tuple[float, float, int]]] = {}
    for number, line in enumerate(index().rows):
        latitude, longitude = line.split("\t")[4:6]
        north, east = float(latitude), float(longitude)
        cells.setdefault((math.floor(north), math.floor(east)), []).append((north, east, number))
    return cells


def nearest(latitude: float, longitude: float, country: str | None = None) -> City:
    """The city closest to a position in degrees, within a country (alpha-2) if one is given.

    Raises LookupError when that country has no city.
    """
    for reach in (1, 4, 20, 180):
        near = [
            (_kilometres(latitude, longitude, north, east), number)
            for north, east, number in _within(latitude, longitude, reach)
            if country is None or index().rows[number].startswith(country + "\t")
        ]
        if near:
            return row(min(near)[1])
    raise LookupError(f"no city in {country}")


def _within(latitude: float, longitude: float, reach: int) -> list[tuple[float, float, int]]:
    cells = _cells()
    if reach > 20:
        return [spot for cell in cells.values() for spot in cell]
    norths = range(math.floor(latitude) - reach, math.floor(latitude) + reach + 1)
    easts = range(math.floor(longitude) - reach, math.floor(longitude) + reach + 1)
    return [
        spot
        for north in norths
        for east in easts
        for spot in cells.get((north, (east + 180) % 360 - 180), ())
    ]


def _kilometres(latitude: float, longitude: float, north: float, east: float) -> float:
    """Great-circle distance by the haversine formula."""
    here, there = math.radians(latitude), math.radians(north)
    lift = math.sin((there - here) / 2) ** 2
    swing = math.cos(here) * math.cos(there) * math.sin(math.radians(east - longitude) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, lift + swing)))
