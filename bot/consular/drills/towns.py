"""Towns of the gazetteer by their name `CC/City`."""

from __future__ import annotations

from functools import cache

from nlu.language import index


def of(name: str) -> index.City | None:
    """Return the largest town of a name; None where the gazetteer has none."""
    country, _, _city = name.partition("/")
    by_name = _towns(country)
    return by_name.get(name)


@cache
def _towns(country: str) -> dict[str, index.City]:
    by_name: dict[str, index.City] = {}
    for town in largest(country):
        name = town.value
        by_name.setdefault(name, town)
    return by_name


def largest(country: str) -> list[index.City]:
    """Return the towns of a country, the largest first."""
    gazetteer = index.index()
    prefix = f"{country}\t"
    towns: list[index.City] = []
    for number, entry in enumerate(gazetteer.rows):
        if entry.startswith(prefix):
            town = index.row(number)
            towns.append(town)
    towns.sort(key=_fewest_last)
    return towns


def _fewest_last(town: index.City) -> int:
    return -town.population
