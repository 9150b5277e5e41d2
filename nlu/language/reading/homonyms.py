"""Names that two places share about equally: Amman and Oman without vowels, the two Congos."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from nlu.language import listings
from nlu.language.folding import fold

DATA = Path(__file__).with_name("homonyms.txt")
_VOWELS = re.compile("[\u064b-\u0652]")

Codes = tuple[str, ...]
CodesByName = dict[str, Codes]


def meanings(typed: str) -> Codes:
    """Return the codes of the places that a name may mean; empty where it means one.

    A name written with its vowels means one.
    """
    if _VOWELS.search(typed):
        return ()
    name = fold(typed)
    return _listed().get(name, ())


@lru_cache(maxsize=1)
def _listed() -> CodesByName:
    codes_by_name: CodesByName = {}
    for names, listed in listings.read(DATA, sign="="):
        codes = tuple(listings.forms(listed))
        for name in listings.forms(names):
            folded = fold(name)
            codes_by_name[folded] = codes
    return codes_by_name
