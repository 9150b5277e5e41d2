"""Towns of one name in one country, told apart: "Springfield, IL", "San Fernando (near Cebu)"."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from math import cos, hypot, radians

from nlu.sources.towns import Town, Towns, by_population

SAME_TOWN_DEGREES = 0.3  # two entries of one name that lie no further apart are one town
MIN_LANDMARK_PEOPLE = 100_000  # of the city that a town is said to be near
# Where a name is spoken alike, so that one Arabic spelling serves all towns of the name.
LANGUAGES = {
    "English": frozenset(["US", "GB", "CA", "AU", "NZ", "IE"]),
    "Spanish": frozenset(["ES", "MX", "AR", "CO", "CL", "PE", "VE", "EC", "CU", "BO", "UY", "PH"]),
    "German": frozenset(["DE", "AT", "CH"]),
    "Portuguese": frozenset(["PT", "BR"]),
}
RIVAL_SHARE = 0.15  # of the people of the largest, as in bot/dialogue/named_places.py


def unique(towns: Iterable[Town]) -> Towns:
    """Give each town a name of its own within its country; the largest keeps the plain one."""
    ordered = by_population(towns)
    _lend_names(ordered)
    landmarks = _landmarks(ordered)
    settled: Towns = {}
    for town in ordered:
        first = settled.setdefault(
            (town.country, town.name),
            town,
        )
        if (
            first is town
            or _degrees(
                first,
                town,
            )
            < SAME_TOWN_DEGREES
        ):
            continue
        _mark(
            town,
            landmarks[town.country],
        )
        if not town.mark:
            continue
        name = town.name + town.mark
        is_new = (town.country, name) not in settled
        if is_new:
            town.names.add(town.name)
            town.name = name
            settled[town.country, name] = town
            _tell_apart(
                first,
                town,
            )
    return settled


def _lend_names(towns: Iterable[Town]) -> None:
    """Give towns without an Arabic name that of their namesakes, where one language is spoken."""
    spellings: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    unnamed: list[Town] = []
    for town in towns:
        if town.arabic:
            spellings[_language(town), town.name][town.arabic] += 1
        else:
            unnamed.append(town)
    for town in unnamed:
        lent = spellings.get((_language(town), town.name))
        if lent:
            [(town.arabic, _count)] = lent.most_common(1)
            town.ruled = set()


def _language(town: Town) -> str:
    """Return the language that a town's name is read in, or the country."""
    for language, countries in LANGUAGES.items():
        if town.country in countries:
            return language
    return town.country


def _landmarks(ordered: Iterable[Town]) -> dict[str, list[Town]]:
    """List the cities that people of a country know, by country."""
    landmarks: dict[str, list[Town]] = defaultdict(list)
    for town in ordered:
        if town.population >= MIN_LANDMARK_PEOPLE:
            landmarks[town.country].append(town)
    return landmarks


def _mark(
    town: Town,
    landmarks: Iterable[Town],
) -> None:
    """Choose what tells a town from its namesake: its state, or the nearest larger city."""
    if town.region:
        town.mark = f", {town.region.code}"
        if town.arabic:
            town.arabic_mark = f"، {town.region.arabic}"
        return
    if town.is_small:
        return
    cities = [city for city in landmarks if city.name != town.name]
    nearest = min(
        cities,
        key=lambda city: _degrees(
            city,
            town,
        ),
        default=None,
    )
    if nearest is None:
        return
    town.mark = f" (near {nearest.name})"
    town.landmark = nearest


def _tell_apart(
    first: Town,
    town: Town,
) -> None:
    """Print the state of the largest town as well, where it is not by far the largest."""
    is_rival = town.population >= RIVAL_SHARE * first.population
    if not is_rival or first.region is None or first.english:
        return
    first.english = f"{first.name}, {first.region.code}"
    if first.arabic:
        first.arabic_mark = f"، {first.region.arabic}"


def _degrees(
    one_town: Town,
    other: Town,
) -> float:
    """Measure how far two towns lie apart, in degrees of latitude."""
    north = one_town.latitude - other.latitude
    east = one_town.longitude - other.longitude
    return hypot(
        north,
        east * cos(radians(other.latitude)),
    )
