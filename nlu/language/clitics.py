"""Arabic prefixes written together with a name: و ف ب ل, the article, and their combinations."""

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
    """Whether folded letters are prefixes: و, ب, لل, ول and so on."""
    match = _PREFIXES.match(prefix + "xx")
    return match is not None and match.end() == len(prefix)


def start_of(word: Word, text: str, cut: int) -> int:
    """Where in `text` the word begins without its first `cut` folded letters (marks and stretching
    skipped).
    """
    for position in range(word.start + cut, word.end):
        if fold(text[position]) and fold(text[position : word.end]) == word.folded[cut:]:
            return position
    return word.start
