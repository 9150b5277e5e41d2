"""Files of lists that people read and add to without programming: a name, a colon, the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Listing(NamedTuple):
    """A line of such a file: what stands before the sign, and what behind it."""

    name: str
    content: str


def read(path: Path, sign: str = ":") -> Iterator[Listing]:
    """Yield the listings of a file. A name may have several; the caller joins them."""
    return parse(path.read_text("utf-8"), sign)


def parse(source: str, sign: str = ":") -> Iterator[Listing]:
    """Yield the listings of a text; `#` begins a line of comment."""
    for line in source.splitlines():
        name, parting, content = line.partition(sign)
        if parting and not line.startswith("#"):
            yield Listing(name, content)
