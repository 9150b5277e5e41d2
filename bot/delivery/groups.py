"""The two groups of lanes that a channel sends side by side: replies, and everything for many."""

from __future__ import annotations

from dataclasses import dataclass

from bot.models import Lane


@dataclass(frozen=True, slots=True)
class LaneGroup:
    """Lanes that are claimed together, and how long their rows wait for a turn of the pace.

    `turn_within_seconds` is how far away a turn may be for a row to take it. A row that got no turn
    within `give_back_seconds` goes back into the queue. A row that is late by more than
    `late_limit_seconds` is claimed anew, because its broadcast may have been cancelled meanwhile.
    """

    name: str
    lanes: tuple[Lane, ...]
    max_in_flight: int
    turn_within_seconds: float
    give_back_seconds: float
    late_limit_seconds: float | None = None


REPLIES = LaneGroup(
    "replies",
    (Lane.REPLY,),
    max_in_flight=128,
    turn_within_seconds=10.0,
    give_back_seconds=15.0,
)
# More of bulk in flight would not be faster, and answers that all come at once hold up the turns
# and replies of the same process: with 384 replies took twice as long.
BULK = LaneGroup(
    "bulk",
    (Lane.CRISIS, Lane.ADVISORY, Lane.ROUTINE),
    max_in_flight=64,
    turn_within_seconds=0.25,
    give_back_seconds=0.75,
    late_limit_seconds=0.5,
)
