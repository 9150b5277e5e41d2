"""Arabic prefixes written together with a name: و ف ب ل, the article, and their combinations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.language.folding import Word, fold, is_arabic

_PREFIXES = re.compile(r"^(?:[وف]?(?:لل|[بلف])|[وف])(?=\w{2})")
_SHORTEST_NAME = 3  # letters; of the first of several words, 2 ("بام درمان")


def readings(word: Word, text: str, shortest: int = _SHORTEST_NAME) -> Iterator[tuple[str, int]]:
    """Ways to read a word: (name, where it starts in `text`), prefixes taken off.

    The word as it stands comes first; `للخرطوم` is also read as `الخرطوم`.
    """
    yield word.folded, word.start
    if not is_arabic(word.folded):
        return
    for cut in range(1, 4):
        prefix, rest = word.folded[:cut], word.folded[cut:]
        if len(rest) >= shortest and _is_prefix(prefix):
            start = start_of(word, text, cut)
            if prefix.endswith("لل"):
                yield "ال" + rest, start
            yield rest, start


def _is_prefix(prefix: str) -> bool:
    match = _PREFIXES.match(prefix + "xx")
    return match is not None and match.end() == len(prefix)


def start_of(word: Word, text: str, cut: int) -> int:
    """Where in `text` the word begins without its first `cut` folded letters (marks and stretching skipped)."""
    for position in range(word.start + cut, word.end):
        if fold(text[position]) and fold(text[position : word.end]) == word.folded[cut:]:
            return position
    return word.start
