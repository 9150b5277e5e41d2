"""Names of people, from names.txt and names_latin.txt."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from nlu.language.folding import fold, is_arabic
from nlu.language.skeleton import skeleton

FOLDER = Path(__file__).parent
FILES = ("names.txt", "names_latin.txt")
MIN_CODE_LETTERS = 4  # consonants of a name that is known in Latin letters, too


def is_name(folded: str) -> bool:
    """Tell whether a folded word is a given or family name."""
    if folded in _names():
        return True
    code = "" if is_arabic(folded) else skeleton(folded)
    return len(code) >= MIN_CODE_LETTERS and code in _codes()


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    names: set[str] = set()
    for file in FILES:
        for line in (FOLDER / file).read_text("utf-8").splitlines():
            if not line.startswith("#"):
                names.update(fold(name) for part in line.split() for name in part.split("_"))
    return frozenset(names)


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(skeleton(name) for name in _names() if is_arabic(name))
