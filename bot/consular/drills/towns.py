"""Towns of the gazetteer by their name `CC/City`."""

from __future__ import annotations

from functools import cache

from nlu.language import index


def of(name: str) -> index.City | None:
    """Return the largest town of a name; None where the gazetteer has none."""
    country, _, _city = name.partition("/")
    return _towns(country).get(name)


@cache
def _towns(country: str) -> dict[str, index.City]:
    by_name: dict[str, index.City] = {}
    for town in largest(country):
        by_name.setdefault(town.value, town)
    return by_name


def largest(country: str) -> list[index.City]:
    """Return the towns of a country, the largest first."""
    towns: list[index.City] = []
    for number, entry in enumerate(index.index().rows):
        if entry.startswith(f"{country}\t"):
            towns.append(index.row(number))
    towns.sort(key=_fewest_last)
    return towns


def _fewest_last(town: index.City) -> int:
    return -town.population
