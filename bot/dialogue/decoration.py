"""What stands around a name and is no part of it: emoji, flags, brackets, invisible marks."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = "'’‘ʼ`´ʻʿʾ′‛＇"
_HYPHENS = "-‐‑‒–—־"
_BRACKETS = re.compile(r"[()\[\]{}<>«»“”„\"*_~•·]")
_TATWEEL = "\u0640"
# Categories of characters that no name has: symbols, emoji, invisible marks.
_DECORATION = frozenset({"So", "Sk", "Cf", "Cc", "Cn", "Co", "Me"})
_KEPT = _APOSTROPHES  # of which some are symbols
_EDGE = " .,،;؛!…-–—+&'’‘ʼ`/"
_VARIATIONS = re.compile("[\ufe00-\ufe0f]")


def removed(text: str) -> str:
    """Return a text without decoration, its letters composed: «é» is one letter."""
    composed = unicodedata.normalize("NFC", _VARIATIONS.sub("", text))
    without_brackets = _BRACKETS.sub(" ", composed.replace(_TATWEEL, ""))
    letters: list[str] = []
    for letter in without_brackets:
        if letter.isspace():
            letters.append(" ")
        elif letter in _KEPT or unicodedata.category(letter) not in _DECORATION:
            letters.append(letter)
        elif _is_drawn(letter):
            letters.append(" ")
    return " ".join("".join(letters).split()).strip(_EDGE)


def _is_drawn(letter: str) -> bool:
    """Tell whether a decoration is seen, and so parts two words."""
    return unicodedata.category(letter).startswith("S")


def is_name(text: str) -> bool:
    """Tell whether a text without decoration has nothing but what names have."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and all(_is_of_name(letter) for letter in text)


def _is_of_name(letter: str) -> bool:
    is_mark = unicodedata.category(letter) == "Mn"
    return letter.isalpha() or is_mark or letter in {" ", "."} or letter in _APOSTROPHES + _HYPHENS
