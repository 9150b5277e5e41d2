"""What is written together with a name: Arabic prefixes (و ف ب ل, the article, and their
combinations), and the endings of Turkish ("istanbul'da") and English ("brother's").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from nlu.language.folding import Word, fold

_PREFIXES = re.compile(r"^(?:[وف]?(?:لل|[بلف])|[وف])(?=\w{2})")
_FIRST = frozenset("وفبل")
_ARTICLES = ("el", "al")
# letters of a word that may begin with على ال or, in Latin letters, with the article
_SHORTEST_JOINED = 6
_QUOTES = re.compile("['’‘ʼ`]")
# Turkish cases, and "I am", "we are" behind them.
_INSIDE_ENDINGS = frozenset(
    base + person for base in ("da", "de", "ta", "te") for person in ("", "yim", "yiz", "yum", "ki")
)
_FROM_ENDINGS = frozenset(("dan", "den", "tan", "ten"))
_TOWARDS_ENDINGS = frozenset(("a", "e", "ya", "ye", "na", "ne"))
_OTHER_ENDINGS = frozenset(("s", "i", "u", "yi", "yu", "nin", "nun", "in", "un"))
_ENDINGS = _INSIDE_ENDINGS | _FROM_ENDINGS | _TOWARDS_ENDINGS | _OTHER_ENDINGS
# Letters of a name before an ending that no apostrophe parts from it.
_SHORTEST_ENDED = 5
_SHORTEST_NAME = 3  # letters; of the first of several words, 2 ("بام درمان")


def readings(word: Word, text: str, shortest: int = _SHORTEST_NAME) -> Iterator[tuple[str, int]]:
    """Ways to read a word: (name, where it starts in `text`), prefixes taken off.

    The word as it stands comes first; `للخرطوم` and `عالخرطوم` are also read as `الخرطوم`,
    `elyemen` as `yemen`.
    """
    yield word.folded, word.start
    if word.folded.isascii():
        if word.folded.startswith(_ARTICLES) and len(word.folded) >= _SHORTEST_JOINED:
            yield word.folded[2:], word.start
        return
    if word.folded.startswith("عال") and len(word.folded) >= _SHORTEST_JOINED:
        yield word.folded[1:], start_of(word, text, 1)
    if word.folded[0] not in _FIRST:
        return
    for cut in range(1, 4):
        prefix, rest = word.folded[:cut], word.folded[cut:]
        if len(rest) >= shortest and is_prefix(prefix):
            start = start_of(word, text, cut)
            if prefix.endswith("لل"):
                yield "ال" + rest, start
            yield rest, start


@lru_cache(maxsize=2048)
def is_prefix(prefix: str) -> bool:
    """Tell whether folded letters are prefixes: و, ب, لل, ول and so on."""
    match = _PREFIXES.match(prefix + "xx")
    return match is not None and match.end() == len(prefix)


def start_of(word: Word, text: str, cut: int) -> int:
    """Return where in `text` the word begins without its first `cut` folded letters.

    Marks and stretching are skipped.
    """
    for position in range(word.start + cut, word.end):
        if fold(text[position]) and fold(text[position : word.end]) == word.folded[cut:]:
            return position
    return word.start


def ended(word: Word, text: str) -> tuple[Word, str] | None:
    """Part a name from an ending behind an apostrophe: "izmir'de"."""
    typed = text[word.start : word.end]
    for quote in _QUOTES.finditer(typed):
        ending = fold(typed[quote.end() :])
        name = fold(typed[: quote.start()])
        if name and ending in _ENDINGS:
            return Word(name, word.start, word.start + quote.start()), ending
    return None


def endings(word: Word) -> Iterator[Word]:
    """Ways to read a Latin word without a Turkish ending: "istanbuldayım", "ankaradan"."""
    if not word.folded.isascii():
        return
    for length in (5, 3, 2):
        ending, name = word.folded[-length:], word.folded[:-length]
        is_ending = ending in _INSIDE_ENDINGS or ending in _FROM_ENDINGS
        if is_ending and len(name) >= _SHORTEST_ENDED:
            yield Word(name, word.start, word.end - length)


def ending_role(ending: str) -> str | None:
    """Tell what a Turkish ending says of a place: to, from, in."""
    if ending in _INSIDE_ENDINGS:
        return "in"
    if ending in _FROM_ENDINGS:
        return "from"
    return "to" if ending in _TOWARDS_ENDINGS else None
