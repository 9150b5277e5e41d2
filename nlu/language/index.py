"""The places the gazetteer knows, loaded once when first asked.

Built by `nlu/sources/gazetteer.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).with_name("data")
_HOME_WEIGHT = 50  # a town at home is meant before one abroad with up to fifty times its people
# What the first letter of a line of names.tsv says of its name.
_WEAK = "~"
_WHOLE = "!"
_CODE = "="
_CLEAR_CODE = "^"
_MARKS = frozenset((_WEAK, _WHOLE, _CODE, _CLEAR_CODE))

Codes = dict[str, str]  # alpha-2 codes of countries by name
Numbers = dict[str, str]  # by name: numbers of `rows` as text ("12,340"), or a country's code


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
    cities: Numbers
    codes: Numbers
    clear_codes: Numbers
    countries: Codes
    weak: frozenset[str]
    weak_countries: frozenset[str]
    whole: frozenset[str]
    heads: frozenset[str]


@lru_cache(maxsize=1)
def index() -> Index:
    """Return the one index."""
    plain, marked = _names()
    weak = marked[_WEAK]
    clear_codes = marked[_CLEAR_CODE]
    countries, weak_countries = _country_names()
    cities = plain | weak
    names = [*cities, *countries]
    return Index(
        rows=_lines("cities.tsv"),
        cities=cities,
        codes=marked[_CODE] | clear_codes,
        clear_codes=clear_codes,
        countries=countries,
        weak=frozenset(weak),
        weak_countries=weak_countries,
        whole=frozenset(marked[_WHOLE]),
        heads=frozenset(_heads(names)),
    )


def _names() -> tuple[Numbers, dict[str, Numbers]]:
    """Read names.tsv: the names that have no mark, and those of each mark."""
    plain: Numbers = {}
    marked: dict[str, Numbers] = {mark: {} for mark in _MARKS}
    for line in _lines("names.tsv"):
        name, _, numbers = line.partition("\t")
        mark = name[0]
        if mark in _MARKS:
            bare = name[1:]
            marked[mark][bare] = numbers
        else:
            plain[name] = numbers
    return plain, marked


def _heads(names: Iterable[str]) -> Iterator[str]:
    """Yield the first words of names of several words."""
    for name in names:
        head, space, _ = name.partition(" ")
        if space:
            yield head


def _lines(name: str) -> list[str]:
    path = DATA / name
    source = path.read_text("utf-8")
    return source.splitlines()


def _country_names() -> tuple[Codes, frozenset[str]]:
    """Read the codes of countries by their names, and the names that are everyday words."""
    codes: Codes = {}
    weak: set[str] = set()
    for country, spellings in _country_lines():
        for spelling in spellings:
            name = spelling.removeprefix(_WEAK)
            codes[name] = country.code
            if name != spelling:
                weak.add(name)
    return codes, frozenset(weak)


def _country_lines() -> Iterator[tuple[Country, list[str]]]:
    """Yield every country, and its names as countries.tsv has them."""
    for line in _lines("countries.tsv"):
        *names, spellings = line.split("\t")
        country = Country(*names)
        yield country, spellings.split("|")


@lru_cache(maxsize=1)
def countries() -> dict[str, Country]:
    """Return every country by its code."""
    by_code: dict[str, Country] = {}
    for country, _spellings in _country_lines():
        by_code[country.code] = country
    return by_code


@lru_cache(maxsize=4096)
def row(number: int) -> City:
    """Read the city in a row."""
    line = index().rows[number]
    country, name, english, arabic, latitude, longitude, population = line.split("\t")
    return City(
        value=f"{country}/{name}",
        country=country,
        name_en=english or name,
        name_ar=arabic,
        latitude=float(latitude),
        longitude=float(longitude),
        population=int(population),
    )


def ranked(numbers: str, home: str | None) -> list[City]:
    """Sort the cities a name may mean ("12,340"), likeliest first: by population, those of `home`
    (alpha-2) preferred.
    """

    def weight(city: City) -> int:
        if city.country == home:
            return city.population * _HOME_WEIGHT
        return city.population

    cities = [row(int(number)) for number in numbers.split(",")]
    return sorted(cities, key=weight, reverse=True)


@lru_cache(maxsize=1)
def by_value() -> dict[str, int]:
    """Return row numbers by `CC/English name`, in GeoNames' English and in what people write."""
    numbers: dict[str, int] = {}
    rows = index().rows
    for number, line in enumerate(rows):
        country, name, english, _rest = line.split("\t", 3)
        numbers[f"{country}/{name}"] = number
        if english:
            name_in_use = f"{country}/{english}"
            numbers.setdefault(name_in_use, number)
    return numbers
