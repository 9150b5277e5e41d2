"""Which language and script a text is in: Arabic, Arabic in Latin letters, or English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from nlu.language.folding import is_arabic, words
from nlu.language.index import DATA

Variety = Literal["ar", "ar-Latn", "en"]
_DIGIT_IN_WORD = re.compile(r"[a-z][2356789]|[2356789][a-z]{2}")
_CLOCK = re.compile(r"\d+(am|pm|st|nd|rd|th|km|kg|days?|hrs?|h|m)?")


def detect(text: str) -> Variety | None:
    """`ar`, `ar-Latn` or `en`; of a mixed text the script of most words, Arabic when equal; None
    without letters.
    """
    said = [word.folded for word in words(text) if any(letter.isalpha() for letter in word.folded)]
    if not said:
        return None
    if 2 * sum(map(is_arabic, said)) >= len(said):
        return "ar"
    return "ar-Latn" if _arabizi_odds(said) > 0 else "en"


def _arabizi_odds(said: list[str]) -> float:
    latin = [word for word in said if not is_arabic(word)]
    numbered = sum(
        1 for word in latin if _DIGIT_IN_WORD.search(word) and not _CLOCK.fullmatch(word)
    )
    return 4.0 * numbered + sum(_table().get(triple, 0.0) for triple in triples(" ".join(latin)))


@lru_cache(maxsize=1)
def _table() -> dict[str, float]:
    rows = (line.split("\t") for line in (DATA / "latin.tsv").read_text("utf-8").splitlines())
    return {triple: float(odds) for triple, odds in rows}


def triples(text: str) -> Iterator[str]:
    """The letter triples of the words of a text, with word borders as spaces (written "_")."""
    for word in words(text):
        framed = f"_{word.folded}_"
        yield from (framed[at : at + 3] for at in range(len(framed) - 2))
