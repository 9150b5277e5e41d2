"""What is written together with a name: Arabic prefixes (و ف ب ل, the article, and their
combinations), and the endings of Turkish ("istanbul'da") and English ("brother's").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from nlu.language.folding import Word, fold

_PREFIXES = re.compile(r"^(?:[وف]?(?:لل|[بلف])|[وف])(?=\w{2})")
_PREFIX_LETTERS = frozenset("وفبل")
_PREFIX_LENGTHS = (1, 2, 3)  # letters
_LATIN_ARTICLES = ("el", "al")
_LATIN_ARTICLE_LETTERS = 2
_AND = "و"
_MIN_LETTERS_WITH_AND = 4
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


Readings = Sequence[Reading]


class Ended(NamedTuple):
    """A name, and the ending that was typed behind its apostrophe."""

    name: Word
    ending: str


def readings(
    word: Word,
    text: str,
    shortest: int = _MIN_NAME_LETTERS,
) -> Iterator[Reading]:
    """Yield the ways to read a word, prefixes taken off; the word as it stands comes first.

    `للخرطوم` and `عالخرطوم` are also read as `الخرطوم`, `elyemen` as `yemen`. A name without its
    prefixes has `shortest` letters at least.
    """
    folded = word.folded
    yield Reading(folded, word.start)
    is_long = len(folded) >= _MIN_JOINED_LETTERS
    if folded.isascii():
        if is_long and folded.startswith(_LATIN_ARTICLES):
            name = folded[_LATIN_ARTICLE_LETTERS:]
            yield Reading(name, word.start)
        return
    if is_long and folded.startswith(_ON_THE):
        yield _cut(word, text, 1)
    if folded[0] in _PREFIX_LETTERS:
        yield from _without_prefixes(word, text, shortest)


def _cut(
    word: Word,
    text: str,
    cut: int,
) -> Reading:
    """Read a word without its first letters."""
    rest = word.folded[cut:]
    start = start_of(word, text, cut)
    return Reading(rest, start)


def _without_prefixes(
    word: Word,
    text: str,
    shortest: int,
) -> Iterator[Reading]:
    """Yield what is left of an Arabic word without one, two or three letters that are prefixes."""
    for cut in _PREFIX_LENGTHS:
        prefix = word.folded[:cut]
        is_name = len(word.folded) >= cut + shortest
        if not is_name or not is_prefix(prefix):
            continue
        reading = _cut(word, text, cut)
        if prefix.endswith(_TO_THE):
            yield reading._replace(name="ال" + reading.name)
        yield reading


def without_and(folded: str) -> str:
    """Cut off an "and" that is written together with a word of three letters or more."""
    if len(folded) < _MIN_LETTERS_WITH_AND:
        return folded
    return folded.removeprefix(_AND)


@lru_cache(maxsize=2048)
def is_prefix(prefix: str) -> bool:
    """Tell whether folded letters are prefixes: و, ب, لل, ول and so on."""
    match = _PREFIXES.match(prefix + "xx")
    if match is None:
        return False
    return match.end() == len(prefix)


def start_of(
    word: Word,
    text: str,
    cut: int,
) -> int:
    """Return where in `text` the word begins without its first `cut` folded letters.

    Marks and stretching are skipped.
    """
    rest = word.folded[cut:]
    for position in range(word.start + cut, word.end):
        if not fold(text[position]):
            continue
        typed = text[position : word.end]
        if fold(typed) == rest:
            return position
    return word.start


def ended(word: Word, text: str) -> Ended | None:
    """Part a name from an ending behind an apostrophe: "izmir'de"."""
    typed = text[word.start : word.end]
    for quote in _QUOTES.finditer(typed):
        before = typed[: quote.start()]
        behind = typed[quote.end() :]
        name = fold(before)
        ending = fold(behind)
        if name and ending in _ENDINGS:
            unended = Word(
                folded=name,
                start=word.start,
                end=word.start + len(before),
            )
            return Ended(unended, ending)
    return None


def endings(word: Word) -> Iterator[Word]:
    """Yield a Latin word without a Turkish ending: "istanbuldayım", "ankaradan"."""
    if not word.folded.isascii():
        return
    for length in _ENDING_LENGTHS:
        ending = word.folded[-length:]
        name = word.folded[:-length]
        if len(name) < _MIN_ENDED_LETTERS:
            continue
        if ending in _INSIDE_ENDINGS or ending in _FROM_ENDINGS:
            yield Word(
                folded=name,
                start=word.start,
                end=word.end - length,
            )


def ending_role(ending: str) -> str | None:
    """Tell what a Turkish ending says of a place: to, from, in."""
    if ending in _INSIDE_ENDINGS:
        return "in"
    if ending in _FROM_ENDINGS:
        return "from"
    if ending in _TOWARDS_ENDINGS:
        return "to"
    return None
