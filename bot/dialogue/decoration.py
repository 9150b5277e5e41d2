"""What stands around a name and is no part of it: emoji, flags, brackets, invisible marks."""

from __future__ import annotations

import re
import unicodedata

_APOSTROPHES = "'’‘ʼ`´ʻʿʾ′‛＇"
_HYPHENS = "-‐‑‒–—־"
_OF_NAMES = frozenset(" ." + _APOSTROPHES + _HYPHENS)  # besides letters
_BRACKETS = re.compile(r"[()\[\]{}<>«»“”„\"*_~•·]")
_TATWEEL = "\u0640"
# Categories of characters that no name has: symbols, emoji, invisible marks.
_DECORATION = frozenset({"So", "Sk", "Cf", "Cc", "Cn", "Co", "Me"})
_KEPT = _APOSTROPHES  # of which some are symbols
_EDGE = " .,،;؛!…-–—+&'’‘ʼ`/"
_VARIATIONS = re.compile("[\ufe00-\ufe0f]")


def removed(text: str) -> str:
    """Return a text without decoration, its letters composed: «é» is one letter."""
    without_variations = _VARIATIONS.sub("", text)
    composed = unicodedata.normalize("NFC", without_variations)
    without_tatweel = composed.replace(_TATWEEL, "")
    without_brackets = _BRACKETS.sub(" ", without_tatweel)
    plain = "".join(map(_plain, without_brackets))
    return " ".join(plain.split()).strip(_EDGE)


def _plain(letter: str) -> str:
    """Return a letter as it is, a blank for what is seen and parts words, nothing for the rest."""
    if letter.isspace():
        return " "
    if letter in _KEPT:
        return letter
    if unicodedata.category(letter) not in _DECORATION:
        return letter
    if _is_drawn(letter):
        return " "
    return ""


def _is_drawn(letter: str) -> bool:
    """Tell whether a decoration is seen, and so parts two words."""
    return unicodedata.category(letter).startswith("S")


def is_name(text: str) -> bool:
    """Tell whether a text without decoration has nothing but what names have."""
    if not any(map(str.isalpha, text)):
        return False
    return all(map(_is_of_name, text))


def _is_of_name(letter: str) -> bool:
    if letter.isalpha() or letter in _OF_NAMES:
        return True
    return unicodedata.category(letter) == "Mn"
