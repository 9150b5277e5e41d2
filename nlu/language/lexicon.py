"""Word lists by name, from data/words.txt, where they can be read and added to without
programming.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.language.folding import fold
from nlu.language.index import DATA


def listed(name: str) -> frozenset[str]:
    """The folded words of a list. Raises KeyError when there is no such list."""
    return _lists()[name]


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for line in (DATA / "words.txt").read_text("utf-8").splitlines():
        name, colon, said = line.partition(":")
        if colon and not line.startswith("#"):
            lists[name] = lists.get(name, frozenset()) | {fold(word) for word in said.split()}
    return lists
