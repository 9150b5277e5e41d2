"""What is written together with a name: Arabic prefixes (و ف ب ل, the article, and their
combinations), and the endings of Turkish ("istanbul'da") and English ("brother's").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nlu.language.folding import Word, fold

_PREFIXES = re.compile(r"^(?:[وف]?(?:لل|[بلف])|[وف])(?=\w{2})")
_PREFIX_LETTERS = frozenset("وفبل")
_MAX_PREFIX_LETTERS = 3
_LATIN_ARTICLES = ("el", "al")
_LATIN_ARTICLE_LETTERS = 2
_TO_THE = "لل"
_ON_THE = "عال"
# Letters of a word that may begin with على ال or, in Latin letters, with the article.
_MIN_JOINED_LETTERS = 6
_MIN_NAME_LETTERS = 3  # of the first of several words, 2 ("بام درمان")
_QUOTES = re.compile("['’‘ʼ`]")
# Turkish cases, and "I am", "we are" behind them.
_INSIDE_ENDINGS = frozenset(
    (
        *("da", "dayim", "dayiz", "dayum", "daki"),
        *("de", "deyim", "deyiz", "deyum", "deki"),
        *("ta", "tayim", "tayiz", "tayum", "taki"),
        *("te", "teyim", "teyiz", "teyum", "teki"),
    )
)
_FROM_ENDINGS = frozenset(("dan", "den", "tan", "ten"))
_TOWARDS_ENDINGS = frozenset(("a", "e", "ya", "ye", "na", "ne"))
_OTHER_ENDINGS = frozenset(("s", "i", "u", "yi", "yu", "nin", "nun", "in", "un"))
_ENDINGS = _INSIDE_ENDINGS | _FROM_ENDINGS | _TOWARDS_ENDINGS | _OTHER_ENDINGS
_ENDING_LENGTHS = (5, 3, 2)  # of those that are read without an apostrophe
_MIN_ENDED_LETTERS = 5  # of a name before an ending that no apostrophe parts from it


class Reading(NamedTuple):
    """A name that a word may be, and where it starts in the text."""

    name: str
    start: int


class Ended(NamedTuple):
    """A name, and the ending that was typed behind its apostrophe."""

    name: Word
    ending: str


def readings(word: Word, text: str, shortest: int = _MIN_NAME_LETTERS) -> Iterator[Reading]:
    """Yield the ways to read a word, prefixes taken off; the word as it stands comes first.

    `للخرطوم` and `عالخرطوم` are also read as `الخرطوم`, `elyemen` as `yemen`. A name without its
    prefixes has `shortest` letters at least.
    """
    yield Reading(word.folded, word.start)
    if word.folded.isascii():
        yield from _without_latin_article(word)
        return
    if word.folded.startswith(_ON_THE) and len(word.folded) >= _MIN_JOINED_LETTERS:
        start = start_of(word, text, 1)
        yield Reading(word.folded[1:], start)
    if word.folded[0] in _PREFIX_LETTERS:
        yield from _without_prefixes(word, text, shortest)


def _without_latin_article(word: Word) -> Iterator[Reading]:
    has_article = word.folded.startswith(_LATIN_ARTICLES)
    if has_article and len(word.folded) >= _MIN_JOINED_LETTERS:
        name = word.folded[_LATIN_ARTICLE_LETTERS:]
        yield Reading(name, word.start)


def _without_prefixes(word: Word, text: str, shortest: int) -> Iterator[Reading]:
    for cut in range(1, _MAX_PREFIX_LETTERS + 1):
        prefix = word.folded[:cut]
        rest = word.folded[cut:]
        if len(rest) < shortest or not is_prefix(prefix):
            continue
        start = start_of(word, text, cut)
        if prefix.endswith(_TO_THE):
            yield Reading("ال" + rest, start)
        yield Reading(rest, start)


@lru_cache(maxsize=2048)
def is_prefix(prefix: str) -> bool:
    """Tell whether folded letters are prefixes: و, ب, لل, ول and so on."""
    match = _PREFIXES.match(prefix + "xx")
    if match is None:
        return False
    return match.end() == len(prefix)


def start_of(word: Word, text: str, cut: int) -> int:
    """Return where in `text` the word begins without its first `cut` folded letters.

    Marks and stretching are skipped.
    """
    rest = word.folded[cut:]
    for position in range(word.start + cut, word.end):
        letter = fold(text[position])
        if letter and fold(text[position : word.end]) == rest:
            return position
    return word.start


def ended(word: Word, text: str) -> Ended | None:
    """Part a name from an ending behind an apostrophe: "izmir'de"."""
    typed = text[word.start : word.end]
    for quote in _QUOTES.finditer(typed):
        ending = fold(typed[quote.end() :])
        name = fold(typed[: quote.start()])
        if name and ending in _ENDINGS:
            end = word.start + quote.start()
            return Ended(Word(name, word.start, end), ending)
    return None


def endings(word: Word) -> Iterator[Word]:
    """Yield a Latin word without a Turkish ending: "istanbuldayım", "ankaradan"."""
    if not word.folded.isascii():
        return
    for length in _ENDING_LENGTHS:
        ending = word.folded[-length:]
        name = word.folded[:-length]
        is_ending = ending in _INSIDE_ENDINGS or ending in _FROM_ENDINGS
        if is_ending and len(name) >= _MIN_ENDED_LETTERS:
            yield Word(name, word.start, word.end - length)


def ending_role(ending: str) -> str | None:
    """Tell what a Turkish ending says of a place: to, from, in."""
    if ending in _INSIDE_ENDINGS:
        return "in"
    if ending in _FROM_ENDINGS:
        return "from"
    if ending in _TOWARDS_ENDINGS:
        return "to"
    return None
