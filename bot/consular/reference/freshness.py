"""How far a place can be believed, by how long ago it was confirmed: one curve for every count.

docs/decisions/freshness.md says why the curve is what it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, or_
from sqlalchemy import case as sql_case

from bot.models import Person

# Until so many days after the confirmation, in how many of a hundred the person is still there.
CURVE: tuple[tuple[int, int], ...] = (
    (90, 100),
    (120, 95),
    (150, 90),
    (180, 80),
    (240, 70),
    (300, 60),
    (365, 50),
    (545, 30),
    (730, 15),
)
UNKNOWN_PERCENT = 0  # of a place that is older than the curve, or was never told
PRESENT_PERCENT = 80  # less than that, and nobody is counted as present
SURE_PERCENT = 100

Confidence = Literal["sure", "likely", "doubtful", "unknown"]


def _days_present() -> int:
    """Return the last day of the curve on which a person still counts as present."""
    present_days = [days for days, percent in CURVE if percent >= PRESENT_PERCENT]
    return max(present_days)


STALE_AFTER = timedelta(days=_days_present())
"""A place that nobody confirmed for longer is doubtful, and never counted as presence."""


def percent(placed_at: datetime | None, moment: datetime) -> int:
    """Return the confidence in a place at a moment, from 0 to 100."""
    if placed_at is None:
        return UNKNOWN_PERCENT
    for days, step_percent in CURVE:
        if placed_at >= moment - timedelta(days=days):
            return step_percent
    return UNKNOWN_PERCENT


def percent_of(moment: datetime) -> ColumnElement[int]:
    """Say in SQL what `percent` says of a `Person`."""
    steps: list[tuple[ColumnElement[bool], int]] = []
    for days, step_percent in CURVE:
        is_so_young = Person.placed_at >= moment - timedelta(days=days)
        steps.append((is_so_young, step_percent))
    return sql_case(*steps, else_=UNKNOWN_PERCENT)


def has_gone_stale(placed_at: datetime | None, moment: datetime) -> bool:
    """Tell whether a place was confirmed too long before a moment, or never."""
    return placed_at is None or placed_at < moment - STALE_AFTER


def is_stale(moment: datetime, person: Any = Person) -> ColumnElement[bool]:
    """Say in SQL what `has_gone_stale` says of a `Person`, or of an alias or subquery of it."""
    placed_at: ColumnElement[datetime | None] = person.placed_at
    return or_(
        placed_at.is_(None),
        placed_at < moment - STALE_AFTER,
    )


def confidence(placed_at: datetime | None, moment: datetime) -> Confidence:
    """Return the word for how far a place can be believed."""
    step_percent = percent(placed_at, moment)
    if step_percent >= SURE_PERCENT:
        return "sure"
    if step_percent >= PRESENT_PERCENT:
        return "likely"
    if step_percent > UNKNOWN_PERCENT:
        return "doubtful"
    return "unknown"
