"""Finds places, relatives and counts of people in a text, in both scripts, with the prefixes Arabic writes together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from nlu.language import index, people
from nlu.language.clitics import readings
from nlu.language.folding import Word, is_arabic, words
from nlu.language.index import City
from nlu.language.lexicon import listed
from nlu.language.skeleton import skeleton

__all__ = ["City", "Mention", "cities_named", "city", "country_named", "find", "nearest"]

_LONGEST_NAME = 4  # words
_PLACING = listed("placing")
_BEFORE_CODE = listed("before_town")
_CAPITALS = {"US": "US", "UK": "GB", "UAE": "AE"}  # "us" is a pronoun, "US" is not
_NOBODYS = listed("nobodys")
_NOISE = listed("noise")


class Mention(NamedTuple):
    """Something named in a text: `text[start:end]` is as typed.

    `entity` is city (value `CC/English name`), country (ISO alpha-2), person_count (int) or relative (see INTERFACE).
    """

    entity: str
    value: str | int
    text: str
    start: int
    end: int


def find(text: str, home: str | None = None) -> list[Mention]:
    """Everything named in a text, in order. `home` (alpha-2) decides between places of the same name."""
    said = [_unpossessed(word, text) for word in words(text)]
    found: list[Mention] = []
    at = 0
    while at < len(said):
        mention, length = _relative_at(said, at, text) or _place_at(said, at, text, home) or (None, 1)
        if mention:
            found.append(mention)
        at += length
    taken = {mention.start for mention in found}
    counts = (Mention("person_count", *count) for count in people.count(said, text) if count.start not in taken)
    return sorted([*found, *counts], key=lambda mention: mention.start)


def _unpossessed(word: Word, text: str) -> Word:
    """ "brother's" is a brother."""
    is_possessive = word.folded.endswith("s") and text[word.end - 2 : word.end - 1] in {"'", "’"}
    return Word(word.folded[:-1], word.start, word.end - 2) if is_possessive else word


def _relative_at(said: list[Word], at: int, text: str) -> tuple[Mention, int] | None:
    if at > 0 and said[at - 1].folded in _NOBODYS:
        return None
    for length in (3, 2, 1):
        for name, start in _names(said, at, length, text):
            if value := people.relative(name):
                end = said[at + length - 1].end
                return Mention("relative", value, text[start:end], start, end), length
    return None


def _place_at(said: list[Word], at: int, text: str, home: str | None) -> tuple[Mention, int] | None:
    word = said[at]
    if code := _CAPITALS.get(text[word.start : word.end]):
        return Mention("country", code, text[word.start : word.end], word.start, word.end), 1
    for length in range(_LONGEST_NAME, 0, -1):
        for name, start in _names(said, at, length, text):
            after = start == word.start and at > 0 and said[at - 1].folded in _PLACING
            if meant := _meant(name, home, after or _alone(said, at, length)):
                end = said[at + length - 1].end
                return Mention(*meant, text[start:end], start, end), length
    return _by_code(said, at, text, home)


def _names(said: list[Word], at: int, length: int, text: str) -> Iterator[tuple[str, int]]:
    """The readings of `length` words from `at` as one name: (name, where it starts)."""
    if at + length > len(said):
        return
    rest = "".join(" " + word.folded for word in said[at + 1 : at + length])
    whole = length == 1 and said[at].folded in index.index().whole
    for name, start in readings(said[at], text, 2 if length > 1 else 3):
        yield name + rest, start
        if whole:
            return


def _meant(name: str, home: str | None, placed: bool) -> tuple[str, str] | None:
    """(entity, value) of a name; an everyday word counts only where the text places it."""
    known = index.index()
    if (code := known.countries.get(name)) and (placed or name not in known.weak_countries):
        return "country", code
    if (rows := known.cities.get(name)) and (placed or name not in known.weak):
        return "city", index.ranked(rows, home)[0].value
    return None


def _alone(said: list[Word], at: int, length: int) -> bool:
    """Whether the text says nothing but this name ("Reading", "ana fi Sour")."""
    others = said[:at] + said[at + length :]
    return all(word.folded in _NOISE for word in others)


def _by_code(said: list[Word], at: int, text: str, home: str | None) -> tuple[Mention, int] | None:
    """An Arabic town in Latin letters after "fi", "men" and the like, whatever its spelling."""
    word = said[at]
    if at == 0 or said[at - 1].folded not in _BEFORE_CODE or is_arabic(word.folded) or len(word.folded) < 4:
        return None
    if rows := index.index().codes.get(skeleton(word.folded)):
        value = index.ranked(rows, home)[0].value
        return Mention("city", value, text[word.start : word.end], word.start, word.end), 1
    return None


def cities_named(text: str, home: str | None = None) -> list[City]:
    """The cities a name may mean, likeliest first; empty when the text is no city. For asking "which one?"."""
    said = words(text)
    for length in range(min(_LONGEST_NAME, len(said)), 0, -1):
        for at in range(len(said) - length + 1):
            for name, _ in _names(said, at, length, text):
                if rows := index.index().cities.get(name):
                    return index.ranked(rows, home)
    return []


def city(value: str) -> City:
    """The city of a value such as `TR/Istanbul`. Raises KeyError for any other text."""
    return index.row(index.by_value()[value])


def nearest(latitude: float, longitude: float, country: str | None = None) -> City:
    """The city closest to a position (degrees, WGS 84), within a country (alpha-2) if one is given."""
    return index.nearest(latitude, longitude, country)


def country_named(text: str) -> str | None:
    """The alpha-2 code of the first country named in a text, also when it names nothing else."""
    said = words(text)
    for at in range(len(said)):
        for length in range(_LONGEST_NAME, 0, -1):
            for name, _ in _names(said, at, length, text):
                code = index.index().countries.get(name)
                placed = at > 0 and said[at - 1].folded in _PLACING
                if code and (name not in index.index().weak_countries or placed or _alone(said, at, length)):
                    return code
    return None
