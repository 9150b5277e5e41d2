"""The places the gazetteer knows, loaded once when first asked.

Built by `nlu/sources/gazetteer.py`. The files stay bytes, and a row is read when it is asked for:
150,000 names of 50,000 places take some megabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from nlu.language.tables import Lines, Slots, Table

DATA = Path(__file__).with_name("data")
_HOME_WEIGHT = 50  # a town at home is meant before one abroad with up to fifty times its people
# Before the numbers of names.tsv, and before names of countries: an everyday word as well.
_WEAK = "~"
_OTHERS = "|"  # in names.tsv: before cities that are meant only with their country
# What the first letter of a line of codes.tsv says of the rest.
_WHOLE = "!"
_CODE = "="
_CLEAR_CODE = "^"
_SOUND = "?"
_EVERYDAY = "-"
_MARKS = (_WHOLE, _CODE, _CLEAR_CODE, _SOUND, _EVERYDAY)

Codes = dict[str, str]  # alpha-2 codes of countries by name
Numbers = dict[str, str]  # by code: numbers of `rows` as text ("12,340"), or a country's code


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


class Names:
    """What people may write for cities: numbers of rows as text ("12,340") by folded names."""

    def __init__(
        self,
        table: Table,
    ) -> None:
        self._table = table

    def __contains__(
        self,
        name: str,
    ) -> bool:
        return name in self._table

    def get(
        self,
        name: str,
    ) -> str | None:
        """Return the numbers of the cities that a name may mean."""
        numbers = self._table.get(name)
        if numbers is None:
            return None
        return _meant(numbers)

    def possible(
        self,
        names: Iterable[str],
    ) -> list[str]:
        """List the names that may be those of cities: quick for hundreds of them."""
        return self._table.possible(names)

    def with_country(
        self,
        name: str,
    ) -> list[int]:
        """Return the rows of all cities of a name, also of those meant only with their country."""
        numbers = self._table.get(name)
        if numbers is None:
            return []
        bare = numbers.removeprefix(_WEAK).replace(
            _OTHERS,
            ",",
        )
        return list(
            map(
                int,
                bare.split(","),
            )
        )

    def is_weak(
        self,
        name: str,
    ) -> bool:
        """Tell whether a name is an everyday word as well."""
        numbers = self._table.get(name)
        return numbers is not None and numbers.startswith(_WEAK)

    def beginning_with(
        self,
        prefix: str,
    ) -> Iterator[str]:
        """Yield the numbers of every name that begins so."""
        for numbers in self._table.beginning_with(prefix):
            yield _meant(numbers)


def _meant(numbers: str) -> str:
    """Leave out the mark of a weak name, and the cities that are meant only with their country."""
    meant, _, _others = numbers.removeprefix(_WEAK).partition(_OTHERS)
    return meant


@dataclass(frozen=True)
class Index:
    """Names to places.

    `weak_countries` are everyday words as well; `whole` are words never to be split into a
    preposition and a town; `codes` are consonant codes, of towns or of a country (alpha-2),
    `clear_codes` those of no everyday word; `heads` are first words of longer names; `everyday` are
    checksums of words that no typo makes a town of; `sounds` are how towns are written by ear.
    """

    rows: Lines
    cities: Names
    codes: Numbers
    clear_codes: Numbers
    countries: Codes
    weak_countries: frozenset[str]
    whole: frozenset[str]
    heads: frozenset[str]
    everyday: frozenset[int]
    sounds: Numbers


@lru_cache(maxsize=1)
def index() -> Index:
    """Return the one index."""
    names = Table(DATA / "names.tsv")
    marked = _marked()
    clear_codes = marked[_CLEAR_CODE]
    countries, weak_countries = _country_names()
    return Index(
        rows=Lines(DATA / "cities.tsv"),
        cities=Names(names),
        codes=marked[_CODE] | clear_codes,
        clear_codes=clear_codes,
        countries=countries,
        weak_countries=weak_countries,
        whole=frozenset(marked[_WHOLE]),
        heads=frozenset(names.first_words()) | frozenset(_heads(countries)),
        everyday=frozenset(
            map(
                int,
                marked[_EVERYDAY],
            )
        ),
        sounds=marked[_SOUND],
    )


def is_everyday(word: str) -> bool:
    """Tell whether a folded word is one that no typo makes a town of."""
    return checksum(word) in index().everyday


def checksum(word: str) -> int:
    """Return the number that stands for a word of every day, of which we ship no list."""
    return crc32(word.encode())


def _marked() -> dict[str, Numbers]:
    """Read codes.tsv: the lines of each mark."""
    marked: dict[str, Numbers] = {mark: {} for mark in _MARKS}
    for line in _lines("codes.tsv"):
        code, _, numbers = line.partition("\t")
        bare = code[1:]
        marked[code[0]][bare] = numbers
    return marked


def _heads(names: Codes) -> Iterator[str]:
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


def ranked(
    numbers: str,
    home: str | None,
) -> list[City]:
    """Sort the cities a name may mean ("12,340"), likeliest first: by population, those of `home`
    (alpha-2) preferred.
    """

    def weight(city: City) -> int:
        if city.country == home:
            return city.population * _HOME_WEIGHT
        return city.population

    cities = [row(int(number)) for number in numbers.split(",")]
    return sorted(
        cities,
        key=weight,
        reverse=True,
    )


class Values:
    """Row numbers by `CC/English name`, in GeoNames' English and in what people write."""

    def __init__(
        self,
        rows: Lines,
    ) -> None:
        self._rows = rows
        self._slots = Slots(len(rows))
        for number in range(len(rows)):
            for value in self._values(number):
                self._slots.add(
                    value,
                    number,
                )

    def __contains__(
        self,
        value: str,
    ) -> bool:
        return self.get(value) is not None

    def __getitem__(
        self,
        value: str,
    ) -> int:
        number = self.get(value)
        if number is None:
            raise KeyError(value)
        return number

    def get(
        self,
        value: str,
    ) -> int | None:
        """Return the row of a value: the one whose first name it is, before others."""
        sought = value.encode()
        numbers = [number for number in self._slots.of(sought) if sought in self._values(number)]
        for number in numbers:
            if sought == self._values(number)[0]:
                return number
        return min(
            numbers,
            default=None,
        )

    def _values(
        self,
        number: int,
    ) -> list[bytes]:
        """List the values of a row."""
        country, name, english, _rest = self._rows.read(number).split(
            b"\t",
            3,
        )
        values = [country + b"/" + name]
        if english:
            values.append(country + b"/" + english)
        return values


@lru_cache(maxsize=1)
def by_value() -> Values:
    """Return the one index of values."""
    return Values(index().rows)
