"""The `!word` lines of data/codes.tsv: words that only look like a preposition and a town."""

from __future__ import annotations

from nlu.language.clitics import is_prefix
from nlu.language.folding import is_arabic
from nlu.sources.countries import countries
from nlu.sources.everyday import spoken_frequencies
from nlu.sources.names import Cities, Index, Lines
from nlu.sources.towns import Town, keys

SPLIT_ZIPF = 3.2  # a rarer word is read as a preposition and a town
MEANT_ZIPF_MARGIN = 1.7
MIN_REST_LETTERS = 3  # of a word without its prefix
MAX_PREFIX_LETTERS = 2
ARTICLE = "ال"
ARTICLE_AFTER_LAM = "لل"


def unsplit_lines(
    index: Index,
    cities: Cities,
) -> Lines:
    """Write a line for each word that is never cut."""
    country_names = _country_names()
    frequencies = spoken_frequencies()
    for word in sorted(frequencies):
        zipf = frequencies[word]
        if zipf < SPLIT_ZIPF or word in index:
            continue
        if not is_arabic(word):
            continue
        rests = cut_prefixes(word)
        if rests & country_names:
            continue
        town_names = rests & index.keys()
        largest = _largest_towns(town_names, index, cities)
        if largest and not _means_any(largest, zipf):
            yield f"!{word}"


def _country_names() -> set[str]:
    names: set[str] = set()
    for country in countries():
        names.update(country.spellings)
    return names


def cut_prefixes(word: str) -> set[str]:
    """Cut prefixes off a word: `لبيروت` leaves `بيروت`, `للدوحه` both `دوحه` and `الدوحه`."""
    rests: set[str] = set()
    for length in range(1, MAX_PREFIX_LETTERS + 1):
        prefix = word[:length]
        rest = word[length:]
        if len(rest) < MIN_REST_LETTERS:
            continue
        if is_prefix(prefix):
            rests.add(rest)
            if prefix == ARTICLE_AFTER_LAM:
                rests.add(ARTICLE + rest)
    return rests


def _largest_towns(
    names: set[str],
    index: Index,
    cities: Cities,
) -> dict[str, Town]:
    """Find the largest town of each name."""
    towns: dict[str, Town] = {}
    for name in names:
        namesakes = index[name]
        first = min(namesakes)
        towns[name] = cities[first]
    return towns


def _means_any(
    towns: dict[str, Town],
    zipf: float,
) -> bool:
    """Tell whether a frequent word with a prefix does mean a town: بدمشق, not بينا (Jena)."""
    min_people = 10 ** (zipf + MEANT_ZIPF_MARGIN)
    for name, town in towns.items():
        sure_names = town.sure - town.doubted
        if name in keys(sure_names):
            return True
        if town.population > min_people:
            return True
    return False
