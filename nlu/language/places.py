"""Finds a city or a country where a word of a text begins to name one."""

from __future__ import annotations

from collections.abc import Sequence

from nlu.language import index
from nlu.language.clitics import Reading
from nlu.language.lexicon import listed
from nlu.language.passages import Candidate, Passage, Sighting, candidates
from nlu.language.skeleton import skeleton

MAX_NAME_WORDS = 4
PLACING = listed("placing")  # "in", "at"
SENDING = PLACING | listed("towards")
# Letters of a word in Arabizi that may be a town, and of one without "in" or "from" before it.
_MIN_CODE_LETTERS = 4
_MIN_CLEAR_LETTERS = 6
_BEFORE_CODE = listed("before_town")
_CAPITALS = {"US": "US", "UK": "GB", "UAE": "AE"}  # "us" is a pronoun, "US" is not
_BEFORE_US = PLACING | {"the"}
_JOINED_TO_COUNTRY = "لب"
_PEOPLE = listed("people")
_PRAYERS = listed("prayers")
_PRAYER_TIME = listed("prayer_time")


def find_at(
    passage: Passage,
    at: int,
    first_readings: Sequence[Reading],
) -> Sighting | None:
    """Find the place whose name begins with a word, which can be read in these ways."""
    code = _CAPITALS.get(passage.typed(at))
    if code:
        return _by_capitals(passage, at, code)
    for length in range(MAX_NAME_WORDS, 0, -1):
        sighting = _by_name(passage, at, length, first_readings)
        if sighting:
            return sighting
    return _by_code(passage, at)


def is_place(folded: str) -> bool:
    """Tell whether a word is a name of a city or a country."""
    places = index.index()
    return folded in places.cities or folded in places.countries


def is_clear_place(folded: str) -> bool:
    """Tell whether a word is such a name, and no everyday word."""
    places = index.index()
    if folded in places.weak or folded in places.weak_countries:
        return False
    return is_place(folded)


def _by_capitals(
    passage: Passage,
    at: int,
    code: str,
) -> Sighting | None:
    """Read an abbreviation as a country, but for "HELP US" in a text of capitals."""
    is_shouted = code == "US" and passage.text.isupper()
    if is_shouted and passage.before(at) not in _BEFORE_US:
        return None
    word = passage.tokens[at]
    candidate = Candidate(word.folded, word.start, at, 1)
    return passage.sight(candidate, "country", code)


def _by_name(
    passage: Passage,
    at: int,
    length: int,
    first_readings: Sequence[Reading],
) -> Sighting | None:
    """Find a place whose name has so many words."""
    heads = index.index().heads
    for candidate in candidates(passage, at, length, first_readings, heads):
        if not is_place(candidate.name):
            continue
        if _is_unsplit(passage, candidate):
            return None
        sighting = _meant(passage, candidate)
        if sighting:
            return sighting
    return None


def _is_unsplit(passage: Passage, candidate: Candidate) -> bool:
    """Tell whether a name would be cut out of a word that is never cut."""
    if candidate.length > 1 or not passage.is_joined(candidate):
        return False
    return passage.tokens[candidate.at].folded in index.index().whole


def _meant(passage: Passage, candidate: Candidate) -> Sighting | None:
    """Tell which place a name means; an everyday word counts only where the text places it."""
    if _is_other_word(passage, candidate):
        return None
    places = index.index()
    code = places.countries.get(candidate.name)
    if code and _is_country(passage, candidate):
        return passage.sight(candidate, "country", code)
    numbers = places.cities.get(candidate.name)
    if numbers and _is_city(passage, candidate):
        likeliest = index.ranked(numbers, passage.home)[0]
        return passage.sight(candidate, "city", likeliest.value)
    return None


def _is_other_word(passage: Passage, candidate: Candidate) -> bool:
    """Tell whether the word before makes a name something else: an hour of prayer, a Libyan."""
    before = passage.before(candidate.at)
    if candidate.name in _PRAYERS and before in _PRAYER_TIME:
        return True
    if candidate.name != "ليبيا":
        return False
    return before.endswith("ا") and before in _PEOPLE  # مواطنا ليبيا


def _is_country(passage: Passage, candidate: Candidate) -> bool:
    if candidate.name not in index.index().weak_countries:
        return True
    return _is_sent(passage, candidate) or passage.is_alone(candidate)


def _is_sent(passage: Passage, candidate: Candidate) -> bool:
    """Tell whether "in", "to" or the like stands before a name, or is joined to it."""
    if passage.is_joined(candidate):
        initial = passage.tokens[candidate.at].folded[0]
        return initial in _JOINED_TO_COUNTRY
    return passage.before(candidate.at) in SENDING


def _is_city(passage: Passage, candidate: Candidate) -> bool:
    if candidate.name not in index.index().weak:
        return True
    is_placed = passage.before(candidate.at) in PLACING
    if is_placed and not passage.is_joined(candidate):
        return True
    return passage.is_alone(candidate)


def _by_code(passage: Passage, at: int) -> Sighting | None:
    """Find a town or a country in Latin letters, however spelt.

    It stands after "fi", "men" and the like, or is unmistakable.
    """
    word = passage.tokens[at]
    numbers = _coded(word.folded, passage.before(at))
    if not numbers:
        return None
    candidate = Candidate(word.folded, word.start, at, 1)
    if numbers.isalpha():
        return passage.sight(candidate, "country", numbers)
    likeliest = index.ranked(numbers, passage.home)[0]
    return passage.sight(candidate, "city", likeliest.value)


def _coded(folded: str, before: str) -> str | None:
    """Look up the consonants of a word: numbers of cities, or a country; None for other words."""
    if len(folded) < _MIN_CODE_LETTERS:
        return None
    if folded.isdigit() or not folded[0].isascii():
        return None
    places = index.index()
    if before in _BEFORE_CODE:
        return places.codes.get(skeleton(folded))
    if len(folded) < _MIN_CLEAR_LETTERS:
        return None
    return places.clear_codes.get(skeleton(folded))
