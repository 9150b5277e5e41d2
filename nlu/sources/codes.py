"""The `=`, `^` and `?` lines of data/codes.tsv: consonant codes, for names in Arabizi."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from nlu.language.folding import is_arabic
from nlu.language.skeleton import skeleton, sound
from nlu.sources.countries import countries
from nlu.sources.everyday import EVERYDAY_ZIPF, spoken_frequencies
from nlu.sources.names import Cities, Lines, join_numbers
from nlu.sources.strength import spellings
from nlu.sources.towns import Town

HEARD_ZIPF = 2.8  # a rarer word is hardly heard
MIN_CODE_LETTERS = 3
MIN_KNOWN_CODE_LETTERS = 4
MIN_CLEAR_CODE_LETTERS = 5
MIN_PEOPLE_NEAR = 15_000
MIN_PEOPLE = 300_000
MIN_SOUND_LETTERS = 4
MIN_SOUND_PEOPLE_NEAR = 15_000
MIN_SOUND_PEOPLE = 100_000
ARTICLE = "ال"


@dataclass(frozen=True)
class WordCodes:
    """The consonant codes of words: of everyday ones, and of all that are heard; names apart."""

    everyday: set[str]
    heard: set[str]


def code_lines(
    cities: Cities,
    names: Collection[str],
) -> Lines:
    """Write consonant codes of well-known Arabic names, as in Arabizi after "fi" or "men" (`=`).

    Long codes that no word has need no such word before them (`^`). The code of a country gives
    the country (`=tns`, tab, `TN`).
    """
    spoken = WordCodes(
        everyday=_word_codes(EVERYDAY_ZIPF, names),
        heard=_word_codes(HEARD_ZIPF, names),
    )
    town_codes = _town_codes(cities)
    for code in sorted(town_codes):
        numbers = town_codes[code]
        is_sure = any(cities[number].sure for number in numbers)
        sign = _sign(code, spoken, is_sure=is_sure)
        if sign:
            yield f"{sign}{code}\t{join_numbers(numbers)}"
    reserved = spoken.everyday | town_codes.keys()
    yield from _country_lines(reserved)


def sounds_of(cities: Cities) -> dict[str, set[int]]:
    """Find how the names of known towns sound, for answers to a question for a place."""
    sounds: dict[str, set[int]] = defaultdict(set)
    for number, town in enumerate(cities):
        if not _is_heard_of(town):
            continue
        for name in town.own_names:
            code = sound(name)
            if len(code) >= MIN_SOUND_LETTERS:
                sounds[code].add(number)
    return sounds


def sound_lines(sounds: dict[str, set[int]]) -> Lines:
    """Write a line for each sound (`?`)."""
    for code in sorted(sounds):
        yield f"?{code}\t{join_numbers(sounds[code])}"


def _is_heard_of(town: Town) -> bool:
    """Tell whether people may write a town by ear who are asked for a place."""
    if town.sure:
        return True
    min_people = MIN_SOUND_PEOPLE_NEAR if town.is_near else MIN_SOUND_PEOPLE
    return town.population >= min_people


def _sign(
    code: str,
    spoken: WordCodes,
    *,
    is_sure: bool,
) -> str:
    """Choose the sign before the code of a town; none when the code is left out."""
    length = len(code)
    if is_sure and length >= MIN_KNOWN_CODE_LETTERS:
        is_clear = code not in spoken.heard
        if is_clear and length >= MIN_CLEAR_CODE_LETTERS:
            return "^"
        return "="
    if length < MIN_CODE_LETTERS:
        return ""
    if code in spoken.everyday:
        return ""
    return "="


def _word_codes(
    min_zipf: float,
    names: Collection[str],
) -> set[str]:
    """List the consonant codes of the words that are more common, names apart."""
    codes: set[str] = set()
    for word, zipf in spoken_frequencies().items():
        if zipf > min_zipf and word not in names:
            code = skeleton(word)
            codes.add(code)
    return codes


def _town_codes(cities: Cities) -> dict[str, set[int]]:
    """Find the numbers of the well-known towns of every consonant code."""
    codes: dict[str, set[int]] = defaultdict(set)
    for number, town in enumerate(cities):
        if not _is_known(town):
            continue
        for spelling, _is_clear in spellings(town.arabic):
            joined = spelling.replace(" ", "")
            code = skeleton(joined)
            codes[code].add(number)
    return codes


def _is_known(town: Town) -> bool:
    if not town.arabic:
        return False
    if town.is_near:
        return town.population > MIN_PEOPLE_NEAR
    return town.population > MIN_PEOPLE


def _country_lines(reserved: set[str]) -> Lines:
    """Write the consonant codes of the Arabic names of countries, reserved codes apart."""
    for country in countries():
        for name in country.spellings:
            if " " in name or not is_arabic(name):
                continue
            bare = name.removeprefix(ARTICLE)
            code = skeleton(bare)
            if len(code) >= MIN_CODE_LETTERS and code not in reserved:
                yield f"={code}\t{country.code}"
