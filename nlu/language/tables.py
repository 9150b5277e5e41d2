"""Many texts in little memory: files kept as their bytes, with a hash of where each line is.

A dictionary of the same names takes five times as much.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

_UNSIGNED = "I"
_NUMBER_BYTES = array(_UNSIGNED).itemsize
_FIRST_WORD = re.compile(
    rb"^([^ \t\n]+) ",
    re.MULTILINE,
)
_SPARSENESS = 16  # slots a number: look-ups of what is not there, as most are, see one empty slot


class Slots:
    """Numbers by the hash of a text. Several may come for one text: whoever asks compares."""

    def __init__(
        self,
        count: int,
    ) -> None:
        bits = (count * _SPARSENESS).bit_length()
        size = 1 << bits
        self._mask = size - 1
        self._numbers = array(
            _UNSIGNED,
            bytes(size * _NUMBER_BYTES),
        )

    def add(
        self,
        text: bytes,
        number: int,
    ) -> None:
        """Remember a number for a text."""
        slot = hash(text) & self._mask
        while self._numbers[slot]:
            slot = (slot + 1) & self._mask
        self._numbers[slot] = number + 1

    def of(
        self,
        text: bytes,
    ) -> Iterator[int]:
        """Yield the numbers that a text may have."""
        slot = hash(text) & self._mask
        while self._numbers[slot]:
            yield self._numbers[slot] - 1
            slot = (slot + 1) & self._mask

    def is_empty(
        self,
        text: bytes,
    ) -> bool:
        """Tell whether a text surely has no number."""
        return not self._numbers[hash(text) & self._mask]

    def possible(
        self,
        texts: Iterable[str],
    ) -> list[str]:
        """List the texts that may have a number: few of hundreds, without a call for each."""
        numbers = self._numbers
        mask = self._mask
        return [text for text in texts if numbers[hash(text.encode()) & mask]]


class Lines:
    """The lines of a file by their number, decoded when they are asked for."""

    def __init__(
        self,
        path: Path,
    ) -> None:
        self._blob = path.read_bytes()
        self._starts = array(
            _UNSIGNED,
            _line_starts(self._blob),
        )

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(
        self,
        number: int,
    ) -> str:
        return self.read(number).decode()

    def __iter__(self) -> Iterator[str]:
        for number in range(len(self)):
            yield self[number]

    def read(
        self,
        number: int,
    ) -> bytes:
        """Return a line, not decoded, without its end."""
        start = self._starts[number]
        end = self._starts[number + 1]
        return self._blob[start : end - 1]

    def starts_with(
        self,
        number: int,
        prefix: bytes,
    ) -> bool:
        """Tell whether a line begins with some bytes."""
        return self._blob.startswith(
            prefix,
            self._starts[number],
        )

    def first_words(self) -> set[str]:
        """Return the first words of the lines that begin with several."""
        words = {match[1] for match in _FIRST_WORD.finditer(self._blob)}
        return {word.decode() for word in words}


def _line_starts(blob: bytes) -> Iterator[int]:
    """Yield where each line starts, and the end of the last."""
    start = 0
    while start < len(blob):
        yield start
        start = (
            blob.index(
                b"\n",
                start,
            )
            + 1
        )
    yield start


class Table:
    """Texts by their names: a file with lines of a name, a tab and a text, sorted by the names."""

    def __init__(
        self,
        path: Path,
    ) -> None:
        self.lines = Lines(path)
        self._slots = Slots(len(self.lines))
        for number in range(len(self.lines)):
            name, _, _text = self.lines.read(number).partition(b"\t")
            self._slots.add(
                name,
                number,
            )

    def __contains__(
        self,
        name: str,
    ) -> bool:
        return self.get(name) is not None

    def get(
        self,
        name: str,
    ) -> str | None:
        """Return the text of a name; None for a name that is not listed."""
        sought = name.encode()
        if self._slots.is_empty(sought):
            return None
        prefix = sought + b"\t"
        for number in self._slots.of(sought):
            if self.lines.starts_with(
                number,
                prefix,
            ):
                line = self.lines.read(number)
                return line[len(prefix) :].decode()
        return None

    def possible(
        self,
        names: Iterable[str],
    ) -> list[str]:
        """List the names that may be in the file."""
        return self._slots.possible(names)

    def beginning_with(
        self,
        prefix: str,
    ) -> Iterator[str]:
        """Yield the texts of the names that begin so."""
        sought = prefix.encode()
        number = self._first(sought)
        while number < len(self.lines) and self.lines.starts_with(
            number,
            sought,
        ):
            _name, _, text = self.lines.read(number).partition(b"\t")
            yield text.decode()
            number += 1

    def first_words(self) -> set[str]:
        """Return the first words of the names of several words."""
        return self.lines.first_words()

    def _first(
        self,
        sought: bytes,
    ) -> int:
        """Find the first line that is not before a text."""
        low = 0
        high = len(self.lines)
        while low < high:
            middle = (low + high) // 2
            if self.lines.read(middle) < sought:
                low = middle + 1
            else:
                high = middle
        return low
