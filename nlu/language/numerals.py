"""Finds numbers in the words of a text: "twenty five", خمسة وعشرين, مية وعشرين, اثنين, "both"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from nlu.language import numbers
from nlu.language.clitics import readings
from nlu.language.folding import Word, Words
from nlu.language.lexicon import listed

HUNDRED = 100
BOTH = "both"
_DUALS = dict.fromkeys(listed("duals"), 2)
_HUNDREDS = dict.fromkeys(("hundred", "ميه", "مايه", "miya", "mia", "myia"), HUNDRED)
_HUNDREDS |= {"ميتين": 200, "مايتين": 200, "miten": 200}
_DUALS_AND_HUNDREDS = _DUALS | _HUNDREDS
_AND = frozenset(("w", "و", "and"))
_JOINED_AND = "و"
_JOINED_FOR = "ل"
_MIN_LETTERS_WITH_FOR = 5  # of a word: "for" and a number
_MIN_HEAD_LETTERS = 2
_THREE_DIGITS = 3
_TWENTY = 20


class Numeral(NamedTuple):
    """A number in a text: `length` words from `at`."""

    at: int
    length: int
    number: int

    @property
    def end(self) -> int:
        """The place of the word behind it."""
        return self.at + self.length


Numerals = Sequence[Numeral]


def find(tokens: Words) -> Iterator[Numeral]:
    """Yield every number of a text."""
    at = 0
    while at < len(tokens):
        number = number_of(tokens[at].folded)
        if number is None:
            at += 1
            continue
        numeral = _compound(tokens, at, number)
        yield numeral
        at = numeral.end


def _compound(
    tokens: Words,
    at: int,
    first: int,
) -> Numeral:
    """Read the number that begins with `first` at a word, of one word or of two."""
    single = Numeral(at, 1, first)
    is_linked = _is_and(tokens, at + 1)
    last = at + 2 if is_linked else at + 1
    second = _written_out(tokens, last)
    folded = tokens[at].folded
    if second is None or folded.isdigit():
        return single
    if first >= HUNDRED:
        is_joined = tokens[last].folded.startswith(_JOINED_AND)
        is_sum = is_linked or is_joined
        total = first + second if is_sum else None
    elif _is_turned(folded, first):
        total = None
    else:
        total = numbers.compound(first, second)
    if total is None:
        return single
    return Numeral(
        at=at,
        length=last + 1 - at,
        number=total,
    )


def _is_and(tokens: Words, at: int) -> bool:
    """Tell whether a word is "and" and another one follows."""
    if at + 1 >= len(tokens):
        return False
    return tokens[at].folded in _AND


def _is_turned(folded: str, number: int) -> bool:
    """Tell whether an Arabic number is complete: it says "five and twenty", never "twenty five"."""
    if folded.endswith("ty"):
        return False
    return number >= _TWENTY


def _written_out(tokens: Words, at: int) -> int | None:
    """Return the number in words at a place, None for digits and other words."""
    if at >= len(tokens):
        return None
    folded = tokens[at].folded
    if folded.isdigit():
        return None
    return number_of(folded)


@lru_cache(maxsize=20_000)
def number_of(folded: str) -> int | None:
    """Return the number that a folded word stands for, also behind "and" and "for"."""
    if folded == BOTH:
        return 2
    if _has_three_digits(folded):
        return _in_three_digits(folded)
    number = numbers.value(folded)
    if number:
        return number
    bare = folded.removeprefix(_JOINED_AND)
    for form in (folded, bare):
        if form in _DUALS_AND_HUNDREDS:
            return _DUALS_AND_HUNDREDS[form]
    is_long = len(folded) >= _MIN_LETTERS_WITH_FOR
    if is_long and folded.startswith(_JOINED_FOR):
        bare = folded.removeprefix(_JOINED_FOR)
    return numbers.value(bare)


def _has_three_digits(folded: str) -> bool:
    if len(folded) != _THREE_DIGITS:
        return False
    return folded.isascii() and folded.isdigit()


def _in_three_digits(folded: str) -> int | None:
    if folded.startswith("0"):
        return None
    return int(folded)


def start_of(word: Word, text: str) -> int:
    """Return where the number begins, a leading "and" or "for" left out."""
    if word.folded.isascii() or _is_numeral(word.folded):
        return word.start
    for name, start in readings(word, text, _MIN_HEAD_LETTERS):
        if name in _HUNDREDS or _is_numeral(name):
            return start
    return word.start


def _is_numeral(name: str) -> bool:
    return numbers.is_number(name) or name in _DUALS


def is_dual(folded: str) -> bool:
    """Tell whether a word says "two of them" by its ending, also behind "and"."""
    return folded.removeprefix(_JOINED_AND) in _DUALS


def is_plain_dual(folded: str) -> bool:
    """Tell whether a word says "two of them" by its ending, with no "and" before it."""
    return folded in _DUALS
