"""States and provinces, where people name them with a town: "Springfield, IL", «باريس تكساس»."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from nlu.sources.folders import LANGUAGE_DATA

REGIONS_FILE = LANGUAGE_DATA / "regions.txt"
UNSAID_SIGN = "~"


class Region(NamedTuple):
    """A state or province: `code` stands behind a printed name, `is_said` tells whether the code
    is no everyday word, so that people may be understood by it.
    """

    code: str
    english: str
    arabic: str
    is_said: bool


@cache
def regions() -> dict[tuple[str, str], Region]:
    """Read data/regions.txt: by country and GeoNames' code."""
    listing: dict[tuple[str, str], Region] = {}
    text = REGIONS_FILE.read_text("utf-8")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        title, _, names = line.partition(" = ")
        country, number = title.split("/")
        code, english, arabic = names.split(" | ")
        listing[country, number] = Region(
            code=code.removeprefix(UNSAID_SIGN),
            english=english,
            arabic=arabic,
            is_said=not code.startswith(UNSAID_SIGN),
        )
    return listing


def of(country: str, number: str) -> Region | None:
    """Return the state or province by GeoNames' code; None where people name none."""
    return regions().get((country, number))
