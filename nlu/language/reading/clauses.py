"""Cuts a text into clauses: parts that each say one thing of one subject."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from nlu.language import gazetteer
from nlu.language.folding import Words, words
from nlu.language.passages import Mentions
from nlu.language.reading import phrases

STOP = re.compile(r"[.!?؟؛;\n\r…]+|(?<=\s)-+(?=\s)")
LINK = re.compile(r"\S+://\S+")
COMMA = re.compile(r"[,،]")
MIN_COMMA_WORDS = 2  # on both sides of a comma that ends a clause: «لا، ثلاثة» is one
LOOK_AHEAD_WORDS = 5  # after "and my brother", for what happened to him
PRONOUNS = ("i", "we")
JOINING = frozenset(("و", "w", "and", "we", "my", "our"))
TRANSITIVE = frozenset(("evacuate", "rescue", "save"))  # "… my daughter": she is the one in need
MATTERS = ("missing", "held", "hurt", "dead", "danger", "well", "found")


Match = re.Match[str]
Positions = Sequence[int]  # in a text


class Clause(NamedTuple):
    """A part of a text: `whole[start:end]`."""

    text: str
    start: int
    end: int


def split(text: str) -> list[Clause]:
    """Cut a text into clauses, in order. A text of one statement is one clause."""
    tokens = words(text)
    mentions = gazetteer.find(text)
    borders = {
        0,
        *_after_stops(text),
        *_after_commas(text, tokens, mentions),
        *_before_buts(tokens),
        *_before_relatives(tokens, mentions),
        len(text),
    }
    return _between(text, sorted(borders))


def _between(text: str, borders: Positions) -> list[Clause]:
    clauses: list[Clause] = []
    for start, end in pairwise(borders):
        part = text[start:end]
        if words(part):
            clause = _stripped(part, start)
            clauses.append(clause)
    if clauses:
        return clauses
    whole = Clause(
        text=text,
        start=0,
        end=len(text),
    )
    return [whole]


def _stripped(part: str, start: int) -> Clause:
    """Make a part of a text, which starts there, a clause without spaces around it."""
    unindented = part.lstrip()
    start += len(part) - len(unindented)
    stripped = unindented.rstrip()
    return Clause(
        text=stripped,
        start=start,
        end=start + len(stripped),
    )


# --- stops and commas -----------------------------------------------------------------------------


def _after_stops(text: str) -> Iterator[int]:
    """Cut behind full stops and the like, but not within a link."""
    masked = LINK.sub(_mask, text)
    for stop in STOP.finditer(masked):
        if _ends_sentence(text, stop):
            yield stop.end()


def _mask(link: Match) -> str:
    return "x" * len(link[0])


def _ends_sentence(text: str, stop: Match) -> bool:
    """Tell a full stop from the point of a number: 3.5, 15.59,32.53."""
    if stop[0] != ".":
        return True
    end = stop.end()
    following = text[end : end + 1]
    return not following.isalnum()


def _after_commas(
    text: str,
    tokens: Words,
    mentions: Mentions,
) -> list[int]:
    """Cut behind commas with enough words before and after.

    Not within a number, nor within the name of a place: «نيو لندن، ولاية آيوا».
    """
    borders: list[int] = []
    starts = [word.start for word in tokens]
    stops = [stop.end() for stop in STOP.finditer(text)]
    for comma in _commas(text):
        start, end = comma.span()
        if any(mention.start < start < mention.end for mention in mentions):
            continue
        opening = _opening(stops, start, borders)
        first = bisect_left(starts, opening)
        following = bisect_left(starts, end)
        before = following - first
        after = len(starts) - following
        if min(before, after) >= MIN_COMMA_WORDS:
            borders.append(end)
    return borders


def _commas(text: str) -> Iterator[Match]:
    """Find the commas that are not within a number."""
    for comma in COMMA.finditer(text):
        end = comma.end()
        following = text[end : end + 1]
        if not following.isdigit():
            yield comma


def _opening(
    stops: Positions,
    end: int,
    borders: Positions,
) -> int:
    """Find where the sentence begins that goes on until `end`: after a full stop or a comma."""
    opening = 0
    number = bisect_right(stops, end)
    if number:
        opening = stops[number - 1]
    if borders:
        opening = max(opening, borders[-1])
    return opening


# --- words ----------------------------------------------------------------------------------------


def _before_buts(tokens: Words) -> Iterator[int]:
    """Cut before "but", where there are words before and behind it."""
    for span in phrases.find("but", tokens):
        is_first = span.start == 0
        is_last = span.end == len(tokens)
        if not is_first and not is_last:
            but = tokens[span.start]
            yield but.start


def _before_relatives(tokens: Words, mentions: Mentions) -> Iterator[int]:
    """Cut before "and my brother" where something is told of him: «بخير وزوجتي مفقودة»."""
    for mention in mentions:
        if mention.entity != "relative":
            continue
        at = _word_at(tokens, mention.start)
        start = _first_joined(tokens, at)
        if start is None:
            continue
        if _is_after_pronoun(tokens, start):
            continue
        behind = at + 1
        following = tokens[behind : behind + LOOK_AHEAD_WORDS]
        if phrases.has_any(MATTERS, following):
            joining = tokens[start]
            yield joining.start


def _word_at(tokens: Words, position: int) -> int:
    """Return the number of the word that stands at a position of the text."""
    for number, word in enumerate(tokens):
        if word.start <= position < word.end:
            return number
    return 0


def _first_joined(tokens: Words, at: int) -> int | None:
    """Find the "and" before a relative, or the relative's own word where it begins with one.

    None where there is no "and", the text begins with it, or the relative is to be rescued.
    """
    relative = tokens[at].folded
    is_joined = relative.startswith("و")
    start = at
    while start > 0 and tokens[start - 1].folded in JOINING:
        start -= 1
        is_joined = True
    if start == 0 or not is_joined:
        return None
    if tokens[start - 1].folded in TRANSITIVE:
        return None
    return start


def _is_after_pronoun(tokens: Words, start: int) -> bool:
    """Tell whether an "and" joins a relative to "I" or "we": "I and my brother"."""
    lists = phrases.lists()
    return any(lists[name].at(tokens, start - 1) for name in PRONOUNS)
