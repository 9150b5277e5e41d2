"""Which place a text names: the present one, with all that its name may mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.dialogue.whereabouts import NamedPlace
from bot.messages import Entity
from nlu.language import gazetteer, index, typos
from nlu.language.folding import fold, words
from nlu.language.gazetteer import Mention
from nlu.language.index import City
from nlu.language.reading import homonyms

MAX_MEANINGS = 4  # cities offered for one name
# Of the likeliest city's people: from here on a city of that name is a meaning, too.
RIVAL_SHARE = 0.15

_LEAVING = frozenset(
    fold("من غادرت غادرنا تركت تركنا طلعت طلعنا خرجت خرجنا from left leaving men min").split()
)


def entities(mentions: Iterable[Mention]) -> list[Entity]:
    """Return what the gazetteer found as entities of a message."""
    return [Entity(*mention) for mention in mentions]


def named(
    places: Sequence[Entity],
    text: str,
) -> NamedPlace | None:
    """Return the place that a text names last, with all that its name may mean."""
    cities = []
    countries = []
    for entity in places:
        if entity.entity == "city":
            cities.append(entity)
        elif entity.entity == "country":
            countries.append(entity)
    if cities:
        codes = _city(
            cities,
            _codes(countries),
            text,
        )
        return NamedPlace(tuple(codes))
    if not countries:
        return None
    last = countries[-1]
    codes = homonyms.meanings(last.text) or (str(last.value),)
    return NamedPlace(tuple(codes))


def guessed(text: str) -> NamedPlace | None:
    """Return the city that an answer to "where?" means, which no name matches to the letter.

    Where it may be several, the writer is asked; what is kept is said back.
    """
    cities = typos.guessed(text)
    if not cities:
        return None
    codes = [city.value for city in cities]
    return NamedPlace(tuple(codes[:MAX_MEANINGS]))


def _codes_with_typo(
    name: str,
    code: str,
) -> list[str]:
    """Return what a city's name may mean that has a typo: the reading given first, then others."""
    cities = typos.cities(
        fold(name),
        None,
    )
    codes = dict.fromkeys([code, *(city.value for city in cities)])
    return list(codes)[:MAX_MEANINGS]


def _rivals(cities: Sequence[City]) -> list[str]:
    """Return the likeliest city, and those of some size beside it."""
    min_population = RIVAL_SHARE * cities[0].population
    codes = [city.value for city in cities if city.population >= min_population]
    return codes[:MAX_MEANINGS]


def _codes(places: Iterable[Entity]) -> list[str]:
    """Return the codes of places, each once."""
    codes = dict.fromkeys(str(entity.value) for entity in places)
    return list(codes)


def _city(
    cities: Sequence[Entity],
    countries: Sequence[str],
    text: str,
) -> Sequence[str]:
    """Return the codes that the present city may mean, the likeliest first."""
    start, end = _where_now(
        cities,
        text,
    )
    present = [city for city in cities if (city.start, city.end) == (start, end)]
    codes = _codes(present)
    inside = [code for code in codes if code.partition("/")[0] in countries]
    if inside:
        return inside
    name = text[start:end]
    shared = homonyms.meanings(name)
    if shared:
        return (
            _beside(
                cities,
                shared,
            )
            or shared
        )
    if len(codes) > 1:
        return codes
    return _meanings(
        name,
        codes[0],
        countries,
    )


def _beside(
    cities: Sequence[Entity],
    countries: Sequence[str],
) -> list[str]:
    """Return the codes of the cities in these countries: «مسقط، عمان» is in Oman."""
    codes = []
    for city in cities:
        code = str(city.value)
        if code[:2] in countries:
            codes.append(code)
    return codes


def _meanings(
    name: str,
    code: str,
    countries: Sequence[str],
) -> Sequence[str]:
    """Return what a city's name may mean: the reading given first, then rivals of some size."""
    cities = gazetteer.cities_named(name)
    inside = _city_inside(
        name,
        cities,
        countries,
    )
    if inside:
        return [inside]
    if not cities:
        return _codes_with_typo(
            name,
            code,
        )
    if code not in {city.value for city in cities}:
        return [code]
    codes = dict.fromkeys([code, *_rivals(cities)])
    return list(codes)[:MAX_MEANINGS]


def _city_inside(
    name: str,
    cities: Sequence[City],
    countries: Sequence[str],
) -> str | None:
    """Return the city of a name in one of these countries, if we know one."""
    codes: list[str] = [city.value for city in cities if city.country in countries]
    for country in countries:
        codes.append(f"{country}/{name.title()}")
    known_cities = index.by_value()
    for code in codes:
        if code in known_cities:
            return code
    return None


def _where_now(
    cities: Sequence[Entity],
    text: str,
) -> tuple[int, int]:
    """Return where in the text the present place stands: the last named that is not left."""
    spots = dict.fromkeys((city.start, city.end) for city in cities)
    latest_first = list(reversed(spots))
    for start, end in latest_first:
        if not _is_left(text[:start]):
            return start, end
    return latest_first[0]


def _is_left(before: str) -> bool:
    """Tell whether the word before a place says that somebody leaves it."""
    last_words = words(before)[-1:]
    return any(word.folded in _LEAVING for word in last_words)
