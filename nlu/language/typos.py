"""Names of cities with one typo, or written by ear: «مانشيستر», "istnbul", "kwala lumpur"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nlu.language import index
from nlu.language.clitics import readings
from nlu.language.folding import is_arabic, spell, words
from nlu.language.index import City
from nlu.language.lexicon import listed
from nlu.language.skeleton import skeleton, sound

MIN_LETTERS = 5  # of a name that is meant; shorter ones are too near to other words
MAX_LETTERS = 30
MIN_SOUND_LETTERS = 4
MAX_WORDS = 4  # of a name that answers a question
# Of a town that is looked for in any text, not only where a place is asked for.
MIN_PEOPLE = 50_000
MIN_PEOPLE_NEAR = 5_000
ALIKE_WEIGHT = 20  # of a name that sounds as what was typed: a vowel is easily mistaken
HOME_WEIGHT = 50
NEAR_WEIGHT = 10
RIVAL_SHARE = 0.15  # of the weight of the likeliest: from here on the writer is asked
# Where most Libyans are, abroad and at home.
_COUNTRIES = "LY TN EG TR MT DZ MA SD TD NE JO LB SY PS IQ SA AE QA KW BH OM YE"
_NEAR = frozenset(_COUNTRIES.split())
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويآ"
_ARABIZI = re.compile(r"[a-z][2356789]|[2356789][a-z]")
_LETTERS = {"2": "", "3": "", "5": "kh", "6": "t", "7": "h", "8": "gh", "9": "q"}
_ARTICLE = re.compile(r"^(?:el ?(?=\w{4})|e(?=([sznrdt])\1\w{2}))")
_BESIDE = listed("noise") | listed("placing") | listed("before_town")

Numbers = dict[str, int]  # of rows, with a weight of each


def cities(
    name: str,
    home: str | None,
) -> list[City]:
    """Return the cities that a folded name in any text means with one typo, likeliest first.

    `home` (alpha-2) is where the writer is.
    """
    for spelling in spellings(name):
        if spelling == name:
            numbers = _mistyped(name)
        else:
            numbers = _split(index.index().cities.get(spelling))
        large = [
            city
            for city in _ranked(
                numbers,
                home,
            )
            if _is_large(
                city,
                home,
            )
        ]
        if large:
            return large
    return []


def guessed(
    text: str,
    home: str | None = None,
) -> list[City]:
    """Return the cities that an answer to "where?" means with a typo, or by ear; likeliest first.

    Empty for a text of everyday words.
    """
    tokens = [word for word in words(text) if word.folded not in _BESIDE]
    if not 1 <= len(tokens) <= MAX_WORDS:
        return []
    first, *rest = tokens
    for reading in readings(
        first,
        text,
    ):
        name = " ".join([reading.name, *spell(rest)])
        if all(
            map(
                index.is_everyday,
                name.split(),
            )
        ):
            continue
        for spelling in spellings(name):
            numbers = _like(spelling)
            if numbers:
                return _ranked(
                    numbers,
                    home,
                )
    return []


def _like(name: str) -> Numbers:
    """Look up a name in every way: to the letter, but for one, by ear, by its consonants."""
    exact = _split(index.index().cities.get(name))
    if exact:
        return exact
    return _mistyped(name) or _heard(name) or _coded(name)


def spellings(name: str) -> Iterator[str]:
    """Yield a name as typed, then what its digits stand for in Arabizi, then without an article."""
    yield name
    latin = name
    if _ARABIZI.search(name):
        for digit, letters in _LETTERS.items():
            latin = latin.replace(
                digit,
                letters,
            )
        yield latin
    bare = _ARTICLE.sub(
        "",
        latin,
    )
    if bare != latin:
        yield bare


def _ranked(
    numbers: Numbers,
    home: str | None,
) -> list[City]:
    """Return the likeliest of the cities and its rivals, likeliest first."""
    weights: list[tuple[int, City]] = []
    for number, weight in numbers.items():
        city = index.row(int(number))
        weights.append(
            (
                weight
                * _weight(
                    city,
                    home,
                ),
                city,
            )
        )
    weights.sort(key=_by_weight)
    if not weights:
        return []
    least = RIVAL_SHARE * weights[0][0]
    return [city for weight, city in weights if weight >= least]


def _by_weight(weighted: tuple[int, City]) -> int:
    return -weighted[0]


def _weight(
    city: City,
    home: str | None,
) -> int:
    """Weigh a city by its people, more where the writer is, and where most Libyans are."""
    if city.country == home:
        return city.population * HOME_WEIGHT
    if city.country in _NEAR:
        return city.population * NEAR_WEIGHT
    return city.population


def _is_large(
    city: City,
    home: str | None,
) -> bool:
    """Tell whether people may mean a city who were not asked for a place."""
    is_near = city.country == home or city.country in _NEAR
    return city.population >= (MIN_PEOPLE_NEAR if is_near else MIN_PEOPLE)


def _heard(name: str) -> Numbers:
    """Look up how a name sounds."""
    code = sound(name)
    if len(code) < MIN_SOUND_LETTERS:
        return {}
    return _split(index.index().sounds.get(code))


def _coded(name: str) -> Numbers:
    """Look up the consonants of a well-known name; those of countries are no city."""
    numbers = index.index().codes.get(
        skeleton(
            name.replace(
                " ",
                "",
            )
        )
    )
    if numbers is None or numbers.isalpha():
        return {}
    return _split(numbers)


def _split(numbers: str | None) -> Numbers:
    if not numbers:
        return {}
    return dict.fromkeys(
        numbers.split(","),
        1,
    )


@lru_cache(maxsize=1024)
def _mistyped(name: str) -> Numbers:
    """Look up the rows of the names one typo away, with their weights; none for everyday words."""
    if not may_be(name) or index.is_everyday(name):
        return {}
    names = index.index().cities
    weights: Numbers = {}
    for spelling in names.possible(one_typo_away(name)):
        listed_numbers = names.get(spelling)
        if listed_numbers:
            weight = ALIKE_WEIGHT if sound(spelling) == sound(name) else 1
            for number in listed_numbers.split(","):
                weights[number] = max(
                    weight,
                    weights.get(
                        number,
                        0,
                    ),
                )
    return weights


def may_be(name: str) -> bool:
    """Tell whether a folded name may be one with a typo: it has letters enough, and no digits."""
    if not MIN_LETTERS - 1 <= len(name) <= MAX_LETTERS:
        return False
    return name.replace(
        " ",
        "",
    ).isalpha()


def one_typo_away(name: str) -> list[str]:
    """List what may have been meant: names of MIN_LETTERS letters and more."""
    letters = _ARABIC if is_arabic(name) else _LATIN
    spelt: list[str] = []
    for at in range(len(name) + 1):
        before = name[:at]
        behind = name[at:]
        spelt += [before + letter + behind for letter in letters]
    if len(name) < MIN_LETTERS:
        return spelt
    for at in range(len(name)):
        before = name[:at]
        behind = name[at + 1 :]
        spelt += [before + letter + behind for letter in letters]
        if len(name) > MIN_LETTERS:
            spelt.append(before + behind)
        if behind:
            spelt.append(before + behind[0] + name[at] + behind[1:])
    return spelt
