"""Finds places, relatives and counts of people in a text, in both scripts, with the prefixes Arabic
writes together.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter

from nlu.language import clitics, index, nearby, owning, people, places
from nlu.language.clitics import Readings
from nlu.language.folding import Word, words
from nlu.language.index import City
from nlu.language.passages import Candidate, Mention, Mentions, Passage, Sighting, candidates

__all__ = [
    "City",
    "Mention",
    "Mentions",
    "cities_named",
    "city",
    "country_named",
    "find",
    "nearest",
]

# Words of a name, the longest first.
_RELATIVE_LENGTHS = (3, 2, 1)
_PLACE_LENGTHS = places.NAME_LENGTHS
_ENGLISH_GENITIVE = "s"


def find(text: str, home: str | None = None) -> list[Mention]:
    """Find everything named in a text, in order.

    `home` (alpha-2) decides between places of the same name.
    """
    passage = Passage(
        text=text,
        tokens=[_unended(word, text) for word in words(text)],
        home=home,
    )
    mentions = list(_named(passage))
    mentions += _counts(passage, mentions)
    return sorted(mentions, key=attrgetter("start"))


def _named(passage: Passage) -> Iterator[Mention]:
    """Yield the relatives and the places of a text."""
    at = 0
    while at < len(passage.tokens):
        sighting = _sighted_at(passage, at)
        if sighting is None:
            at += 1
            continue
        yield _by_vowels(sighting.mention)
        at += sighting.length


def _sighted_at(passage: Passage, at: int) -> Sighting | None:
    """Find the relative or the place whose name begins with a word."""
    first_readings = passage.readings(at)
    relative = _relative_at(passage, at, first_readings)
    if relative:
        return relative
    return places.find_at(passage, at, first_readings)


def _counts(passage: Passage, mentions: Mentions) -> list[Mention]:
    """List the counts of people, but for words that are names."""
    taken = {mention.start for mention in mentions}
    counts: list[Mention] = []
    for count in people.count(passage.tokens, passage.text):
        if count.start not in taken:
            mention = Mention("person_count", *count)
            counts.append(mention)
    return counts


def _unended(word: Word, text: str) -> Word:
    """Return a word without its ending: "brother's" is a brother, "istanbul'da" is in Istanbul."""
    ended = clitics.ended(word, text)
    if ended:
        is_genitive = ended.ending == _ENGLISH_GENITIVE
        is_name = is_genitive or places.is_place(ended.name.folded)
        return ended.name if is_name else word
    if places.is_place(word.folded):
        return word
    for name in clitics.endings(word):
        if places.is_clear_place(name.folded):
            return name
    return word


def _relative_at(
    passage: Passage,
    at: int,
    first_readings: Readings,
) -> Sighting | None:
    heads = people.heads()
    for length in _RELATIVE_LENGTHS:
        names = candidates(
            passage,
            at,
            length,
            first_readings,
            heads,
        )
        for candidate in names:
            relation = people.relative(candidate.name)
            if relation and _is_relative(candidate):
                return candidate.sight("relative", relation)
    return None


def _is_relative(candidate: Candidate) -> bool:
    """Tell whether a word for a relative is one, and the writer's own."""
    name = candidate.name
    if name.isascii() and not name.startswith(candidate.word):
        return False  # no relative in Latin letters has an article: "elahli" is a club
    return owning.is_own(
        candidate.passage.tokens,
        candidate.at,
        candidate.length,
        name,
    )


def _by_vowels(mention: Mention) -> Mention:
    """Tell what the vowels of a name decide: عُمان is Oman, عَمّان is Amman."""
    is_amman = mention.value == "JO/Amman"
    if is_amman and mention.text.startswith("ع\u064f"):
        return mention._replace(entity="country", value="OM")
    return mention


def cities_named(text: str, home: str | None = None) -> list[City]:
    """Return the cities a name may mean, likeliest first; empty when the text is no city.

    For asking "which one?".
    """
    passage = Passage(text, words(text), home)
    numbers_by_name = index.index().cities
    for length in _PLACE_LENGTHS:
        for candidate in _candidates_of(passage, length):
            numbers = numbers_by_name.get(candidate.name)
            if numbers:
                return index.ranked(numbers, home)
    return []


def _candidates_of(passage: Passage, length: int) -> Iterator[Candidate]:
    """Yield what so many words may be as the name of a place, wherever they begin."""
    for at in range(len(passage.tokens)):
        yield from _candidates(passage, at, length)


def _candidates(
    passage: Passage,
    at: int,
    length: int,
) -> Iterator[Candidate]:
    """Yield what so many words may be as the name of a place."""
    return candidates(
        passage,
        at,
        length,
        first_readings=passage.readings(at),
        heads=index.index().heads,
    )


def city(value: str) -> City:
    """Return the city of a value such as `TR/Istanbul`. Raises KeyError for any other text."""
    number = index.by_value()[value]
    return index.row(number)


def nearest(
    latitude: float,
    longitude: float,
    country: str | None = None,
) -> City:
    """Return the city closest to a position (degrees, WGS 84), within a country (alpha-2) if one
    comes with it.
    """
    return nearby.nearest(latitude, longitude, country)


def country_named(text: str) -> str | None:
    """Return the alpha-2 code of the first country that a text names."""
    passage = Passage(text, words(text))
    for at in range(len(passage.tokens)):
        code = _country_at(passage, at)
        if code:
            return code
    return None


def _country_at(passage: Passage, at: int) -> str | None:
    """Return the code of the country whose name begins with a word."""
    codes = index.index().countries
    for length in _PLACE_LENGTHS:
        for candidate in _candidates(passage, at, length):
            code = codes.get(candidate.name)
            if code and _is_country(candidate):
                return code
    return None


def _is_country(candidate: Candidate) -> bool:
    """Tell whether a name of a country is one here, and no everyday word."""
    if candidate.name not in index.index().weak_countries:
        return True
    if candidate.before in places.SENDING:
        return True
    return candidate.is_alone()
