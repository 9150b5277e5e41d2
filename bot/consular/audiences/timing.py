"""The time a broadcast takes: channels send side by side, each at its own even pace."""

from __future__ import annotations

from collections.abc import Sequence

Times = Sequence[tuple[int, float]]  # people of a channel, and the seconds until the last has it


def last(times: Times) -> float:
    """Return the seconds until everybody has it."""
    latest = 0.0
    for _people, seconds in times:
        latest = max(latest, seconds)
    return latest


def seconds_until(
    times: Times,
    share: float,
) -> float:
    """Return the seconds until this share of all people has it.

    Channels send side by side, each at its own even pace: `times` are their people and seconds.
    """
    target = share * _everybody(times)
    before = 0.0
    for moment in _moments(times):
        reached = _reached(
            times,
            moment,
        )
        if reached < target:
            before = moment
            continue
        rate = _rate(times, moment)
        if not rate:
            return moment
        missing = target - _reached(times, before)
        return min(
            moment,
            before + missing / rate,
        )
    return before


def _everybody(times: Times) -> int:
    everybody = 0
    for people, _seconds in times:
        everybody += people
    return everybody


def _moments(times: Times) -> list[float]:
    """Return the moments at which a channel is done, in seconds, the earliest first."""
    moments: set[float] = set()
    for _people, seconds in times:
        moments.add(seconds)
    return sorted(moments)


def _rate(
    times: Times,
    moment: float,
) -> float:
    """Return the people a second whom the channels reach that still send at this moment."""
    rate = 0.0
    for people, seconds in times:
        is_sending = seconds >= moment > 0
        if is_sending:
            rate += people / seconds
    return rate


def _reached(
    times: Times,
    moment: float,
) -> float:
    """Return how many people have it at this moment."""
    reached = 0.0
    for people, seconds in times:
        share = 1.0
        if seconds > moment:
            share = moment / seconds
        reached += people * share
    return reached
