"""A line of a list, chosen by its number: "1", «رقم واحد», "(1)", "1 - safe", ①, 1️⃣."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.text.text import ascii_digits, without_invisible
from nlu.language import numbers
from nlu.language.folding import fold, words

# The box and the colours of an emoji, and marks of direction that keyboards put before a digit.
_UNSEEN = dict.fromkeys(map(ord, "\u20e3\ufe0e\ufe0f\u061c\u200c\u200d\u00ad\u0640"))
_PREFIXES = frozenset(
    fold(
        "رقم الرقم نمرة نمره خيار الخيار اختيار الاختيار اجابة الاجابة جواب الجواب "
        "number num no nr option choice answer the raqm rakm ra9m ra9em khayar 5ayar"
    ).split()
)
_SUFFIXES = frozenset(("one", "option", "please", "pls"))
_ORDINALS = {
    fold(word): number
    for number, ordinals in enumerate(
        (
            "الأول الأولى الاولانية first 1st",
            "الثاني الثانية التاني التانية second 2nd",
            "الثالث الثالثة التالت التالتة third 3rd",
            "الرابع الرابعة fourth 4th",
            "الخامس الخامسة fifth 5th",
            "السادس السادسة sixth 6th",
            "السابع السابعة seventh 7th",
            "الثامن الثامنة eighth 8th",
            "التاسع التاسعة ninth 9th",
        ),
        start=1,
    )
    for word in ordinals.split()
}
_DIGITS = re.compile(r"\d{1,2}")


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of a line, and the words behind it, folded."""

    number: int
    rest: tuple[str, ...] = ()


def read(text: str) -> Choice | None:
    """Read a message that begins with the number of a line; None for any other."""
    if text.strip().startswith("+"):
        return None  # a telephone number, or somebody more
    tokens = _tokens(text)
    while len(tokens) > 1 and tokens[0] in _PREFIXES:
        tokens = tokens[1:]
    if not tokens:
        return None
    number = _number(tokens[0])
    if number is None:
        return None
    rest = [token for token in tokens[1:] if token not in _SUFFIXES]
    return Choice(number, tuple(rest))


def number(text: str) -> int | None:
    """Return the number of a line that a message is, and says nothing else; None for any other."""
    choice = read(text)
    if choice is None or choice.rest:
        return None
    return choice.number


def _tokens(text: str) -> list[str]:
    """List the words of a text as they are typed on any keyboard."""
    visible = without_invisible(text).translate(_UNSEEN)
    digits = ""
    for letter in ascii_digits(visible):
        digits += str(unicodedata.digit(letter, letter))
    return [word.folded for word in words(digits)]


def _number(token: str) -> int | None:
    if _DIGITS.fullmatch(token):
        return int(token)
    if token in _ORDINALS:
        return _ORDINALS[token]
    if not numbers.is_number(token):
        return None
    return numbers.value(token)
