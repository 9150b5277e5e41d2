"""People a person speaks of: relatives, and how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nlu.language import numbers
from nlu.language.clitics import readings
from nlu.language.folding import Word, is_arabic
from nlu.language.index import DATA
from nlu.language.lexicon import listed

_ENDINGS = ("ي", "نا")  # my, our
_PEOPLE = listed("people")
_GROUP = listed("group")
_LINKS = listed("links")
_UNITS = listed("units")
_NOT_BEFORE = listed("not_before")
_WITH_ME = listed("with_me")
_SELF = listed("self")
_DUALS = dict.fromkeys(listed("duals"), 2)
_KINDS = listed("kinds")
_NOT_ALONE = listed("not_alone")
_JOINING = listed("joining")
_SEVERAL = listed("several")
_HUNDRED = 100
_HUNDREDS = dict.fromkeys(("hundred", "ميه", "مايه", "miya", "mia", "myia"), _HUNDRED)
_HUNDREDS |= {"ميتين": 200, "مايتين": 200, "miten": 200}
_AND = frozenset(("w", "و", "and"))
_ONE_PERSON = frozenset(("شخص", "person"))
_BOTH = "both"
# Participles, verbs and names of nations in the plural count people: محاصرين, راقدين, ينزفون,
# ليبيين, m7asrin.
_PLURALS = re.compile(r"(?:م\w{2,}|\wا\w{2,3})(?:ين|ون)|ي\w{3,}(?:ون|وا)|\w{2,}يين|m\w{3,}in")
_NO_PEOPLE = frozenset(
    ("مرتين", "مترين", "ميلين", "مليون", "ملايين", "ساعتين", "عامين", "martin", "milayin", "metrin")
)
_OUT_OF = frozenset(("من", "mn", "men", "of"))  # ثلاثة من الشباب
_MOST_ALONE = 20  # a higher number without a word for people is a fever or a price


class Count(NamedTuple):
    """A number of people, and where the number stands in the text."""

    value: int
    text: str
    start: int
    end: int


@lru_cache(maxsize=1)
def _relatives() -> dict[str, str]:
    known: dict[str, str] = {}
    for line in (DATA / "relatives.txt").read_text("utf-8").splitlines():
        value, colon, said = line.partition(":")
        if colon and not line.startswith("#"):
            for word in said.split("|"):
                for form in _forms(word.strip()):
                    known.setdefault(form, value)
    return known


def _forms(word: str) -> Iterator[str]:
    """Yield an Arabic noun as "my …", "our …" and "the …"; other words as they are."""
    if word.startswith("=") or not is_arabic(word):
        yield word.lstrip("=")
        return
    stem = word[:-1] + "ت" if word.endswith("ه") else word
    yield from (stem + ending for ending in _ENDINGS)
    if " " not in word:
        yield "ال" + word


def relative(name: str) -> str | None:
    """Which relative a folded name is (`mother`, `brother` …), or None."""
    return _relatives().get(name)


@lru_cache(maxsize=1)
def heads() -> frozenset[str]:
    """Return the first words of relatives of several words ("ولد عمي", "my boy")."""
    return frozenset(name.split(" ", 1)[0] for name in _relatives() if " " in name)


def count(said: list[Word], text: str) -> list[Count]:
    """Return the number of people a text gives: one count at most.

    "احنا خمسة" is 5; with "معايا زوجتي وثلاث صغار" the person and the wife are added: 5.
    """
    meant = [numeral for numeral in _numerals(said) if _is_of_people(said, *numeral)]
    if not meant:
        return []
    at, length, value = meant[0]
    start, end = _start(said[at], text), said[at + length - 1].end
    return [Count(value + _others(said, text, meant), text[start:end], start, end)]


def _numerals(said: list[Word]) -> Iterator[tuple[int, int, int]]:
    """Yield (position, words, value) of each number of a text."""
    at = 0
    while at < len(said):
        value = _value(said[at].folded)
        length = 1
        if value is not None:
            length, value = _compound(said, at, value)
            yield at, length, value
        at += length


def _compound(said: list[Word], at: int, first: int) -> tuple[int, int]:
    """Return (words, value) of the number that begins at `at`.

    "twenty five", خمسة وعشرين, "5amsa w 3ishrin", مية وعشرين.
    """
    is_linked = at + 2 < len(said) and said[at + 1].folded in _AND
    length = 3 if is_linked else 2
    second = _written_out(said, at + length - 1)
    if second is None or said[at].folded.isdigit():
        return 1, first
    if first >= _HUNDRED:
        is_joined = is_linked or said[at + 1].folded.startswith("و")
        return (length, first + second) if is_joined else (1, first)
    # Arabic says "five and twenty": عشرين واحد are twenty people.
    is_turned = first >= 20 and not said[at].folded.endswith("ty")
    if is_turned:
        return 1, first
    both = numbers.compound(first, second)
    return (length, both) if both else (1, first)


def _written_out(said: list[Word], at: int) -> int | None:
    """Return the value of a number in words at a place, None for digits and other words."""
    if at >= len(said) or said[at].folded.isdigit():
        return None
    return _value(said[at].folded)


@lru_cache(maxsize=20_000)
def _value(folded: str) -> int | None:
    """Return the number that a folded word stands for, also behind "and" and "for"."""
    if folded == _BOTH:
        return 2
    if folded.isascii() and folded.isdigit() and len(folded) == 3:
        return int(folded) if folded[0] != "0" else None
    bare = folded.removeprefix("و")
    found = numbers.value(folded) or _DUALS.get(folded)
    found = found or _DUALS.get(bare) or _HUNDREDS.get(bare)
    if found:
        return found
    has_for = folded.startswith("ل") and len(folded) > 4
    return numbers.value(folded[1:] if has_for else bare)


def _start(word: Word, text: str) -> int:
    """Return where the number begins, a leading "and" or "for" left out."""
    if word.folded.isascii() or _is_numeral(word.folded):
        return word.start
    for name, start in readings(word, text, 2):
        if name in _HUNDREDS or _is_numeral(name):
            return start
    return word.start


def _is_numeral(name: str) -> bool:
    return numbers.is_number(name) or name in _DUALS


def _is_of_people(said: list[Word], at: int, length: int, value: int) -> bool:
    """Tell whether a number counts people, by the two words before it and the two behind it."""
    end = at + length
    before = [word.folded for word in said[max(0, at - 2) : at]]
    after = [word.folded for word in said[end : end + 2]]
    is_of_us = after == ["of", "us"]
    if after and after[0] in _UNITS:
        return False
    if value == 1:
        return bool(after) and after[0] in _ONE_PERSON
    if said[at].folded == _BOTH:
        return is_of_us or before[-1:] == ["we"]
    is_dual = said[at].folded.removeprefix("و") in _DUALS
    if is_dual or is_of_us or _are_people(after):
        return True
    if value >= _HUNDRED:
        return False
    if before and before[-1] in _NOT_BEFORE:
        return False
    return _is_of_group(before) or _is_alone(said, at, length, value)


def _are_people(after: list[str]) -> bool:
    """Tell whether the words after a number begin with people: "kids", "little kids", محاصرين."""
    if not after:
        return False
    word = after[0]
    if word in _PEOPLE:
        return True
    if word not in _NO_PEOPLE and _PLURALS.fullmatch(word):
        return True
    is_of_a_kind = word in _KINDS or word in _OUT_OF
    return is_of_a_kind and after[-1] in _PEOPLE


def _is_of_group(before: list[str]) -> bool:
    """Tell whether the words before a number speak of us: احنا, ونحن, "family of"."""
    if not before:
        return False
    if _is_group(before[-1]):
        return True
    return before[-1] in _LINKS and _is_group(before[0])


def _is_group(word: str) -> bool:
    """Tell whether a word says "we" or "family", also behind "and" or "for"."""
    return word in _GROUP or (word[0] in "ول" and word[1:] in _GROUP)


def _is_alone(said: list[Word], at: int, length: int, value: int) -> bool:
    """Tell whether a text begins or ends with the only number in it, a small one."""
    if value > _MOST_ALONE:
        return False
    is_first = at == 0
    is_last = at + length == len(said)
    if not is_first and (not is_last or said[at - 1].folded in _NOT_ALONE):
        return False
    numerals = [word for word in said if _value(word.folded) is not None]
    return len(numerals) == length


def _others(said: list[Word], text: str, meant: list[tuple[int, int, int]]) -> int:
    """Count the people to add to the number, where the text lists who is with the speaker.

    They are the speaker and those named one by one.
    """
    first, length, _value = meant[0]
    company = sum(_named(word, text) for word in said[:first])
    if _lists_company(said, first, company):
        return 1 + company + sum(value for _, _, value in meant[1:])
    if len(meant) == 1:
        return 0
    second, _length, more = meant[1]
    return more if _is_sum(said, first + length, second) else 0


def _lists_company(said: list[Word], first: int, company: int) -> bool:
    """Tell whether the words before the first number list who is with the speaker.

    `company` is how many relatives they name one by one.
    """
    before = [word.folded for word in said[:first]]
    if any(word in _WITH_ME for word in before):
        return True
    for at, word in enumerate(before):
        if word in _SELF:
            return company > 0 or _is_joined(said, at, first)
    return False


def _is_sum(said: list[Word], after: int, second: int) -> bool:
    """Tell whether a second number adds people: "2 adults 3 children", «كبيرين وثلاث صغار».

    `after` is the word behind the first number, `second` the second number.
    """
    gap = second - after
    if gap == 0:
        return said[after - 1].folded in _DUALS and said[second].folded.startswith("و")
    if gap == 1 and said[after].folded in _PEOPLE:
        return True
    return gap <= 2 and _is_joined(said, after, second)


def _is_joined(said: list[Word], first: int, second: int) -> bool:
    """Tell whether nothing but "and", "my" and the like stands between two words."""
    between = [word.folded for word in said[first + 1 : second]]
    is_linked = bool(between) or said[second].folded.startswith("و")
    return is_linked and all(word in _JOINING for word in between)


def _named(word: Word, text: str) -> bool:
    """Tell whether a word names one relative; several are counted by their number."""
    if word.folded in _SEVERAL:
        return False
    return any(relative(name) not in {None, "family"} for name, _ in readings(word, text))
