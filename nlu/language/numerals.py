"""Finds numbers in the words of a text: "twenty five", خمسة وعشرين, مية وعشرين, اثنين, "both"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from nlu.language import numbers
from nlu.language.clitics import readings
from nlu.language.folding import Word
from nlu.language.lexicon import listed

HUNDRED = 100
BOTH = "both"
_DUALS = dict.fromkeys(listed("duals"), 2)
_HUNDREDS = dict.fromkeys(("hundred", "ميه", "مايه", "miya", "mia", "myia"), HUNDRED)
_HUNDREDS |= {"ميتين": 200, "مايتين": 200, "miten": 200}
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


def find(tokens: Sequence[Word]) -> Iterator[Numeral]:
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
    tokens: Sequence[Word],
    at: int,
    first: int,
) -> Numeral:
    """Read the number that begins with `first` at a word, of one word or of two."""
    single = Numeral(at, 1, first)
    is_linked = _is_and(tokens, at + 1)
    length = 3 if is_linked else 2
    second = _written_out(tokens, at + length - 1)
    folded = tokens[at].folded
    if second is None or folded.isdigit():
        return single
    if first >= HUNDRED:
        is_joined = is_linked or tokens[at + 1].folded.startswith(_JOINED_AND)
        return Numeral(at, length, first + second) if is_joined else single
    if _is_turned(folded, first):
        return single
    total = numbers.compound(first, second)
    if total is None:
        return single
    return Numeral(at, length, total)


def _is_and(tokens: Sequence[Word], at: int) -> bool:
    """Tell whether a word is "and" and another one follows."""
    if at + 1 >= len(tokens):
        return False
    return tokens[at].folded in _AND


def _is_turned(folded: str, number: int) -> bool:
    """Tell whether an Arabic number is complete: it says "five and twenty", never "twenty five"."""
    return number >= _TWENTY and not folded.endswith("ty")


def _written_out(tokens: Sequence[Word], at: int) -> int | None:
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
        return None if folded.startswith("0") else int(folded)
    bare = folded.removeprefix(_JOINED_AND)
    number = numbers.value(folded) or _DUALS.get(folded)
    number = number or _DUALS.get(bare) or _HUNDREDS.get(bare)
    if number:
        return number
    is_long = len(folded) >= _MIN_LETTERS_WITH_FOR
    if is_long and folded.startswith(_JOINED_FOR):
        return numbers.value(folded[1:])
    return numbers.value(bare)


def _has_three_digits(folded: str) -> bool:
    if len(folded) != _THREE_DIGITS:
        return False
    return folded.isascii() and folded.isdigit()


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
