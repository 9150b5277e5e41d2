"""Finds places, relatives and counts of people in a text, in both scripts, with the prefixes Arabic
writes together.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import NamedTuple

from nlu.language import clitics, index, owning, people
from nlu.language.clitics import readings
from nlu.language.folding import Word, words
from nlu.language.index import City
from nlu.language.lexicon import listed
from nlu.language.skeleton import skeleton

__all__ = ["City", "Mention", "cities_named", "city", "country_named", "find", "nearest"]

Reading = tuple[str, int]  # a name a word may be, and where it starts

_LONGEST_NAME = 4  # words
# letters of a word in Arabizi that may be a town without "in" or "from" before it
_SHORTEST_CLEAR = 6
_PLACING = listed("placing")
_TOWARDS = listed("towards")
_BEFORE_CODE = listed("before_town")
_CAPITALS = {"US": "US", "UK": "GB", "UAE": "AE"}  # "us" is a pronoun, "US" is not
_NOISE = listed("noise")
_PEOPLE = listed("people")
_PRAYERS = listed("prayers")
_PRAYER_TIME = listed("prayer_time")


class Mention(NamedTuple):
    """Something named in a text: `text[start:end]` is as typed.

    `entity` is city (value `CC/English name`), country (ISO alpha-2), person_count (int) or
    relative (see INTERFACE).
    """

    entity: str
    value: str | int
    text: str
    start: int
    end: int


def find(text: str, home: str | None = None) -> list[Mention]:
    """Everything named in a text, in order.

    `home` (alpha-2) decides between places of the same name.
    """
    said = [_unended(word, text) for word in words(text)]
    found: list[Mention] = []
    at = 0
    while at < len(said):
        read = list(readings(said[at], text, 2))
        mention, length = (
            _relative_at(said, at, read, text) or _place_at(said, at, read, text, home) or (None, 1)
        )
        if mention:
            found.append(_by_vowels(mention))
        at += length
    taken = {mention.start for mention in found}
    counts = (
        Mention("person_count", *count)
        for count in people.count(said, text)
        if count.start not in taken
    )
    return sorted([*found, *counts], key=lambda mention: mention.start)


def _unended(word: Word, text: str) -> Word:
    """Return a word without its ending: "brother's" is a brother, "istanbul'da" is in Istanbul."""
    parted = clitics.ended(word, text)
    if parted:
        name, ending = parted
        return name if ending == "s" or _is_place(name.folded) else word
    if _is_place(word.folded):
        return word
    clear = (name for name in clitics.endings(word) if _is_clear_place(name.folded))
    return next(clear, word)


def _is_place(folded: str) -> bool:
    """Tell whether a word is a name of a city or a country."""
    known = index.index()
    return folded in known.cities or folded in known.countries


def _is_clear_place(folded: str) -> bool:
    """Tell whether a word is such a name, and no everyday word."""
    known = index.index()
    is_weak = folded in known.weak or folded in known.weak_countries
    return _is_place(folded) and not is_weak


def _relative_at(
    said: list[Word], at: int, read: list[Reading], text: str
) -> tuple[Mention, int] | None:
    for length in (3, 2, 1):
        for name, start in _names(said, at, length, read, people.heads()):
            if (
                (value := people.relative(name))
                and _is_typed(name, said[at])
                and owning.is_own(said, at, length, name)
            ):
                end = said[at + length - 1].end
                return Mention("relative", value, text[start:end], start, end), length
    return None


def _is_typed(name: str, word: Word) -> bool:
    """Tell whether a relative in Latin letters has no article: "elahli" is a club."""
    return not name.isascii() or name.startswith(word.folded)


def _place_at(
    said: list[Word], at: int, read: list[Reading], text: str, home: str | None
) -> tuple[Mention, int] | None:
    word, known = said[at], index.index()
    if code := _CAPITALS.get(text[word.start : word.end]):
        is_cry = (
            text.isupper()
            and code == "US"
            and not (at and said[at - 1].folded in _PLACING | {"the"})
        )
        return (
            None
            if is_cry
            else (Mention("country", code, text[word.start : word.end], word.start, word.end), 1)
        )
    for length in range(_LONGEST_NAME, 0, -1):
        for name, start in _names(said, at, length, read, known.heads):
            if name not in known.countries and name not in known.cities:
                continue
            if start != word.start and word.folded in known.whole and length == 1:
                break
            if meant := _meant(name, start, said, at, length, home):
                end = said[at + length - 1].end
                return Mention(*meant, text[start:end], start, end), length
    return _by_code(said, at, text, home)


def _names(
    said: list[Word], at: int, length: int, read: list[Reading], heads: Container[str]
) -> Iterator[tuple[str, int]]:
    """Yield the readings of `length` words from `at` as one name: (name, where it starts)."""
    if length == 1:
        yield from (one for one in read if len(one[0]) > 2 or one is read[0])
    elif at + length <= len(said):
        firsts = [one for one in read if one[0] in heads]
        rest = "".join(" " + word.folded for word in said[at + 1 : at + length]) if firsts else ""
        yield from ((name + rest, start) for name, start in firsts)


def _meant(
    name: str, start: int, said: list[Word], at: int, length: int, home: str | None
) -> tuple[str, str] | None:
    """Return (entity, value) of a name; an everyday word counts only where the text places it."""
    known, before = index.index(), said[at - 1].folded if at else ""
    if name in _PRAYERS and before in _PRAYER_TIME:
        return None
    if name == "ليبيا" and before.endswith("ا") and before in _PEOPLE:
        return None  # مواطنا ليبيا is a Libyan
    is_joined = start != said[at].start
    if code := known.countries.get(name):
        is_sent = (
            said[at].folded[0] in "لب" if is_joined else before in _PLACING or before in _TOWARDS
        )
        if name not in known.weak_countries or is_sent or _alone(said, at, length):
            return "country", code
    is_placed = (
        name not in known.weak or (not is_joined and before in _PLACING) or _alone(said, at, length)
    )
    if (rows := known.cities.get(name)) and is_placed:
        return "city", index.ranked(rows, home)[0].value
    return None


def _by_vowels(mention: Mention) -> Mention:
    """Tell what the vowels of a name decide: عُمان is Oman, عَمّان is Amman."""
    is_oman = mention.value == "JO/Amman" and mention.text.startswith("ع\u064f")
    return mention._replace(entity="country", value="OM") if is_oman else mention


def _alone(said: list[Word], at: int, length: int) -> bool:
    """Tell whether the text says nothing but this name ("Reading", "ana fi Sour")."""
    others = said[:at] + said[at + length :]
    return all(word.folded in _NOISE for word in others)


def _by_code(said: list[Word], at: int, text: str, home: str | None) -> tuple[Mention, int] | None:
    """Find a town or a country in Latin letters, however spelt.

    It stands after "fi", "men" and the like, or is unmistakable.
    """
    word = said[at]
    if len(word.folded) < 4 or not word.folded[0].isascii() or word.folded.isdigit():
        return None
    is_placed = at > 0 and said[at - 1].folded in _BEFORE_CODE
    if not is_placed and len(word.folded) < _SHORTEST_CLEAR:
        return None
    code = skeleton(word.folded)
    rows = index.index().codes.get(code) if is_placed else index.index().clear_codes.get(code)
    if not rows:
        return None
    meant = ("country", rows) if rows.isalpha() else ("city", index.ranked(rows, home)[0].value)
    return Mention(*meant, text[word.start : word.end], word.start, word.end), 1


def cities_named(text: str, home: str | None = None) -> list[City]:
    """Return the cities a name may mean, likeliest first; empty when the text is no city.

    For asking "which one?".
    """
    said = words(text)
    for length in range(min(_LONGEST_NAME, len(said)), 0, -1):
        for at in range(len(said) - length + 1):
            for name, _ in _names(
                said, at, length, list(readings(said[at], text, 2)), index.index().heads
            ):
                if rows := index.index().cities.get(name):
                    return index.ranked(rows, home)
    return []


def city(value: str) -> City:
    """Return the city of a value such as `TR/Istanbul`. Raises KeyError for any other text."""
    return index.row(index.by_value()[value])


def nearest(latitude: float, longitude: float, country: str | None = None) -> City:
    """Return the city closest to a position (degrees, WGS 84), within a country (alpha-2) if one is
    given.
    """
    return index.nearest(latitude, longitude, country)


def country_named(text: str) -> str | None:
    """Return the alpha-2 code of the first country that a text names."""
    said = words(text)
    for at in range(len(said)):
        read = list(readings(said[at], text, 2))
        for length in range(_LONGEST_NAME, 0, -1):
            for name, _ in _names(said, at, length, read, index.index().heads):
                code = index.index().countries.get(name)
                placed = at > 0 and said[at - 1].folded in _PLACING | _TOWARDS
                if code and (
                    name not in index.index().weak_countries or placed or _alone(said, at, length)
                ):
                    return code
    return None
