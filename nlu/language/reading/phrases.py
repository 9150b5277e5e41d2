"""Phrases by what they say, from statements.txt and household.txt, in any spelling and script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from nlu.language import listings
from nlu.language.folding import Words, fold, is_arabic, spell
from nlu.language.languages import detect
from nlu.language.skeleton import skeleton

FOLDER = Path(__file__).parent
FILES = ("statements.txt", "household.txt")
MIN_CODE_LETTERS = 4  # consonants of a word that is looked for in Arabizi, too
MAX_ENDING_LETTERS = 3  # of a word that is listed with an asterisk
ENDING = f"\\w{{0,{MAX_ENDING_LETTERS}}}"
JOINED = "وف"  # "and", "so": written together with the next word
MIN_JOINED_LETTERS = 3  # of a word that begins with one of them
# How a phrase is listed.
PATTERN_SIGN = "~"
AS_WRITTEN_SIGN = "="
STEM_SIGN = "*"

Match = re.Match[str]
Pattern = re.Pattern[str]
Phrase = tuple[str, ...]  # its words, folded or as consonant codes
ByFirst = dict[str, list[Phrase]]  # phrases by their first word or code


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a text: where they start, and where the next one does."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Tell whether two spans have a word in common."""
        return self.start < other.end and other.start < self.end


@dataclass(slots=True)
class Phrases:
    """The phrases of one list: by their first word, or its stem, or its consonants."""

    by_word: ByFirst = field(default_factory=dict)
    by_code: ByFirst = field(default_factory=dict)
    stems: dict[str, None] = field(default_factory=dict)
    patterns: list[Pattern] = field(default_factory=list)

    def add(self, phrase: str) -> None:
        """Add a phrase; its last word may end in an asterisk. After "~" comes a pattern.

        "=" keeps a phrase from being found in Arabizi.
        """
        if phrase.startswith(PATTERN_SIGN):
            pattern = phrase.removeprefix(PATTERN_SIGN)
            self.patterns.append(re.compile(pattern))
            return
        folded = _folded(phrase)
        if phrase.endswith(STEM_SIGN):
            self._add_stem(folded)
            return
        self._add_words(folded)
        if not phrase.startswith(AS_WRITTEN_SIGN):
            self._add_codes(folded)

    def _add_stem(self, phrase: Phrase) -> None:
        """Let the last word have an ending; the words before it stand as they are."""
        stem = phrase[-1]
        if len(phrase) == 1:
            self.stems[stem] = None
            return
        joined = " ".join(phrase)
        beginning = re.escape(joined)
        pattern = re.compile(rf"\b{beginning}{ENDING}\b")
        self.patterns.append(pattern)

    def _add_words(self, phrase: Phrase) -> None:
        first = phrase[0]
        alike = self.by_word.setdefault(first, [])
        alike.append(phrase)

    def _add_codes(self, phrase: Phrase) -> None:
        """Let a phrase be found in Arabizi, where its consonants tell its words."""
        if not is_arabic(phrase[0]):
            return
        codes = tuple(map(skeleton, phrase))
        shortest = min(codes, key=len)
        if len(shortest) < MIN_CODE_LETTERS:
            return
        first = codes[0]
        alike = self.by_code.setdefault(first, [])
        alike.append(codes)

    def may_begin(self, folded: str) -> bool:
        """Tell whether a phrase may begin with this word."""
        for form in _forms(folded):
            if form in self.by_word or self._has_stem(form):
                return True
        if not _is_arabizi(folded):
            return False
        return skeleton(folded) in self.by_code

    def at(self, tokens: Words, start: int) -> Span | None:
        """Find the longest phrase that begins with this word."""
        longest = self._coded_length(tokens, start)
        folded = tokens[start].folded
        for form in _forms(folded):
            length = self._length(tokens, start, form)
            longest = max(longest, length)
        if longest == 0:
            return None
        end = start + longest
        return Span(start, end)

    def _length(
        self,
        tokens: Words,
        start: int,
        form: str,
    ) -> int:
        """Count the words of the longest phrase that begins with this form of a word."""
        longest = 0
        for phrase in self.by_word.get(form, ()):
            length = len(phrase)
            following = spell(tokens[start + 1 : start + length])
            if (form, *following) == phrase:
                longest = max(longest, length)
        if longest == 0 and self._has_stem(form):
            return 1
        return longest

    def _has_stem(self, form: str) -> bool:
        for ending_letters in range(MAX_ENDING_LETTERS + 1):
            stem = form[: len(form) - ending_letters]
            if stem in self.stems:
                return True
        return False

    def _coded_length(self, tokens: Words, start: int) -> int:
        """Count the words of the longest phrase of these consonants in Arabizi."""
        first = tokens[start].folded
        if not _is_arabizi(first):
            return 0
        longest = 0
        code = skeleton(first)
        for phrase in self.by_code.get(code, ()):
            length = len(phrase)
            codes = _latin_codes(tokens[start : start + length])
            if codes == phrase:
                longest = max(longest, length)
        return longest


def _folded(phrase: str) -> Phrase:
    """Fold the words of a phrase, without the signs of the list."""
    folded: list[str] = []
    for word in phrase.split():
        bare = word.strip(STEM_SIGN + AS_WRITTEN_SIGN)
        folded.append(fold(bare))
    return tuple(folded)


def _latin_codes(tokens: Words) -> Phrase | None:
    """Code the consonants of words in Latin letters; None when one is in Arabic script."""
    folded = spell(tokens)
    if any(map(is_arabic, folded)):
        return None
    return tuple(map(skeleton, folded))


@lru_cache(maxsize=20_000)
def _is_arabizi(folded: str) -> bool:
    """Tell whether a word is Arabic in Latin letters: English words share its consonants."""
    if is_arabic(folded):
        return False
    return detect(folded) == "ar-Latn"


def _forms(folded: str) -> Phrase:
    """Give a word as it stands, and without an "and" written together with it."""
    is_joined = folded[0] in JOINED
    if is_joined and len(folded) >= MIN_JOINED_LETTERS:
        return folded, folded[1:]
    return (folded,)


@lru_cache(maxsize=20_000)
def beginning(folded: str) -> frozenset[str]:
    """Name the lists in which a phrase may begin with this word."""
    names: set[str] = set()
    for name, phrases in lists().items():
        if phrases.may_begin(folded):
            names.add(name)
    return frozenset(names)


def find(name: str, words: Words) -> list[Span]:
    """Find the phrases of a list in the words of a text.

    Raises KeyError when there is no such list.
    """
    phrases = lists()[name]
    spans: list[Span] = []
    start = 0
    while start < len(words):
        span = None
        folded = words[start].folded
        if name in beginning(folded):
            span = phrases.at(words, start)
        if span is None:
            start += 1
            continue
        spans.append(span)
        start = span.end
    if phrases.patterns:
        matched = _matches(phrases.patterns, words)
        spans.extend(matched)
    return spans


def _matches(
    patterns: Sequence[Pattern],
    tokens: Words,
) -> list[Span]:
    """Find the patterns of a list; each begins and ends with a word."""
    folded = spell(tokens)
    text = " ".join(folded)
    spans: list[Span] = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            span = _span(text, match)
            spans.append(span)
    return spans


def _span(text: str, match: Match) -> Span:
    """Count the words of a match, and those before it."""
    before = text[: match.start()]
    start = before.count(" ")
    inner_spaces = match[0].count(" ")
    return Span(
        start=start,
        end=start + inner_spaces + 1,
    )


def has(name: str, words: Words) -> bool:
    """Tell whether a text holds a phrase of a list."""
    return bool(find(name, words))


def has_any(names: Sequence[str], words: Words) -> bool:
    """Tell whether a text holds a phrase of one of these lists."""
    return any(has(name, words) for name in names)


@lru_cache(maxsize=1)
def lists() -> dict[str, Phrases]:
    """Read all lists."""
    by_name: dict[str, Phrases] = {}
    for file in FILES:
        for name, content in listings.read(FOLDER / file):
            _add(by_name.setdefault(name, Phrases()), content)
    return by_name


def _add(phrases: Phrases, content: str) -> None:
    for listed in content.split(" | "):
        phrase = listed.strip()
        phrases.add(phrase)
