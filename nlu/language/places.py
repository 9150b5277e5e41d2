"""Finds a city or a country where a word of a text begins to name one."""

from __future__ import annotations

from nlu.language import index
from nlu.language.clitics import Readings
from nlu.language.lexicon import listed
from nlu.language.passages import Candidate, Passage, Sighting, candidates, whole
from nlu.language.skeleton import skeleton

NAME_LENGTHS = (4, 3, 2, 1)  # words of a name, the longest first
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
    first_readings: Readings,
) -> Sighting | None:
    """Find the place whose name begins with a word, which can be read in these ways."""
    word = passage.tokens[at]
    typed = passage.text[word.start : word.end]
    code = _CAPITALS.get(typed)
    if code:
        return _by_capitals(passage, at, code)
    for length in NAME_LENGTHS:
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
    abbreviation = whole(passage, at)
    is_shouted = code == "US" and passage.text.isupper()
    if is_shouted and abbreviation.before not in _BEFORE_US:
        return None
    return abbreviation.sight("country", code)


def _by_name(
    passage: Passage,
    at: int,
    length: int,
    first_readings: Readings,
) -> Sighting | None:
    """Find a place whose name has so many words."""
    names = candidates(
        passage,
        at,
        length,
        first_readings,
        heads=index.index().heads,
    )
    for candidate in names:
        if not is_place(candidate.name):
            continue
        if _is_unsplit(candidate):
            return None
        sighting = _meant(candidate)
        if sighting:
            return sighting
    return None


def _is_unsplit(candidate: Candidate) -> bool:
    """Tell whether a name would be cut out of a word that is never cut."""
    if candidate.length > 1 or not candidate.is_joined:
        return False
    return candidate.word in index.index().whole


def _meant(candidate: Candidate) -> Sighting | None:
    """Tell which place a name means; an everyday word counts only where the text places it."""
    if _is_other_word(candidate):
        return None
    places = index.index()
    code = places.countries.get(candidate.name)
    if code and _is_country(candidate):
        return candidate.sight("country", code)
    numbers = places.cities.get(candidate.name)
    if numbers and _is_city(candidate):
        return _city(candidate, numbers)
    return None


def _is_other_word(candidate: Candidate) -> bool:
    """Tell whether the word before makes a name something else: an hour of prayer, a Libyan."""
    before = candidate.before
    if candidate.name in _PRAYERS and before in _PRAYER_TIME:
        return True
    if candidate.name != "ليبيا" or not before.endswith("ا"):
        return False
    return before in _PEOPLE  # مواطنا ليبيا


def _is_country(candidate: Candidate) -> bool:
    if candidate.name not in index.index().weak_countries:
        return True
    if _is_sent(candidate):
        return True
    return candidate.is_alone()


def _is_sent(candidate: Candidate) -> bool:
    """Tell whether "in", "to" or the like stands before a name, or is joined to it."""
    if candidate.is_joined:
        return candidate.word[0] in _JOINED_TO_COUNTRY
    return candidate.before in SENDING


def _is_city(candidate: Candidate) -> bool:
    if candidate.name not in index.index().weak:
        return True
    is_placed = candidate.before in PLACING
    if is_placed and not candidate.is_joined:
        return True
    return candidate.is_alone()


def _by_code(passage: Passage, at: int) -> Sighting | None:
    """Find a town or a country in Latin letters, however spelt.

    It stands after "fi", "men" and the like, or is unmistakable.
    """
    candidate = whole(passage, at)
    numbers = _coded(candidate.word, candidate.before)
    if not numbers:
        return None
    if numbers.isalpha():
        return candidate.sight("country", numbers)
    return _city(candidate, numbers)


def _city(candidate: Candidate, numbers: str) -> Sighting:
    """Take the likeliest of the cities that a name may mean."""
    home = candidate.passage.home
    likeliest, *_ = index.ranked(numbers, home)
    return candidate.sight("city", likeliest.value)


def _coded(folded: str, before: str) -> str | None:
    """Look up the consonants of a word: numbers of cities, or a country; None for other words."""
    if len(folded) < _MIN_CODE_LETTERS:
        return None
    if folded.isdigit() or not folded[0].isascii():
        return None
    places = index.index()
    is_placed = before in _BEFORE_CODE
    if not is_placed and len(folded) < _MIN_CLEAR_LETTERS:
        return None
    codes = places.codes if is_placed else places.clear_codes
    code = skeleton(folded)
    return codes.get(code)
