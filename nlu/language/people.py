"""People a person speaks of: relatives, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nlu.language import numbers
from nlu.language.clitics import readings
from nlu.language.folding import Word, is_arabic
from nlu.language.index import DATA
from nlu.language.lexicon import listed

_ENDINGS = ("ي", "نا", "ه", "ها", "هم", "ك", "كم")
_PEOPLE = listed("people")
_GROUP = listed("group")
_LINKS = listed("links")
_UNITS = listed("units")
_NOT_BEFORE = listed("not_before")
_WITH_ME = listed("with_me")
_SELF = listed("self")
_DUALS = dict.fromkeys(listed("duals"), 2)
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
    """How an Arabic noun is written as "my", "our", "his …" and "the …"; other words as they are."""
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


def count(said: list[Word], text: str) -> list[Count]:
    """The number of people a text gives: one count at most.

    "احنا خمسة" is 5; with "معايا زوجتي وثلاث صغار" the person and the wife are added: 5.
    """
    numerals = [found for at in range(len(said)) if (found := _numeral(said, at))]
    meant = [(at, length, value) for at, length, value in numerals if _is_of_people(said, at, length, value)]
    if not meant:
        return []
    at, length, value = meant[0]
    start, end = _start(said[at], text), said[at + length - 1].end
    return [Count(value + _others(said, text, [spot for spot, _, _ in meant]), text[start:end], start, end)]


def _numeral(said: list[Word], at: int) -> tuple[int, int, int] | None:
    """(position, words, value) of a number that begins here; the second half of a compound is none of its own."""
    value = _value(said[at])
    if value is None:
        return None
    if at + 1 < len(said) and (second := _value(said[at + 1])) and (both := numbers.compound(value, second)):
        return at, 2, both
    if at and (before := _value(said[at - 1])) and numbers.compound(before, value):
        return None
    return at, 1, value


def _value(word: Word) -> int | None:
    return numbers.value(word.folded) or _DUALS.get(word.folded) or _DUALS.get(word.folded.removeprefix("و"))


def _start(word: Word, text: str) -> int:
    """Where the number begins, a leading "and" left out."""
    if word.folded.startswith("و") and word.folded not in {"واحد", "واحده", "وحده"}:
        return next((start for name, start in readings(word, text) if name == word.folded[1:]), word.start)
    return word.start


def _is_of_people(said: list[Word], at: int, length: int, value: int) -> bool:
    before = [word.folded for word in said[max(0, at - 2) : at]]
    after = [word.folded for word in said[at + length : at + length + 2]]
    if (after and after[0] in _UNITS) or (before and before[-1] in _NOT_BEFORE):
        return False
    if value == 1 and after[:1] != ["شخص"] and after[:1] != ["person"]:
        return False
    if (
        any(word in _PEOPLE for word in after[:1])
        or said[at].folded.removeprefix("و") in _DUALS
        or after == ["of", "us"]
    ):
        return True
    if before and (before[-1] in _GROUP or (before[-1] in _LINKS and before[0] in _GROUP)):
        return True
    is_only_number = sum(_value(word) is not None for word in said) == length
    return is_only_number and value <= _MOST_ALONE and (at == 0 or at + length == len(said))


def _others(said: list[Word], text: str, counted: list[int]) -> int:
    """People to add to the number: the speaker and those named one by one, when the text lists who is with them."""
    opening = [at for at in range(counted[0]) if said[at].folded in _WITH_ME]
    listed = [at for at in range(counted[0]) if _named(said[at], text)]
    begins_with_self = any(said[at].folded in _SELF for at in range(counted[0]))
    if not opening and not (begins_with_self and listed):
        return 0
    more = sum(numbers.value(said[at].folded) or _DUALS.get(said[at].folded.removeprefix("و"), 0) for at in counted[1:])
    return 1 + len(listed) + more


def _named(word: Word, text: str) -> bool:
    return any(relative(name) not in {None, "family"} for name, _ in readings(word, text))
