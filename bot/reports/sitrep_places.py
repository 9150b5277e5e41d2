"""The places of a situation report: a map, and a row for each country and city."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bot.consular.audiences.standings import COUNTS
from bot.consular.crises.sitrep_figures import NOWHERE, CountryFigures, Figures
from bot.consular.crises.sitreps import Reading
from bot.documents.parts import Block, Section
from bot.reports import maps
from bot.reports.tables import Row, numbers, table_or
from bot.reports.voice import N_, STANDINGS, Voice

IN_NEED = ("help", "evacuate")

Cities = Mapping[str, Mapping[str, int]]


def section(reading: Reading, voice: Voice) -> Section:
    """Count by country and city, with a map."""
    rows: list[Row] = []
    for code, country in in_order(reading.figures):
        cities_before = _cities_before(reading.before, code)
        rows.extend(
            _rows(
                code,
                country,
                cities_before,
                voice,
            )
        )
    standings = [
        voice.term(
            STANDINGS,
            standing,
        )
        for standing in COUNTS
    ]
    headings = [
        *voice.all(N_("Country"), N_("City")),
        *standings,
        *voice.all(N_("All"), N_("Difference")),
    ]
    nobody = voice.gettext("Nobody is there.")
    blocks = [
        *_map(reading.figures, voice),
        *table_or(nobody, headings, rows),
    ]
    return Section(voice.gettext("By country and city"), blocks)


def _map(figures: Figures, voice: Voice) -> list[Block]:
    spots: list[maps.Spot] = []
    for code, country in figures["countries"].items():
        in_country = maps.spots(
            _in_need(country),
            code,
            voice,
        )
        spots.extend(in_country)
    picture = maps.draw(
        countries(figures),
        spots,
        voice,
    )
    return [] if picture is None else [picture]


def countries(figures: Figures) -> list[str]:
    """Return the codes of the countries, without what is nowhere."""
    codes = sorted(figures["countries"])
    return [code for code in codes if code != NOWHERE]


def in_order(figures: Figures) -> list[tuple[str, CountryFigures]]:
    """Return the countries with most people first; what is nowhere comes last."""
    return sorted(figures["countries"].items(), key=_order)


def _order(entry: tuple[str, CountryFigures]) -> tuple[bool, int]:
    code, country = entry
    return code == NOWHERE, -counted(country).total()


def counted(country: CountryFigures) -> Counter[str]:
    """Count the people of a country by standing."""
    return _sum(country["cities"])


def _sum(cities: Cities) -> Counter[str]:
    counts: Counter[str] = Counter()
    for city_counts in cities.values():
        counts.update(city_counts)
    return counts


def _rows(
    code: str,
    country: CountryFigures,
    before: Cities | None,
    voice: Voice,
) -> list[Row]:
    """Write a row for a country, and one for each of its cities, most people first."""
    if not country["cities"]:
        return []
    name = voice.country(code)
    people_before = None
    if before is not None:
        people_before = _sum(before).total()
    everybody = _row(counted(country), people_before, voice)
    rows: list[Row] = [
        [
            name,
            voice.gettext("all cities"),
            *everybody,
        ]
    ]
    largest_first = sorted(
        country["cities"].items(),
        key=_size,
        reverse=True,
    )
    for city, counts in largest_first:
        if before is not None:
            people_before = sum(
                before.get(
                    city,
                    {},
                ).values()
            )
        cells = _row(Counter(counts), people_before, voice)
        rows.append(
            [
                name,
                voice.city(city),
                *cells,
            ]
        )
    return rows


def _row(
    counts: Counter[str],
    people_before: int | None,
    voice: Voice,
) -> Row:
    people = counts.total()
    return [
        *numbers(counts, COUNTS, voice),
        voice.number(people),
        voice.change(people, people_before),
    ]


def _cities_before(before: Figures | None, code: str) -> Cities | None:
    """Return the cities of a country in the report before; None where there was no report."""
    if before is None:
        return None
    country = before["countries"].get(code)
    return {} if country is None else country["cities"]


def _size(entry: tuple[str, Mapping[str, int]]) -> int:
    _city, counts = entry
    return sum(counts.values())


def _in_need(country: CountryFigures) -> dict[str, tuple[int, int]]:
    """Return how many people are in each city, and how many of them in need."""
    cities: dict[str, tuple[int, int]] = {}
    for city, counts in country["cities"].items():
        in_need = 0
        for standing in IN_NEED:
            in_need += counts.get(standing, 0)
        cities[city] = (
            sum(counts.values()),
            in_need,
        )
    return cities
