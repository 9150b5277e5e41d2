"""Names that two places share about equally: Amman and Oman without vowels, the two Congos."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from nlu.language.folding import fold

DATA = Path(__file__).with_name("homonyms.txt")
_VOWELS = re.compile("[\u064b-\u0652]")


def meanings(typed: str) -> tuple[str, ...]:
    """Return the codes of the places that a name may mean; empty where it means one.

    A name written with its vowels means one.
    """
    if _VOWELS.search(typed):
        return ()
    return _listed().get(fold(typed), ())


@lru_cache(maxsize=1)
def _listed() -> dict[str, tuple[str, ...]]:
    codes_by_name: dict[str, tuple[str, ...]] = {}
    for line in DATA.read_text("utf-8").splitlines():
        names, equals, codes = line.partition("=")
        if not equals or line.startswith("#"):
            continue
        listed = tuple(code.strip() for code in codes.split("|"))
        for name in names.split("|"):
            codes_by_name[fold(name)] = listed
    return codes_by_name
