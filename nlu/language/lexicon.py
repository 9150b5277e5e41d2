"""Word lists by name, from data/words.txt, where they can be read and added to without
programming.
"""

from __future__ import annotations

from functools import lru_cache

from nlu.language import listings
from nlu.language.index import DATA
from nlu.language.listings import WordLists


def listed(name: str) -> frozenset[str]:
    """Return the folded words of a list. Raises KeyError when there is no such list."""
    return _lists()[name]


@lru_cache(maxsize=1)
def _lists() -> WordLists:
    return listings.word_lists(DATA / "words.txt")
