"""What a text says of its writer's trips and of where they live, by its words alone."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache
from pathlib import Path

from nlu.language import listings
from nlu.language.folding import fold
from nlu.language.reading import itineraries

DATA = Path(__file__).with_name("journeys.txt")
MAX_WORDS = 30  # of a text that tells of a trip: a longer one is a story


class Journey(StrEnum):
    """What somebody says that they do."""

    LEAVES = "leaves"  # "I am travelling to Tunis on Friday"
    MOVED = "moved"  # "I moved to Sfax"
    LIVES = "lives"  # "I live in Berlin"
    BACK = "back"
    CANCELS = "cancels"
    LONGER = "longer"  # "until the 30th after all"


def read(text: str, has_place: bool) -> Journey | None:
    """Tell what a text says of a trip; None for nothing. `has_place`: it names a place.

    "I leave" is one with a day, "I go" with a day and a place: "I go to the market tomorrow" is
    none.
    """
    folded = fold(text)
    if len(folded.split()) > MAX_WORDS:
        return None
    if _has(
        "cancels",
        folded,
    ):
        return Journey.CANCELS
    if _has(
        "longer",
        folded,
    ):
        return Journey.LONGER
    if _has(
        "back",
        folded,
    ) and not _leaves(
        folded,
        has_place,
    ):
        return Journey.BACK
    if has_place and _has(
        "moved",
        folded,
    ):
        return Journey.MOVED
    if _leaves(
        folded,
        has_place,
    ):
        return Journey.LEAVES
    if (
        has_place
        and _has(
            "lives",
            folded,
        )
        and not _has(
            "lived",
            folded,
        )
    ):
        return Journey.LIVES
    return None


def _leaves(folded: str, has_place: bool) -> bool:
    has_days = itineraries.has_days(folded)
    if _has(
        "travels",
        folded,
    ):
        return has_place or has_days
    if not has_days:
        return False
    return _has(
        "leaves",
        folded,
    ) or (
        has_place
        and _has(
            "goes",
            folded,
        )
    )


def _has(name: str, folded: str) -> bool:
    return any(pattern.search(folded) for pattern in _lists()[name])


@cache
def _lists() -> dict[str, list[re.Pattern[str]]]:
    lists: dict[str, list[re.Pattern[str]]] = {}
    for name, content in listings.read(DATA):
        patterns = lists.setdefault(
            name,
            [],
        )
        patterns.append(re.compile(content.strip()))
    return lists
