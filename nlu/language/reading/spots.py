"""Places that no gazetteer knows, in the writer's words: a camp, a village, "block 8", a school.

They are heard after "I am in", and as the answer to "where are you?": never a whole sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nlu.language import numbers, people
from nlu.language.folding import Word, fold, words
from nlu.language.meanings import meanings
from nlu.language.reading import names, phrases

DATA = Path(__file__).with_name("spots.txt")
MAX_WORDS = 10
MAX_STRANGE_WORDS = 3  # of a name without "street", "camp" or a number
MAX_NAME_WORDS = 4  # of a name that a noun ends: "Wad Elnour village"
MAX_CHARS = 80
MIN_LETTERS = 3  # of a name alone, and different ones of all its words: «همم» is none
ENDING_JOINED = frozenset(fold("معايا معاي معي معانا معنا").split())  # after "and"
EDGES = " \t\n.,،;؛:!-()\"'«»"
Span = tuple[int, int]
# What a sentence has, and no name of a place.
SPOKEN = (
    "missing",
    "held",
    "hurt",
    "dead",
    "danger",
    "well",
    "household",
    "want",
    "wanting",
    "cry",
    "asking",
    "not",
    "i",
    "we",
    "third",
    "agree",
    "refuse",
    "wrong",
    "no_call",
    "going",
    "leaving",
    "past",
    "former",
    "not_in",
    "born",
    "later",
)
GRAVE = ("missing", "held", "hurt", "dead", "danger", "cry", "asking", "agree", "refuse")


class Opening(NamedTuple):
    """How a text opens: the words after it, and whether it says that the writer is in there."""

    rest: list[Word]
    is_told: bool


def told(text: str, start: int, end: int, named: Sequence[Span] = ()) -> str | None:
    """Read the place after "I am in" in a clause, `text[start:end]`; None where there is none.

    `named` are the places of the gazetteer in it.
    """
    tokens = [word for word in words(text) if start <= word.start < end]
    opening = _open(tokens)
    if not opening.is_told:
        return None
    rest = _until_ending(text, opening.rest)
    return _described(text, rest, named, is_asked=False)


def answer(text: str, named: Sequence[Span] = ()) -> str | None:
    """Read the place of an answer to "where are you?"; None for a sentence about something else."""
    opening = _open(words(text))
    return _described(text, opening.rest, named, is_asked=True)


def may_be_anywhere(description: str) -> bool:
    """Tell whether a description is of a camp, a village and the like, in any part of a country.

    A street, a hotel or a name that nobody knows is where the writer was.
    """
    forms = [word.folded for word in words(description)]
    forms += [form.removeprefix("ال") for form in forms]
    is_within = any(form in _lists()["within"] for form in forms)
    return not is_within and any(form in _lists()["anywhere"] for form in forms)


def _described(
    text: str,
    tokens: Sequence[Word],
    named: Sequence[Span],
    is_asked: bool,
) -> str | None:
    """Return the words of a description as typed, without the places that are known."""
    own = [word for word in tokens if not _is_in(word, named)]
    while own and _is_small(own[-1]):
        own.pop()
    while own and _is_small(own[0]):
        own.pop(0)
    if not own or not _is_description(text, own, bool(named), is_asked):
        return None
    typed = text[own[0].start : own[-1].end]
    for start, end in sorted(named, reverse=True):
        if own[0].start < start < own[-1].end:
            typed = typed[: start - own[0].start] + typed[end - own[0].start :]
    typed = " ".join(typed.split()).strip(EDGES)
    return typed if typed and len(typed) <= MAX_CHARS else None


def _is_description(text: str, own: Sequence[Word], has_name: bool, is_asked: bool) -> bool:
    if len(own) > MAX_WORDS or _is_question(text):
        return False
    is_evident = any(_is_noun(word) for word in own)
    lists = GRAVE if is_evident else SPOKEN
    others = [word for word in own if not _is_noun(word)]
    if any(phrases.has(name, others) for name in lists):
        return False
    if is_evident:
        return (len(own) > 1 or is_asked) and _is_like_name(own)
    if len(own) > MAX_STRANGE_WORDS or (has_name and not is_asked):
        return False
    letters = {letter for word in own for letter in word.folded}
    is_name = len(letters) >= MIN_LETTERS and all(_is_strange(word) for word in own)
    return is_name and not _are_names(own)


def _is_like_name(own: Sequence[Word]) -> bool:
    """Tell whether a noun of a place opens words or ends a few: «أنام في المسجد» is a sentence."""
    first = next(number for number, word in enumerate(own) if _is_noun(word))
    is_after_preposition = first > 0 and _is_listed(own[first - 1], "inside")
    if first <= 1:
        return not is_after_preposition
    has_small_word = any(_is_small(word) for word in own)
    return len(own) <= MAX_NAME_WORDS and not has_small_word


def _is_strange(word: Word) -> bool:
    """Tell whether a word means nothing to this service: it may be the name of a village."""
    folded = word.folded
    if folded.isdigit() or _is_listed(word, "joining"):
        return True
    bare = folded.removeprefix("ال")
    if _is_listed(word, "nowhere") or bare in _lists()["nowhere"] or people.relative(folded):
        return False
    is_known = phrases.has("known", [word]) or bool(meanings([folded]))
    return len(folded) >= MIN_LETTERS and not is_known


def _are_names(own: Sequence[Word]) -> bool:
    """Tell whether words are but names of people, or numbers."""
    return all(names.is_name(word.folded) or _is_number(word) for word in own)


def _is_number(word: Word) -> bool:
    return word.folded.isdigit() or numbers.value(word.folded) is not None


def _open(tokens: Sequence[Word]) -> Opening:
    """Take "I am in" off the beginning."""
    rest = list(tokens)
    has_writer = False
    while rest and (_is_listed(rest[0], "writer") or _is_listed(rest[0], "being")):
        has_writer = True
        rest.pop(0)
    is_inside = bool(rest) and _is_listed(rest[0], "inside")
    if is_inside:
        rest.pop(0)
    elif rest and _is_joined(rest[0]):
        is_inside = True
        first = rest[0]
        rest[0] = Word(first.folded[1:], first.start + 1, first.end)
    return Opening(rest, has_writer and is_inside)


def _is_joined(word: Word) -> bool:
    """Tell whether "in" is written together with the noun of a place: «بفندق»."""
    if word.folded[0] not in "بف":
        return False
    return _is_noun(Word(word.folded[1:], word.start, word.end))


def _until_ending(text: str, tokens: Sequence[Word]) -> list[Word]:
    place_words: list[Word] = []
    for word in tokens:
        is_ending = _is_listed(word, "ending") or word.folded.removeprefix("و") in ENDING_JOINED
        if place_words and (is_ending or _is_parted(text, place_words[-1], word)):
            break
        place_words.append(word)
    return place_words


def _is_parted(text: str, before: Word, word: Word) -> bool:
    between = text[before.end : word.start]
    return any(mark in between for mark in ".!?؟؛;\n")


def _is_question(text: str) -> bool:
    return text.rstrip().endswith(("?", "؟"))


def _is_noun(word: Word) -> bool:
    bare = word.folded.removeprefix("ال").removeprefix("el").removeprefix("al")
    listed = _lists()["within"] | _lists()["anywhere"]
    return word.folded in listed or bare in listed


def _is_small(word: Word) -> bool:
    return _is_listed(word, "inside") or word.folded in {"من", "of", "the", "و", "and", "w"}


def _is_in(word: Word, spans: Sequence[Span]) -> bool:
    return any(start < word.end and word.start < end for start, end in spans)


def _is_listed(word: Word, name: str) -> bool:
    return word.folded in _lists()[name]


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for line in DATA.read_text("utf-8").splitlines():
        name, colon, listing = line.partition(":")
        if colon and not line.startswith("#"):
            listed = frozenset(fold(word) for word in listing.split())
            lists[name] = lists.get(name, frozenset()) | listed
    return lists
