"""Files of lists that people read and add to without programming: a name, a colon, the list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nlu.language.folding import fold

WordLists = dict[str, frozenset[str]]


class Listing(NamedTuple):
    """A line of such a file: what stands before the sign, and what behind it."""

    name: str
    content: str


def read(path: Path, sign: str = ":") -> Iterator[Listing]:
    """Yield the listings of a file. A name may have several; the caller joins them."""
    source = path.read_text("utf-8")
    return parse(source, sign)


def parse(source: str, sign: str = ":") -> Iterator[Listing]:
    """Yield the listings of a text; `#` begins a line of comment."""
    for line in source.splitlines():
        if line.startswith("#"):
            continue
        name, parting, content = line.partition(sign)
        if parting:
            yield Listing(name, content)


def forms(content: str) -> Iterator[str]:
    """Yield what `|` parts in a listing."""
    for form in content.split("|"):
        yield form.strip()


def word_lists(path: Path) -> WordLists:
    """Read the lists of a file that has words, parted by spaces; they are folded."""
    lists: WordLists = {}
    for name, content in read(path):
        folded = map(fold, content.split())
        earlier = lists.get(name, frozenset())
        lists[name] = earlier.union(folded)
    return lists
