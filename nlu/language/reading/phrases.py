"""Phrases by what they say, from statements.txt: found in a text of any spelling and script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from nlu.language.folding import Word, fold, is_arabic
from nlu.language.languages import detect
from nlu.language.skeleton import skeleton

DATA = Path(__file__).with_name("statements.txt")
MIN_CODE_LETTERS = 4  # consonants of a word that is looked for in Arabizi, too
MAX_ENDING_LETTERS = 3  # of a word that is listed with an asterisk
JOINED = "وف"  # "and", "so": written together with the next word


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a text: where they start, and where the next one does."""

    start: int
    end: int


@dataclass(slots=True)
class Phrases:
    """The phrases of one list: by their first word, or its stem, or its consonants."""

    by_word: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    by_code: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    stems: dict[str, None] = field(default_factory=dict)
    patterns: list[re.Pattern[str]] = field(default_factory=list)

    def add(self, phrase: str) -> None:
        """Add a phrase; its last word may end in an asterisk. After "~" comes a pattern.

        "=" keeps a phrase from being found in Arabizi.
        """
        if phrase.startswith("~"):
            self.patterns.append(re.compile(phrase[1:]))
            return
        is_as_written = phrase.startswith("=")
        parts = [fold(part.strip("*=")) for part in phrase.split()]
        if phrase.endswith("*"):
            self.stems[parts[-1]] = None
            return
        words = tuple(parts)
        self.by_word.setdefault(words[0], []).append(words)
        if is_arabic(words[0]) and not is_as_written:
            codes = tuple(skeleton(word) for word in words)
            if all(len(code) >= MIN_CODE_LETTERS for code in codes):
                self.by_code.setdefault(codes[0], []).append(codes)

    def may_begin(self, folded: str) -> bool:
        """Tell whether a phrase may begin with this word."""
        for form in _forms(folded):
            if form in self.by_word or self._has_stem(form):
                return True
        return _is_arabizi(folded) and skeleton(folded) in self.by_code

    def at(self, words: Sequence[Word], start: int) -> Span | None:
        """Find the longest phrase that begins with this word."""
        lengths = [self._length(words, start, form) for form in _forms(words[start].folded)]
        lengths.append(self._coded_length(words, start))
        longest = max(lengths)
        return Span(start, start + longest) if longest else None

    def _length(self, words: Sequence[Word], start: int, form: str) -> int:
        longest = 0
        for phrase in self.by_word.get(form, ()):
            following = [word.folded for word in words[start + 1 : start + len(phrase)]]
            if following == list(phrase[1:]):
                longest = max(longest, len(phrase))
        if longest == 0 and self._has_stem(form):
            longest = 1
        return longest

    def _has_stem(self, form: str) -> bool:
        return any(
            form[: len(form) - ending] in self.stems for ending in range(MAX_ENDING_LETTERS + 1)
        )

    def _coded_length(self, words: Sequence[Word], start: int) -> int:
        if not _is_arabizi(words[start].folded):
            return 0
        longest = 0
        for phrase in self.by_code.get(skeleton(words[start].folded), ()):
            following = words[start + 1 : start + len(phrase)]
            codes = [skeleton(word.folded) for word in following]
            is_latin = not any(is_arabic(word.folded) for word in following)
            if is_latin and codes == list(phrase[1:]):
                longest = max(longest, len(phrase))
        return longest


@lru_cache(maxsize=20_000)
def _is_arabizi(folded: str) -> bool:
    """Tell whether a word is Arabic in Latin letters: English words share its consonants."""
    return not is_arabic(folded) and detect(folded) == "ar-Latn"


def _forms(folded: str) -> tuple[str, ...]:
    """Give a word as it stands, and without an "and" written together with it."""
    if folded[0] in JOINED and len(folded) > 2:
        return folded, folded[1:]
    return (folded,)


@lru_cache(maxsize=20_000)
def _beginning(folded: str) -> frozenset[str]:
    """Name the lists in which a phrase may begin with this word."""
    return frozenset(name for name, phrases in lists().items() if phrases.may_begin(folded))


def find(name: str, words: Sequence[Word]) -> list[Span]:
    """Find the phrases of a list in the words of a text.

    Raises KeyError when there is no such list.
    """
    phrases = lists()[name]
    spans: list[Span] = []
    start = 0
    while start < len(words):
        may_begin = name in _beginning(words[start].folded)
        span = phrases.at(words, start) if may_begin else None
        if span is not None:
            spans.append(span)
        start = span.end if span else start + 1
    return [*spans, *_matches(phrases, words)]


def _matches(phrases: Phrases, words: Sequence[Word]) -> list[Span]:
    """Find the patterns of a list; each begins and ends with a word."""
    text = " ".join(word.folded for word in words)
    spans: list[Span] = []
    for pattern in phrases.patterns:
        for match in pattern.finditer(text):
            before = text[: match.start()]
            start = before.count(" ")
            inner_spaces = match[0].count(" ")
            spans.append(Span(start, start + inner_spaces + 1))
    return spans


def has(name: str, words: Sequence[Word]) -> bool:
    """Tell whether a text holds a phrase of a list."""
    return bool(find(name, words))


@lru_cache(maxsize=1)
def lists() -> dict[str, Phrases]:
    """Read all lists."""
    known: dict[str, Phrases] = {}
    for line in DATA.read_text("utf-8").splitlines():
        name, colon, listed = line.partition(":")
        if colon and not line.startswith("#"):
            phrases = known.setdefault(name, Phrases())
            for phrase in listed.split(" | "):
                phrases.add(phrase.strip())
    return known
