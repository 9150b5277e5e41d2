"""Which language and script a text is in: Arabic, Arabic in Latin letters, or English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from nlu.language.folding import is_arabic, spell, words
from nlu.language.index import DATA

Variety = Literal["ar", "ar-Latn", "en"]
_DIGIT_IN_WORD = re.compile(r"[a-z][2356789]|[2356789][a-z]{2}")
_CLOCK = re.compile(r"\d+(am|pm|st|nd|rd|th|km|kg|days?|hrs?|h|m)?")
_NUMBERED_WORD_ODDS = 4.0  # how clearly "3ayla" is Arabizi, on the scale of latin.tsv
_TRIPLE = 3


def detect(text: str) -> Variety | None:
    """Tell whether a text is `ar`, `ar-Latn` or `en`; None without letters.

    A mixed text is in the script of most words, Arabic when equal.
    """
    arabic: list[str] = []
    latin: list[str] = []
    for token in spell(words(text)):
        if is_arabic(token):
            arabic.append(token)
        elif _has_letter(token):
            latin.append(token)
    if not arabic and not latin:
        return None
    if len(arabic) >= len(latin):
        return "ar"
    if _arabizi_odds(latin) > 0:
        return "ar-Latn"
    return "en"


def _has_letter(token: str) -> bool:
    return any(map(str.isalpha, token))


def _arabizi_odds(latin: Sequence[str]) -> float:
    """Weigh whether Latin words are Arabizi: above 0 they are, below 0 they are English."""
    odds_by_triple = _odds_by_triple()
    odds: list[float] = []
    text = " ".join(latin)
    for triple in triples(text):
        if triple in odds_by_triple:
            odds.append(odds_by_triple[triple])
    numbered_words = sum(map(_is_numbered, latin))
    numbered_odds = _NUMBERED_WORD_ODDS * numbered_words
    return numbered_odds + sum(odds)


def _is_numbered(token: str) -> bool:
    """Tell whether a word has digits for letters: "3ayla", but not "3pm"."""
    if not _DIGIT_IN_WORD.search(token):
        return False
    return not _CLOCK.fullmatch(token)


@lru_cache(maxsize=1)
def _odds_by_triple() -> dict[str, float]:
    path = DATA / "latin.tsv"
    source = path.read_text("utf-8")
    odds_by_triple: dict[str, float] = {}
    for line in source.splitlines():
        triple, odds = line.split("\t")
        odds_by_triple[triple] = float(odds)
    return odds_by_triple


def triples(text: str) -> Iterator[str]:
    """Yield the letter triples of the words of a text; `_` stands for the border of a word."""
    for token in spell(words(text)):
        framed = f"_{token}_"
        for at, _letter in enumerate(token):
            end = at + _TRIPLE
            yield framed[at:end]
