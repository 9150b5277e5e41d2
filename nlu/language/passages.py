"""A text on its way through the gazetteer: its words, the names they may be, and what is named."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nlu.language.clitics import Reading, readings
from nlu.language.folding import Word
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


class Candidate(NamedTuple):
    """Some words of a text read as one name: `length` of them from `at`; in the text the name
    begins at `start`.
    """

    name: str
    start: int
    at: int
    length: int


class Sighting(NamedTuple):
    """A mention, and how many words it takes."""

    mention: Mention
    length: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and its words; `home` (alpha-2) decides between places of one name."""

    text: str
    tokens: list[Word]
    home: str | None = None

    def typed(self, at: int) -> str:
        """Return a word as typed."""
        word = self.tokens[at]
        return self.text[word.start : word.end]

    def before(self, at: int) -> str:
        """Return the folded word before another, "" at the beginning."""
        return self.tokens[at - 1].folded if at else ""

    def readings(self, at: int) -> list[Reading]:
        """List the ways to read a word, also as the first of several."""
        word = self.tokens[at]
        return list(readings(word, self.text, _MIN_HEAD_LETTERS))

    def is_joined(self, candidate: Candidate) -> bool:
        """Tell whether a prefix is written together with a name."""
        return candidate.start != self.tokens[candidate.at].start

    def is_alone(self, candidate: Candidate) -> bool:
        """Tell whether the text says nothing but this name ("Reading", "ana fi Sour")."""
        before = self.tokens[: candidate.at]
        after = self.tokens[candidate.at + candidate.length :]
        return all(word.folded in _NOISE for word in before + after)

    def sight(
        self,
        candidate: Candidate,
        entity: str,
        meaning: str,
    ) -> Sighting:
        """Make a mention of a name."""
        last = self.tokens[candidate.at + candidate.length - 1]
        mention = Mention(
            entity=entity,
            value=meaning,
            text=self.text[candidate.start : last.end],
            start=candidate.start,
            end=last.end,
        )
        return Sighting(mention, candidate.length)


def candidates(
    passage: Passage,
    at: int,
    length: int,
    first_readings: Sequence[Reading],
    heads: Container[str],
) -> Iterator[Candidate]:
    """Yield the ways to read so many words as one name, by the readings of the first.

    `heads` are the words that a name of several words may begin with.
    """
    if length == 1:
        yield from _single(at, first_readings)
        return
    if at + length > len(passage.tokens):
        return
    rest = ""
    for reading in first_readings:
        if reading.name not in heads:
            continue
        rest = rest or _rest(passage, at, length)
        yield Candidate(reading.name + rest, reading.start, at, length)


def _single(at: int, first_readings: Sequence[Reading]) -> Iterator[Candidate]:
    """Yield the word as it stands, and what is left of it without a prefix, if that is a name."""
    whole = first_readings[0]
    for reading in first_readings:
        if reading is whole or len(reading.name) >= _MIN_NAME_LETTERS:
            yield Candidate(reading.name, reading.start, at, 1)


def _rest(
    passage: Passage,
    at: int,
    length: int,
) -> str:
    """Join the words behind the first, each with a space before it."""
    rest = ""
    for word in passage.tokens[at + 1 : at + length]:
        rest += " " + word.folded
    return rest
