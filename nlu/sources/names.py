"""The names of data/names.tsv: what people may write, and the towns that it may mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from nlu.sources.everyday import spoken_frequencies
from nlu.sources.strength import Strength, spellings, strength
from nlu.sources.towns import Town, key, keys, never_names

WEAK_SIGN = "~"
GREATER = 10  # times the people: from here on a town is meant by a name that is another's own
NEAR_WEIGHT = 10  # of a town where the first users are

Cities = list[Town]  # in the order of cities.tsv, whose numbers the lines hold
Lines = Iterator[str]
Namesakes = dict[int, Strength]  # by the number of the town
Index = dict[str, Namesakes]  # by spelling


def index_names(cities: Cities) -> Index:
    """Find the towns of every spelling, each with the greatest strength of its names."""
    index: Index = defaultdict(dict)
    for number, town in enumerate(cities):
        if town.is_unnamed:
            continue
        for name in _all_names(town):
            _add_name(
                name,
                town,
                number,
                index,
            )
        for name in town.ruled:
            _add_ruled_name(
                name,
                number,
                index,
            )
    _add_namesakes(
        cities,
        index,
    )
    return index


def _add_namesakes(
    cities: Cities,
    index: Index,
) -> None:
    """Enter towns by names that are too common to mean them, but with their country."""
    for number, town in enumerate(cities):
        if town.is_small or town.is_unnamed:
            continue
        for name in (town.plain_name, town.arabic):
            namesakes = index.get(key(name))
            if namesakes:
                namesakes.setdefault(
                    number,
                    Strength.NONE,
                )


def _add_ruled_name(
    name: str,
    number: int,
    index: Index,
) -> None:
    """Enter a name that was written by rule: it is doubted, and no everyday word."""
    spelling = key(name)
    if spelling not in spoken_frequencies() and spelling not in never_names():
        index[spelling].setdefault(
            number,
            Strength.WEAK,
        )


def _all_names(town: Town) -> set[str]:
    names = {town.plain_name, town.english, town.arabic}
    names |= town.names
    names |= town.sure
    names |= town.always
    names.update(town.names_with_region)
    names.discard("")
    return names


def _add_name(
    name: str,
    town: Town,
    number: int,
    index: Index,
) -> None:
    """Enter every spelling of a name of the town."""
    clarity = strength(
        name,
        town,
    )
    if clarity is Strength.NONE:
        return
    is_sure = name in town.sure
    for spelling, is_clear in spellings(name):
        namesakes = index[spelling]
        strongest = namesakes.get(
            number,
            Strength.NONE,
        )
        if is_clear or is_sure:
            namesakes[number] = max(
                clarity,
                strongest,
            )
        else:
            namesakes[number] = max(
                Strength.WEAK,
                strongest,
            )


def name_lines(
    index: Index,
    cities: Cities,
) -> Lines:
    """Write a line for each spelling: key, tab, the numbers of the towns that it may mean.

    "~" before the numbers marks a weak one; towns behind "|" are meant only with their country.
    """
    for spelling in sorted(index):
        namesakes = index[spelling]
        clear = {number: clarity for number, clarity in namesakes.items() if clarity}
        owned = without_borrowed_names(
            spelling,
            clear,
            cities,
        )
        meant = without_greater_namesakes(
            spelling,
            owned,
            cities,
        )
        is_strong = Strength.STRONG in meant.values()
        sign = "" if is_strong else WEAK_SIGN
        numbers = join_numbers(meant)
        others = join_numbers(namesakes.keys() - meant.keys())
        if others:
            numbers += f"|{others}"
        yield f"{spelling}\t{sign}{numbers}"


def join_numbers(numbers: set[int] | Namesakes) -> str:
    """Write the numbers of towns as a line of names.tsv has them."""
    ordered = sorted(numbers)
    return ",".join(
        map(
            str,
            ordered,
        )
    )


def without_borrowed_names(
    spelling: str,
    namesakes: Namesakes,
    cities: Cities,
) -> Namesakes:
    """Drop towns that only an alias calls so, where it is the own name of another.

    Alexandria is in Egypt and no Mashhad; only a much greater town keeps its alias.
    """
    weights: list[int] = []
    owners: set[int] = set()
    for number in namesakes:
        town = cities[number]
        if spelling in keys(town.own_names):
            owners.add(number)
            weights.append(town.population * (NEAR_WEIGHT if town.is_near else 1))
    if not owners:
        return namesakes
    enough_people = GREATER * max(weights)
    meant: Namesakes = {}
    for number, clarity in namesakes.items():
        is_great = cities[number].population > enough_people
        if number in owners or is_great:
            meant[number] = clarity
    return meant


def without_greater_namesakes(
    spelling: str,
    namesakes: Namesakes,
    cities: Cities,
) -> Namesakes:
    """Drop the towns that are larger than the one whose name is kept by hand (Valencia in
    Venezuela).
    """
    for first in sorted(namesakes):
        town = cities[first]
        if spelling in keys(town.sure):
            break
    else:
        return namesakes
    meant: Namesakes = {}
    for number, clarity in namesakes.items():
        if number >= first:
            meant[number] = clarity
    return meant
