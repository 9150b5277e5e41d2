"""What citizens read of a crisis: vetted words for what happens and where, or a standard name.

An officer's own words reach staff at once, and citizens only after a second person approved them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.consular.reference import places
from bot.messages import Form, Language
from bot.text import catalogues, text
from nlu.language import folding, index

HAZARDS = Path(__file__).parent / "data" / "hazards.txt"
MAX_WORDS = 10
MAX_CHARS = 60
MAX_PLACES_NAMED = 3
MAX_WORDS_OF_A_PLACE = 4
# Letters of any script, with their vowel signs, and what stands between words.
_PLAIN = re.compile(r"(?:[^\W\d_]|[\u064b-\u0652 ،,'’-])+")
# What Arabic writes in front of a noun.
_PREFIXES = (
    "وال",  # and the
    "بال",  # in the
    "لل",  # of the
    "ال",  # the
    "و",  # and
    "ب",  # in
    "ل",  # of
)


def public_names(names: Mapping[str, str], countries: Sequence[str]) -> dict[str, str]:
    """Return what citizens may read at once, by language.

    The names themselves, when each word of them is vetted; else "Emergency in Sudan".
    """
    if is_vetted(names, countries):
        return dict(names)
    return standard_names(countries)


def standard_names(countries: Sequence[str]) -> dict[str, str]:
    """Name a crisis by its countries (alpha-2) alone, by language; other codes are left out."""
    standard: dict[str, str] = {}
    codes = [code for code in countries if code in places.COUNTRIES]
    for language in text.LANGUAGES:
        standard[language] = _standard_name(codes, language)
    return standard


def _standard_name(countries: Sequence[str], language: Language) -> str:
    if not 1 <= len(countries) <= MAX_PLACES_NAMED:
        return catalogues.say("crisis_anywhere", language, Form.CHAT)
    names = [places.country_name(code, language) for code in countries]
    separator = catalogues.say("crisis_and", language, Form.CHAT)
    joined = separator.join(names)
    return catalogues.say("crisis_in", language, Form.CHAT, places=joined)


def is_vetted(names: Mapping[str, str], countries: Collection[str]) -> bool:
    """Tell whether names hold nothing but vetted words and names of places in these countries."""
    return all(_is_vetted(name, countries) for name in names.values())


def _is_vetted(name: str, countries: Collection[str]) -> bool:
    if len(name) > MAX_CHARS:
        return False
    if _PLAIN.fullmatch(name) is None:
        return False
    words = [word.folded for word in folding.words(name)]
    if not words or len(words) > MAX_WORDS:
        return False
    while words:
        length = _vetted_length(words, countries)
        if length == 0:
            return False
        words = words[length:]
    return True


def _vetted_length(words: Sequence[str], countries: Collection[str]) -> int:
    """Return how many of the first words are vetted together; 0 for a word of somebody's own."""
    for length in range(MAX_WORDS_OF_A_PLACE, 0, -1):
        spoken = " ".join(words[:length])
        if _is_spoken_place(spoken, countries):
            return length
    first = words[0]
    hazards = _hazards()
    for form in _forms(first):
        if form in hazards:
            return 1
    return 0


def _forms(word: str) -> Iterator[str]:
    """Yield a folded word as it is, and without what Arabic writes in front of it."""
    yield word
    for prefix in _PREFIXES:
        bare = word.removeprefix(prefix)
        if bare != word and len(bare) > 1:
            yield bare


def _is_spoken_place(spoken: str, countries: Collection[str]) -> bool:
    names = list(_forms(spoken))
    if any(_is_country(name, countries) for name in names):
        return True
    return any(_is_town(name, countries) for name in names)


def _is_country(name: str, countries: Collection[str]) -> bool:
    code = index.index().countries.get(name)
    return code in countries


def _is_town(name: str, countries: Collection[str]) -> bool:
    """Tell whether a folded name is that of a town in these countries.

    Towns that are called by an everyday word do not count: "Come" and "Leave" are towns too.
    """
    gazetteer = index.index()
    if gazetteer.cities.is_weak(name):
        return False
    numbers = gazetteer.cities.get(name)
    if numbers is None:
        return False
    for written_number in numbers.split(","):
        number = int(written_number)
        town = index.row(number)
        if town.country in countries:
            return True
    return False


@cache
def _hazards() -> frozenset[str]:
    """Return the vetted words, folded."""
    words: set[str] = set()
    for line in HAZARDS.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        for word in line.split():
            words.add(folding.fold(word))
    return frozenset(words)
