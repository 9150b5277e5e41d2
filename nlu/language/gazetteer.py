"""Finds places, relatives and counts of people in a text, in both scripts, with the prefixes Arabic
writes together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from nlu.language import clitics, index, nearby, owning, people, places
from nlu.language.clitics import Reading
from nlu.language.folding import Word, words
from nlu.language.index import City
from nlu.language.passages import Candidate, Mention, Passage, Sighting, candidates

__all__ = ["City", "Mention", "cities_named", "city", "country_named", "find", "nearest"]

_RELATIVE_LENGTHS = (3, 2, 1)  # words
_ENGLISH_GENITIVE = "s"


def find(text: str, home: str | None = None) -> list[Mention]:
    """Find everything named in a text, in order.

    `home` (alpha-2) decides between places of the same name.
    """
    tokens = [_unended(word, text) for word in words(text)]
    passage = Passage(text, tokens, home)
    mentions: list[Mention] = []
    at = 0
    while at < len(tokens):
        sighting = _sighted_at(passage, at)
        if sighting is None:
            at += 1
            continue
        mentions.append(_by_vowels(sighting.mention))
        at += sighting.length
    mentions += _counts(passage, mentions)
    return sorted(mentions, key=attrgetter("start"))


def _sighted_at(passage: Passage, at: int) -> Sighting | None:
    """Find the relative or the place whose name begins with a word."""
    first_readings = passage.readings(at)
    relative = _relative_at(passage, at, first_readings)
    if relative:
        return relative
    return places.find_at(passage, at, first_readings)


def _counts(passage: Passage, mentions: Iterable[Mention]) -> list[Mention]:
    """List the counts of people, but for words that are names."""
    taken = {mention.start for mention in mentions}
    counts: list[Mention] = []
    for count in people.count(passage.tokens, passage.text):
        if count.start not in taken:
            counts.append(Mention("person_count", *count))
    return counts


def _unended(word: Word, text: str) -> Word:
    """Return a word without its ending: "brother's" is a brother, "istanbul'da" is in Istanbul."""
    ended = clitics.ended(word, text)
    if ended:
        is_name = ended.ending == _ENGLISH_GENITIVE or places.is_place(ended.name.folded)
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
    first_readings: Sequence[Reading],
) -> Sighting | None:
    heads = people.heads()
    for length in _RELATIVE_LENGTHS:
        for candidate in candidates(passage, at, length, first_readings, heads):
            relation = people.relative(candidate.name)
            if relation and _is_relative(passage, candidate):
                return passage.sight(candidate, "relative", relation)
    return None


def _is_relative(passage: Passage, candidate: Candidate) -> bool:
    """Tell whether a word for a relative is one, and the writer's own."""
    name = candidate.name
    word = passage.tokens[candidate.at]
    if name.isascii() and not name.startswith(word.folded):
        return False  # no relative in Latin letters has an article: "elahli" is a club
    return owning.is_own(passage.tokens, candidate.at, candidate.length, name)


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
    token_count = len(passage.tokens)
    longest = min(places.MAX_NAME_WORDS, token_count)
    for length in range(longest, 0, -1):
        for at in range(token_count - length + 1):
            for candidate in _candidates(passage, at, length):
                numbers = index.index().cities.get(candidate.name)
                if numbers:
                    return index.ranked(numbers, home)
    return []


def _candidates(
    passage: Passage,
    at: int,
    length: int,
) -> Iterator[Candidate]:
    """Yield what so many words may be as the name of a place."""
    first_readings = passage.readings(at)
    heads = index.index().heads
    return candidates(passage, at, length, first_readings, heads)


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
    countries = index.index()
    for length in range(places.MAX_NAME_WORDS, 0, -1):
        for candidate in _candidates(passage, at, length):
            code = countries.countries.get(candidate.name)
            if not code:
                continue
            is_placed = passage.before(at) in places.SENDING
            is_weak = candidate.name in countries.weak_countries
            if is_placed or not is_weak or passage.is_alone(candidate):
                return code
    return None
