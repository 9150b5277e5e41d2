"""Word lists by name, from data/words.txt, where they can be read and added to without
programming.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.language import listings
from nlu.language.folding import fold
from nlu.language.index import DATA


def listed(name: str) -> frozenset[str]:
    """Return the folded words of a list. Raises KeyError when there is no such list."""
    return _lists()[name]


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for name, content in listings.read(DATA / "words.txt"):
        folded = frozenset(map(fold, content.split()))
        earlier = lists.get(name, frozenset())
        lists[name] = earlier | folded
    return lists
