"""How clearly a name means a town: by the size of the town and the use of the name as a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum

from nlu.language.folding import is_arabic
from nlu.sources.everyday import (
    Frequencies,
    sounds_everyday,
    spoken_frequencies,
    training_words,
    written_frequencies,
)
from nlu.sources.towns import Town, key, keys, never_names

MIN_NAME_LETTERS = 3
MAX_SHORT_LETTERS = 5  # a name of so few letters is likely to be another word as well
MAX_SHORT_ARABIC_LETTERS_NEAR = 4
MIN_TRAINING_LETTERS = 5  # of a name that is also a word of the training texts
MIN_PEOPLE_SHORT_NAME = 500_000
MIN_PEOPLE_EVERYDAY_SOUND = 100_000  # from here on a name that sounds everyday is doubted no more
COMMON_ZIPF = 3.3
COMMON_ZIPF_BY_HAND = 4.2
COMMON_ZIPF_BARE = 3.5
MIN_EXPONENT = 4.6
ARTICLE = re.compile(r"^(ال(?=\w{4})|(al|el|ad|ar|as|ash|at|az|an) (?=\w{5}))")


class Strength(IntEnum):
    """`WEAK` names mean the town only after "in", "from" and the like, or alone."""

    NONE = 0
    WEAK = 1
    STRONG = 2


def strength(
    name: str,
    town: Town,
) -> Strength:
    """Rate how clearly a name means the town."""
    spelling = key(name)
    if len(spelling) < MIN_NAME_LETTERS or spelling in never_names():
        return Strength.NONE
    if spelling in keys(town.always):
        return Strength.STRONG
    if spelling in keys(town.doubted):
        return Strength.WEAK
    if spelling in keys(town.sure):
        return _strength_by_hand(spelling, town)
    if town.is_small:
        is_word = spelling in spoken_frequencies() or sounds_everyday(spelling)
        return _weak_if(not is_word)
    return _strength_of_alias(spelling, town)


def _strength_by_hand(
    spelling: str,
    town: Town,
) -> Strength:
    """Rate a name that is kept by hand.

    Training texts name the towns of the list without a mark, so that their words do not count.
    """
    zipf = _zipf(spelling, written_frequencies())
    if zipf < COMMON_ZIPF_BY_HAND:
        return Strength.STRONG
    enough_people = 10 ** (zipf + 0.6)
    if town.population < enough_people:
        return Strength.WEAK
    return Strength.STRONG


def _strength_of_alias(
    spelling: str,
    town: Town,
) -> Strength:
    """Rate a name that only GeoNames has: a common word needs a large town."""
    zipf = _zipf(spelling, spoken_frequencies())
    if spelling in training_words():
        if len(spelling) < MIN_TRAINING_LETTERS:
            return Strength.NONE
        enough_people = 10 ** (zipf + 1.2)
        return _weak_if(town.population > enough_people)
    if town.population < MIN_PEOPLE_EVERYDAY_SOUND and sounds_everyday(spelling):
        return _weak_if(not town.is_near)
    enough_people = 10 ** (zipf + 1)
    if zipf >= COMMON_ZIPF and town.population < enough_people:
        exponent = max(zipf, MIN_EXPONENT)
        return _weak_if(town.population > 10**exponent)
    if _is_short(spelling, town) and town.population < MIN_PEOPLE_SHORT_NAME:
        return Strength.WEAK
    return Strength.STRONG


def _weak_if(is_useful: bool) -> Strength:
    return Strength.WEAK if is_useful else Strength.NONE


def _zipf(
    spelling: str,
    frequencies: Frequencies,
) -> float:
    """Look up how common a word is, with the Arabic article or without."""
    definite = "ال" + spelling
    zipf = frequencies.get(spelling, 0.0)
    definite_zipf = frequencies.get(definite, 0.0)
    return max(zipf, definite_zipf)


def _is_short(
    spelling: str,
    town: Town,
) -> bool:
    if is_arabic(spelling) and town.is_near:
        return len(spelling) <= MAX_SHORT_ARABIC_LETTERS_NEAR
    return len(spelling) <= MAX_SHORT_LETTERS


def spellings(name: str) -> Iterator[tuple[str, bool]]:
    """Spell a name for the index, as it is and without its article.

    The second part of each pair tells whether the spelling is as clear as the whole name.
    """
    spelling = key(name)
    yield spelling, True
    bare = ARTICLE.sub("", spelling)
    if bare == spelling or bare in never_names():
        return
    zipf = spoken_frequencies().get(bare, 0.0)
    if zipf < COMMON_ZIPF_BARE:
        is_clear = not is_arabic(bare)
        yield bare, is_clear
