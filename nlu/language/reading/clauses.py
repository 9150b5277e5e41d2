"""Cuts a text into clauses: parts that each say one thing of one subject."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from nlu.language import gazetteer
from nlu.language.folding import Word, words
from nlu.language.reading import phrases

STOP = re.compile(r"[.!?؟؛;\n\r…]+|(?<=\s)-+(?=\s)")
LINK = re.compile(r"\S+://\S+")
COMMA = re.compile(r"[,،]")
MIN_COMMA_WORDS = 2  # on both sides of a comma that ends a clause: «لا، ثلاثة» is one
LOOK_AHEAD_WORDS = 5  # after "and my brother", for what happened to him
PRONOUNS = ("i", "we")
JOINING = frozenset(("و", "w", "and", "we", "my", "our"))
MATTERS = ("missing", "held", "hurt", "dead", "danger", "well", "found")


class Clause(NamedTuple):
    """A part of a text: `whole[start:end]`."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Clause]:
    """Cut a text into clauses, in order. A text of one statement is one clause."""
    borders = {0, len(text)}
    masked = LINK.sub(lambda link: "x" * len(link[0]), text)
    borders.update(match.end() for match in STOP.finditer(masked) if _ends_sentence(text, match))
    tokens = words(text)
    borders.update(_after_commas(text, tokens))
    borders.update(_before_buts(tokens))
    borders.update(_before_relatives(text, tokens))
    return _between(text, sorted(borders))


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    """Tell a full stop from the point of a number: 3.5, 15.59,32.53."""
    if match[0] != ".":
        return True
    after = text[match.end() : match.end() + 1]
    return not after.isalnum()


def _between(text: str, borders: Sequence[int]) -> list[Clause]:
    clauses: list[Clause] = []
    for start, end in pairwise(borders):
        part = text[start:end]
        if words(part):
            indent = len(part) - len(part.lstrip())
            stripped = part.strip()
            opening = start + indent
            clauses.append(Clause(stripped, opening, opening + len(stripped)))
    return clauses or [Clause(text, 0, len(text))]


def _after_commas(text: str, tokens: Sequence[Word]) -> list[int]:
    borders: list[int] = []
    starts = [word.start for word in tokens]
    stops = [stop.end() for stop in STOP.finditer(text)]
    for comma in COMMA.finditer(text):
        end = comma.end()
        opening = _opening(stops, comma.start(), borders)
        before = bisect_left(starts, end) - bisect_left(starts, opening)
        after = len(starts) - bisect_left(starts, end)
        is_long = min(before, after) >= MIN_COMMA_WORDS
        if is_long and not text[end : end + 1].isdigit():
            borders.append(end)
    return borders


def _opening(stops: Sequence[int], end: int, borders: Sequence[int]) -> int:
    """Find where the sentence begins that goes on until `end`: after a full stop or a comma."""
    number = bisect_right(stops, end)
    last_stop = stops[number - 1] if number else 0
    last_border = borders[-1] if borders else 0
    return max(last_stop, last_border)


def _before_buts(tokens: Sequence[Word]) -> list[int]:
    borders: list[int] = []
    for span in phrases.find("but", tokens):
        if span.start > 0 and span.end < len(tokens):
            borders.append(tokens[span.start].start)
    return borders


def _before_relatives(text: str, tokens: Sequence[Word]) -> list[int]:
    """Cut before "and my brother" where something is told of him: «بخير وزوجتي مفقودة»."""
    borders: list[int] = []
    for mention in gazetteer.find(text):
        if mention.entity != "relative":
            continue
        at = _word_at(tokens, mention.start)
        start = _first_joined(tokens, at)
        if start is None or start == 0:
            continue
        is_pair = any(phrases.lists()[name].at(tokens, start - 1) for name in PRONOUNS)
        following = tokens[at + 1 : at + 1 + LOOK_AHEAD_WORDS]
        if not is_pair and any(phrases.has(matter, following) for matter in MATTERS):
            borders.append(tokens[start].start)
    return borders


def _word_at(tokens: Sequence[Word], position: int) -> int:
    for number, word in enumerate(tokens):
        if word.start <= position < word.end:
            return number
    return 0


def _first_joined(tokens: Sequence[Word], at: int) -> int | None:
    """Find the "and" before a relative, or the relative's own word where it begins with one."""
    start = at
    while start > 0 and tokens[start - 1].folded in JOINING:
        start -= 1
    is_joined = tokens[at].folded.startswith("و") or start < at
    return start if is_joined else None
