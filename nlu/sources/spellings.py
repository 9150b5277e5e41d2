"""Arabic names as they are printed: with their hamza, without vowel marks."""

from __future__ import annotations

import re
from functools import cache

from nlu.sources.folders import LANGUAGE_DATA
from nlu.sources.towns import Town

SPELLINGS_FILE = LANGUAGE_DATA / "spellings.txt"
VOWEL_MARKS = re.compile("[\u064b-\u0652]")


def printed_name(town: Town) -> str:
    """Return the Arabic name that people are shown; empty where the town has none."""
    title = f"{town.country}/{town.name}"
    corrected = _corrections().get(title)
    if corrected:
        return corrected
    bare = VOWEL_MARKS.sub(
        "",
        town.arabic,
    )
    if bare and town.landmark:
        landmark = printed_name(town.landmark)
        return f"{bare} (قرب {landmark})" if landmark else bare
    return bare + town.arabic_mark


@cache
def _corrections() -> dict[str, str]:
    """Read data/spellings.txt: Arabic names by country and GeoNames' English name."""
    corrections: dict[str, str] = {}
    text = SPELLINGS_FILE.read_text("utf-8")
    for line in text.splitlines():
        title, is_entry, name = line.partition(" = ")
        if is_entry and not line.startswith("#"):
            corrections[title] = name
    return corrections
