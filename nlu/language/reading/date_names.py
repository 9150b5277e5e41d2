"""Names of days, months and lengths of time, from date_names.txt, as patterns of folded texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from nlu.language import listings

DATA = Path(__file__).with_name("date_names.txt")
UNITS = ("day", "week", "month")
FIXED = ("ahead", "next_month", "this_month", "of_year")


def alternatives(kind: str) -> str:
    """Return a pattern for all names of a kind: `weekday`, `month`, `many day`."""
    patterns: list[str] = []
    for name, pattern in _entries():
        if name.startswith(kind):
            patterns.append(pattern)
    joined = "|".join(patterns)
    return f"(?:{joined})"


def number(kind: str, name: str) -> int | None:
    """Return the number of the day or month that a name means; None for no name."""
    for entry, pattern in _entries():
        listed_kind, _, listed_number = entry.rpartition(" ")
        if listed_kind != kind:
            continue
        if re.fullmatch(
            pattern,
            name,
        ):
            return int(listed_number)
    return None


def fixed() -> Iterator[tuple[str, str, str]]:
    """Yield each expression that means one day: its kind, what it means, and its pattern."""
    for name, pattern in _entries():
        kind, _, meaning = name.partition(" ")
        if kind in FIXED:
            yield kind, meaning, pattern


@cache
def _entries() -> tuple[tuple[str, str], ...]:
    entries: list[tuple[str, str]] = []
    for name, content in listings.read(DATA):
        pattern = content.strip()
        entries.append((name, pattern))
    return tuple(entries)
