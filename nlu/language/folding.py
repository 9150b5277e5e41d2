"""One spelling for the many ways a text is typed: Arabic letter forms, stretched letters, digits of
three scripts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_DIGITS = {
    ord(digit): str(value)
    for digits in ("٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹")
    for value, digit in enumerate(digits)
}

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
_ARABIC = re.compile(r"[\u0621-\u064a\u0671-\u06d3]")


class Word(NamedTuple):
    """A word: as folded, and where it stands in the text it came from (`text[start:end]`)."""

    folded: str
    start: int
    end: int


def digits(text: str) -> str:
    """The text with Arabic-Indic and Persian digits as 0-9; the length does not change."""
    return text.translate(_DIGITS)


def fold(text: str) -> str:
    """The text in its one spelling: lower case, letter forms unified, nothing invisible, single
    spaces.

    Letters written three times or more are written once (`هلااا` as `هلا`). The length may change.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = _UNSEEN.sub("", digits(text)).translate(_LETTERS)
    text = _ARABIZI_MARKED.sub(lambda mark: "gh" if "3" in mark[0] else "kh", text)
    text = _INNER_APOSTROPHE.sub("", _STRETCHED.sub(r"\1", text))
    return _SPACES.sub(" ", _strip_accents(text)).strip()


def words(text: str) -> list[Word]:
    """List the words of a text, folded, with their place in the text as it was given."""
    return list(_words(text))


@lru_cache(maxsize=16)  # everything that reads a text begins with its words
def _words(text: str) -> tuple[Word, ...]:
    pieces = (_trimmed(match[0], match.start()) for match in _WORD.finditer(text))
    return tuple(word for word in pieces if word.folded)


def _trimmed(typed: str, start: int) -> Word:
    """One word without the quotes around it."""
    start += len(typed) - len(typed.lstrip(_QUOTES))
    typed = typed.strip(_QUOTES)
    return Word(_folded(typed), start, start + len(typed))


@lru_cache(maxsize=8192)
def _folded(word: str) -> str:
    return fold(word)


def is_arabic(text: str) -> bool:
    """Whether the text holds a letter of the Arabic script."""
    return _ARABIC.search(text) is not None


def _strip_accents(text: str) -> str:
    if text.isascii() or not any(
        "\u00c0" <= letter <= "\u036f" or "\u1e00" <= letter <= "\u1eff" for letter in text
    ):
        return text
    plain = unicodedata.normalize("NFD", text).replace("ı", "i")
    return unicodedata.normalize(
        "NFC", "".join(mark for mark in plain if not "\u0300" <= mark <= "\u036f")
    )
