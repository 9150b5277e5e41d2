"""One spelling for the many ways a text is typed: Arabic letter forms, stretched letters, digits of
three scripts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_DIGITS = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹",
    "01234567890123456789",
)

# Hamza seats, ya and ta marbuta are typed as people please; Persian and Maghrebi letters come from
# other keyboards.
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("أإآٱٲٳ", "ا"),
        **dict.fromkeys("ىیېئ", "ي"),
        **dict.fromkeys("ةۀہھە", "ه"),
        **dict.fromkeys("کڪ", "ك"),
        **dict.fromkeys("گڨڭ", "ق"),
        **dict.fromkeys("ڤۋ", "ف"),
        "پ": "ب",
        "چ": "ج",
        "ؤ": "و",
        # Latin letters that no accent can be taken off.
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ø": "o",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ء": "",
        "’": "'",
        "‘": "'",
        "`": "'",
        "ʼ": "'",
    }
)
# Diacritics, tatweel, and the invisible characters that keyboards and copy-paste leave behind.
_UNSEEN = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u00ad"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00]"
)
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_ARABIZI_MARKED = re.compile(r"([37])'(?=[a-z])|(?<=[a-z])([37])'")
_INNER_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")
_WORD = re.compile(r"(?:[^\W_]|[\u0610-\u061a\u0640\u064b-\u065f\u0670'’‘ʼ`\u200c-\u200f])+")
_QUOTES = "'’‘ʼ`"
_SPACES = re.compile(r"\s+")
_ACCENTED = re.compile(r"[\u00c0-\u036f\u1e00-\u1eff]")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_ARABIC = re.compile(r"[\u0621-\u064a\u0671-\u06d3]")


class Word(NamedTuple):
    """A word: as folded, and where it stands in the text it came from (`text[start:end]`)."""

    folded: str
    start: int
    end: int

    def overlaps(self, start: int, end: int) -> bool:
        """Tell whether a part of the text has letters of the word."""
        return start < self.end and self.start < end


Words = Sequence[Word]


def spell(tokens: Words) -> list[str]:
    """List words as folded."""
    return [word.folded for word in tokens]


def digits(text: str) -> str:
    """Write the Arabic-Indic and Persian digits of a text as 0-9; the length does not change."""
    return text.translate(_DIGITS)


def fold(text: str) -> str:
    """Give a text its one spelling: lower case, letter forms unified, nothing invisible, single
    spaces.

    Letters written three times or more are written once (`هلااا` as `هلا`). The length may change.
    """
    text = unicodedata.normalize("NFKC", text)
    text = text.lower()
    text = digits(text)
    text = _UNSEEN.sub("", text)
    text = text.translate(_LETTERS)
    text = _ARABIZI_MARKED.sub(_arabizi_letters, text)
    text = _STRETCHED.sub(r"\1", text)
    text = _INNER_APOSTROPHE.sub("", text)
    text = _strip_accents(text)
    text = _SPACES.sub(" ", text)
    return text.strip()


def _arabizi_letters(marked: re.Match[str]) -> str:
    """Spell a digit and its apostrophe, which stand for غ or خ, in letters."""
    return "gh" if "3" in marked[0] else "kh"


def words(text: str) -> list[Word]:
    """List the words of a text, folded, with their place in the text as it came in."""
    return list(_words(text))


@lru_cache(maxsize=16)  # everything that reads a text begins with its words
def _words(text: str) -> tuple[Word, ...]:
    tokens: list[Word] = []
    for match in _WORD.finditer(text):
        word = _trimmed(match[0], match.start())
        if word.folded:
            tokens.append(word)
    return tuple(tokens)


def _trimmed(typed: str, start: int) -> Word:
    """Read one word without the quotes around it."""
    unopened = typed.lstrip(_QUOTES)
    start += len(typed) - len(unopened)
    bare = unopened.rstrip(_QUOTES)
    return Word(
        folded=_folded(bare),
        start=start,
        end=start + len(bare),
    )


@lru_cache(maxsize=8192)
def _folded(word: str) -> str:
    return fold(word)


def is_arabic(text: str) -> bool:
    """Tell whether the text holds a letter of the Arabic script."""
    return _ARABIC.search(text) is not None


def _strip_accents(text: str) -> str:
    if text.isascii() or not _ACCENTED.search(text):
        return text
    parted = unicodedata.normalize("NFD", text)
    dotted = parted.replace("ı", "i")
    bare = _ACCENTS.sub("", dotted)
    return unicodedata.normalize("NFC", bare)
