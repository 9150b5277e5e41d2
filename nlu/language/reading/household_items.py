"""The words of a text as they count for a household: who, how many, how old, what they need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlu.language import gazetteer, numbers, numerals, people
from nlu.language.folding import Word, Words, words
from nlu.language.gazetteer import Mention
from nlu.language.languages import detect
from nlu.language.reading import names, phrases
from nlu.language.reading.phrases import Span

# The lists of household.txt, those that win over words of the same length first.
PREFIXES = ("home_need_", "home_age_", "home_two_", "home_many_", "home_one_")
MARKS = (
    "home_two_years", "home_two_months", "home_years", "home_months", "home_weeks",
    "home_naming", "home_one_of", "home_within", "home_other_one", "home_removed",
    "home_self", "home_not",
)  # fmt: skip
CALM = "home_calm"
JOINING = frozenset(("and", "w", "و", "with", "plus", "مع", "معايا", "معاي", "معي", "معانا"))
ARTICLES = frozenset(("a", "an", "the", "my", "our", "one"))
ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
DIGITS = re.compile(r"\d{1,6}")
UNIT = re.compile(r"(\d{1,3})(yo|y|yrs|yr|mo|m)")
PLACES = frozenset({"city", "country"})
ARTICLE = "ال"
MAX_NUMBER_WORDS = 3
KEPT_TEXTS = 64  # clauses of the messages that are read now
MIN_JOINED_LETTERS = 2  # a word of as many has no "and" before it


@dataclass(frozen=True, slots=True)
class Item:
    """Some words that count as one: `kind` says what they are, `code` which of its kind.

    `at` and `end` count words. `is_joined`: "and" or "with" stands before them.
    """

    kind: str
    code: str
    at: int
    end: int
    is_joined: bool = False
    number: int = 0
    is_english: bool = False


@dataclass(frozen=True, slots=True)
class _Passage:
    """A text, its words, and what the gazetteer finds in it."""

    text: str
    tokens: Words
    mentions: Sequence[Mention]


@lru_cache(maxsize=KEPT_TEXTS)
def items(text: str) -> Sequence[Item]:
    """Read the words of a text one after the other; what no list has is `unknown`.

    Several questions are asked about each clause of a message: it is read once.
    """
    passage = _Passage(
        text,
        words(text),
        gazetteer.find(text),
    )
    read: list[Item] = []
    at = 0
    while at < len(passage.tokens):
        item = _item(
            passage,
            at,
            read,
        )
        read.append(item)
        at = item.end
    return tuple(read)


def _item(
    passage: _Passage,
    at: int,
    before: Sequence[Item],
) -> Item:
    """Read what stands at a word: a name where one may stand, else the longest that is listed."""
    listed = _longest(passage, at)
    is_weak = listed is None or listed.kind in {"calm", "place", "relative name"}
    if is_weak:
        name = _name(
            passage,
            at,
            before,
        )
        if name:
            written = passage.text[passage.tokens[at].start : passage.tokens[at].end]
            return Item(
                "name",
                name,
                at,
                at + 1,
                is_joined=name != written,
            )
    if listed is not None:
        return listed
    return Item(
        "unknown",
        passage.tokens[at].folded,
        at,
        at + 1,
    )


# --- names ----------------------------------------------------------------------------------------


def _name(
    passage: _Passage,
    at: int,
    before: Sequence[Item],
) -> str | None:
    """Read a name where one may stand, without an "and" that is written together with it."""
    token = passage.tokens[at]
    written = passage.text[token.start : token.end]
    if _may_be_named(
        passage,
        at,
        before,
    ):
        return written
    bare = token.folded[1:]
    is_joined = token.folded.startswith("و") and names.is_name(bare)
    if is_joined and before and before[-1].kind in {"name", "many", "two"}:
        return written[1:]
    return None


def _may_be_named(
    passage: _Passage,
    at: int,
    before: Sequence[Item],
) -> bool:
    """Tell whether a word is a name: behind a relative, behind "is called", behind a name."""
    if not before:
        return False
    token = passage.tokens[at]
    if not token.folded.isalpha() or _is_preposition(passage.text, token):
        return False
    anchor = _anchor(before)
    if anchor is None:
        return False
    if anchor.kind == "naming" and before[-1] is anchor:
        return True
    return names.is_name(token.folded) or _is_capital(
        passage.text,
        token,
        anchor,
    )


def _is_preposition(text: str, token: Word) -> bool:
    """Tell «على» from the name «علي»."""
    return text[token.start : token.end].endswith("على")


def _is_capital(
    text: str,
    token: Word,
    anchor: Item,
) -> bool:
    """Tell whether a Latin word that no list has is written as a name."""
    if anchor.kind not in {"one", "naming", "name"}:
        return False
    return text[token.start].isupper() and phrases_of(token.folded) == ()


def _anchor(before: Sequence[Item]) -> Item | None:
    """Return what makes the next word a name: "my wife", "my wife is", "Ali and"."""
    last = before[-1]
    if last.kind in {"one", "two", "many", "naming", "name", "self", "not"}:
        return last
    if len(before) < 2 or last.kind != "calm":
        return None
    earlier = before[-2]
    is_link = last.code in {"is", "هي", "هو", "hiya", "howa", "and", "w", "و"}
    if is_link and earlier.kind in {"one", "two", "many", "name"}:
        return earlier
    return None


# --- lists ----------------------------------------------------------------------------------------


def _longest(passage: _Passage, at: int) -> Item | None:
    """Return the longest that is listed at a word; of equal length, what comes first counts."""
    longest: Item | None = None
    for item in _readings(passage, at):
        if longest is None or item.end > longest.end:
            longest = item
    return longest


def _readings(passage: _Passage, at: int) -> Iterator[Item]:
    yield from _listed(
        passage,
        at,
        _lists(),
    )
    yield from _numbers(passage.tokens, at)
    yield from _mentioned(passage, at)
    folded = passage.tokens[at].folded
    if ORDINAL.fullmatch(folded):
        yield Item(
            "calm",
            folded,
            at,
            at + 1,
        )
    for span in _spans(
        passage.tokens,
        at,
        CALM,
    ):
        yield Item(
            "calm",
            folded,
            at,
            span.end,
        )


def _listed(
    passage: _Passage,
    at: int,
    lists: Iterable[tuple[str, str, str]],
) -> Iterator[Item]:
    is_joined = _is_joined(passage.tokens, at)
    folded = passage.tokens[at].folded
    is_english = folded.isascii() and detect(folded) != "ar-Latn"
    possible = phrases.beginning(folded)
    for name, kind, code in lists:
        if name not in possible:
            continue
        for span in _spans(
            passage.tokens,
            at,
            name,
        ):
            yield Item(
                kind,
                code,
                at,
                span.end,
                is_joined,
                is_english=is_english,
            )


def _spans(
    tokens: Words,
    at: int,
    name: str,
) -> Iterator[Span]:
    """Yield the phrase of a list that begins with a word."""
    if name not in phrases.beginning(tokens[at].folded):
        return
    span = phrases.lists()[name].at(tokens, at)
    if span is not None:
        yield span


def _numbers(tokens: Words, at: int) -> Iterator[Item]:
    """Read a number; "5yo" is one with its unit."""
    folded = tokens[at].folded
    is_joined = _is_joined(tokens, at)
    unit = UNIT.fullmatch(folded)
    if unit:
        kind = "months" if unit[2].startswith("m") else "years"
        yield Item(
            "age in",
            kind,
            at,
            at + 1,
            is_joined,
            int(unit[1]),
        )
        return
    for number, length in _counted(tokens, at):
        yield Item(
            "number",
            folded,
            at,
            at + length,
            is_joined,
            number,
        )


def _counted(tokens: Words, at: int) -> Iterator[tuple[int, int]]:
    """Yield the number that stands at a word, and of how many words it is."""
    folded = tokens[at].folded
    if DIGITS.fullmatch(folded):
        yield int(folded), 1
        return
    if folded.startswith(ARTICLE):
        number = numbers.value(folded.removeprefix(ARTICLE))  # «بناتي الثلاثة»
        if number:
            yield number, 1
        return
    numeral = next(
        numerals.find(tokens[at : at + MAX_NUMBER_WORDS]),
        None,
    )
    if numeral is not None and numeral.at == 0:
        yield numeral.number, numeral.length


def _mentioned(passage: _Passage, at: int) -> Iterator[Item]:
    """Read a relative or a place of the gazetteer."""
    token = passage.tokens[at]
    for mention in passage.mentions:
        if not token.start <= mention.start < token.end:
            continue
        end = at + 1
        while end < len(passage.tokens) and passage.tokens[end].start < mention.end:
            end += 1
        if mention.entity == "relative" and mention.value != "family":
            joined = _is_joined(passage.tokens, at)
            yield Item(
                "one",
                str(mention.value),
                at,
                end,
                joined,
            )
        elif mention.entity in PLACES:
            yield Item(
                "place",
                str(mention.value),
                at,
                end,
            )


def _is_joined(tokens: Words, at: int) -> bool:
    """Tell whether "and" or "with" stands before a word, or is written together with it."""
    folded = tokens[at].folded
    before = at - 1
    while before > 0 and tokens[before].folded in ARTICLES:
        before -= 1
    if before >= 0 and tokens[before].folded in JOINING:
        return True
    if len(folded) <= MIN_JOINED_LETTERS or not folded.startswith("و"):
        return False
    return not _is_listed(folded) and _is_listed(folded[1:])


@lru_cache(maxsize=4096)
def _is_listed(folded: str) -> bool:
    """Tell whether a word, as it stands, is a relative, a number or in a list."""
    if people.relative(folded) or numbers.is_number(folded):
        return True
    lists = phrases.lists()
    return any(folded in lists[name].by_word for name, _kind, _code in _lists())


@lru_cache(maxsize=1)
def _lists() -> tuple[tuple[str, str, str], ...]:
    """Return the lists of a household, with the kind and the code of what they hold."""
    listed: list[tuple[str, str, str]] = []
    for mark in MARKS:
        listed.append((mark, mark.removeprefix("home_"), ""))
    for prefix in PREFIXES:
        kind = prefix.removeprefix("home_").rstrip("_")
        for name in phrases.lists():
            if name.startswith(prefix) and name not in MARKS:
                listed.append((name, kind, name.removeprefix(prefix)))
    return tuple(listed)


@lru_cache(maxsize=4096)
def phrases_of(folded: str) -> tuple[str, ...]:
    """Name the lists of a household in which a phrase may begin with a word."""
    lists = phrases.lists()
    begun: list[str] = []
    for name in (*(name for name, _kind, _code in _lists()), CALM):
        if lists[name].may_begin(folded):
            begun.append(name)
    return tuple(begun)
