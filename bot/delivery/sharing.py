"""The rule by which two senders share the rows of a channel, and the tallies that it looks at.

The rule is GOV.UK Notify's: a sender that failed fifty times within a minute, or is slow, loses ten
points of a hundred a minute to the other; when all is well they walk back by five points every five
minutes, so nothing flaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal, NamedTuple

from bot.signals.shares import ALL_POINTS, Share

STEP_POINTS = 10  # at most, away from a sender that fails
STEP_SECONDS = 60  # between two such steps
RETURN_POINTS = 5
RETURN_SECONDS = 300  # between two steps back
MAX_ERRORS = 50  # of the provider within a minute
SLOW_SECONDS = 10.0  # from the call to the answer
SLOW_ONE_IN = 3  # more than a third of the minute's messages
SLOW_LEAST_SENT = 10  # fewer messages tell nothing
BUCKET_SECONDS = 10  # counted together
BUCKETS_PER_MINUTE = 6

Tally = Literal["sent", "slow", "errors"]


class Minute(NamedTuple):
    """What a sender did within the last minute."""

    sent: int = 0
    slow: int = 0
    errors: int = 0

    @property
    def is_bad(self) -> bool:
        """Whether its provider fails or is slow."""
        if self.errors >= MAX_ERRORS:
            return True
        if self.sent < SLOW_LEAST_SENT:
            return False
        return self.slow * SLOW_ONE_IN > self.sent


def shift(share: Share, first: Minute, second: Minute, now: int) -> Share:
    """Return the share from now on (seconds of Unix time): at most one step away or back."""
    if first.is_bad and second.is_bad:
        return share
    if first.is_bad or second.is_bad:
        return _step_away(share, first, now)
    seconds = now - share.moved_at
    steps = seconds // RETURN_SECONDS
    if share.points == ALL_POINTS or not steps:
        return share
    points = share.points + RETURN_POINTS * steps
    return Share(min(ALL_POINTS, points), now)


def _step_away(share: Share, first: Minute, now: int) -> Share:
    """Take points from the sender that is bad: the first, or else the second."""
    if now - share.moved_at < STEP_SECONDS:
        return share
    if first.is_bad:
        points = max(0, share.points - STEP_POINTS)
    else:
        points = min(ALL_POINTS, share.points + STEP_POINTS)
    return Share(points, now)


def tally_field(sender: str, tally: Tally, now: int) -> str:
    """Name the field that counts a sender's tally at this moment."""
    bucket = now // BUCKET_SECONDS
    return f"{sender} {tally} {bucket}"


def is_stale(field: str, now: int) -> bool:
    """Tell whether a field of tallies is older than a minute."""
    _, _, bucket = field.rpartition(" ")
    present_bucket = now // BUCKET_SECONDS
    return int(bucket) <= present_bucket - BUCKETS_PER_MINUTE


def sum_minute(tallies: Mapping[str, int], sender: str, now: int) -> Minute:
    """Sum the tallies of a sender within the last minute."""
    sums: Counter[str] = Counter()
    for field, number in tallies.items():
        if is_stale(field, now):
            continue
        name, tally, _bucket = field.split()
        if name == sender:
            sums[tally] += number
    return Minute(
        sent=sums["sent"],
        slow=sums["slow"],
        errors=sums["errors"],
    )
