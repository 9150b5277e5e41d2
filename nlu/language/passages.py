"""A text on its way through the gazetteer: its words, the names they may be, and what is named."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from nlu.language.clitics import Reading, Readings, readings
from nlu.language.folding import Words, spell
from nlu.language.lexicon import listed

_NOISE = listed("noise")
_MIN_NAME_LETTERS = 3  # of a name that a word is without its prefix
_MIN_HEAD_LETTERS = 2  # of the first of several words ("بام درمان")


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


Mentions = Sequence[Mention]


class Sighting(NamedTuple):
    """A mention, and how many words it takes."""

    mention: Mention
    length: int


class Passage(NamedTuple):
    """A text and its words; `home` (alpha-2) decides between places of one name."""

    text: str
    tokens: Words
    home: str | None = None

    def readings(self, at: int) -> list[Reading]:
        """List the ways to read a word, also as the first of several."""
        word = self.tokens[at]
        return list(readings(word, self.text, _MIN_HEAD_LETTERS))


class Candidate(NamedTuple):
    """Some words of a passage read as one name: `length` of them from `at`; in the text the name
    begins at `start`.
    """

    passage: Passage
    name: str
    start: int
    at: int
    length: int = 1

    @property
    def word(self) -> str:
        """The first word, folded, with the prefixes that are joined to it."""
        return self.passage.tokens[self.at].folded

    @property
    def before(self) -> str:
        """The folded word before the name, "" at the beginning of the text."""
        if self.at == 0:
            return ""
        return self.passage.tokens[self.at - 1].folded

    @property
    def is_joined(self) -> bool:
        """Whether a prefix is written together with the name."""
        return self.start != self.passage.tokens[self.at].start

    def is_alone(self) -> bool:
        """Tell whether the text says nothing but this name ("Reading", "ana fi Sour")."""
        tokens = self.passage.tokens
        end = self.at + self.length
        before = spell(tokens[: self.at])
        behind = spell(tokens[end:])
        return _NOISE.issuperset(before + behind)

    def sight(self, entity: str, meaning: str) -> Sighting:
        """Make a mention of the name."""
        last = self.passage.tokens[self.at + self.length - 1]
        mention = Mention(
            entity=entity,
            value=meaning,
            text=self.passage.text[self.start : last.end],
            start=self.start,
            end=last.end,
        )
        return Sighting(mention, self.length)


def whole(passage: Passage, at: int) -> Candidate:
    """Read a word as a name, as it stands."""
    word = passage.tokens[at]
    return Candidate(
        passage,
        name=word.folded,
        start=word.start,
        at=at,
    )


def candidates(
    passage: Passage,
    at: int,
    length: int,
    first_readings: Readings,
    heads: Container[str],
) -> Iterator[Candidate]:
    """Yield the ways to read so many words as one name, by the readings of the first.

    `heads` are the words that a name of several words may begin with.
    """
    if length == 1:
        yield from _single(passage, at, first_readings)
        return
    if at + length > len(passage.tokens):
        return
    rest = ""
    for reading in first_readings:
        if reading.name not in heads:
            continue
        rest = rest or _rest(passage, at, length)
        yield Candidate(
            passage,
            name=reading.name + rest,
            start=reading.start,
            at=at,
            length=length,
        )


def _single(
    passage: Passage,
    at: int,
    first_readings: Readings,
) -> Iterator[Candidate]:
    """Yield the word as it stands, and what is left of it without a prefix, if that is a name."""
    whole = first_readings[0]
    for reading in first_readings:
        if reading is whole or len(reading.name) >= _MIN_NAME_LETTERS:
            yield Candidate(passage, *reading, at)


def _rest(
    passage: Passage,
    at: int,
    length: int,
) -> str:
    """Join the words behind the first, each with a space before it."""
    following = spell(passage.tokens[at + 1 : at + length])
    return " ".join(["", *following])
