"""Figures of a rehearsal, as a table in a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bot.practice.figures import Figures, Goal

SecondsOrNever = float | None
Line = tuple[str, object]


def lines(figures: Figures) -> list[Line]:
    """Return the lines of the table: what it is, and how much."""
    return [
        ("people", figures.people),
        *figures.counts.items(),
        *_of_known(figures),
        *_of_lives(figures),
        ("cases opened", figures.cases_opened),
        ("cases closed", figures.cases_closed),
        *_each("cases of", figures.cases_by_officer),
        *_each("to call by", figures.calls_by_officer),
        *_each("messages", figures.messages),
        ("minutes at which the sums were checked", figures.checked_minutes),
    ]


def _of_known(figures: Figures) -> list[Line]:
    by_minute: list[Line] = []
    for minute, people in sorted(figures.known.items()):
        label = f"known after {minute} min"
        by_minute.append((label, people))
    return [
        *by_minute,
        ("accounted for at the end", figures.accounted),
        ("first answer after", _duration(figures.first_answer)),
        ("95 % of the answers after", _duration(figures.most_answers)),
    ]


def _of_lives(figures: Figures) -> list[Line]:
    return [
        ("lives at risk", figures.lives),
        ("… never seen", figures.lives_unseen),
        ("… seen after, median", _duration(figures.life_seen_median)),
        ("… seen after, slowest", _duration(figures.life_seen_slowest)),
    ]


def _each(label: str, numbers: Mapping[str, int]) -> list[Line]:
    """Write a line for each name, in their order."""
    named: list[Line] = []
    for name, number in sorted(numbers.items()):
        line = (f"{label} {name}", number)
        named.append(line)
    return named


def _duration(seconds: SecondsOrNever) -> str:
    """Write seconds as minutes and seconds; a dash for what never was."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"


def to_json(figures: Figures, goals: Sequence[Goal]) -> dict[str, Any]:
    """Return what `tammen drill run --json` prints; times are in seconds after the opening."""
    judged: list[dict[str, Any]] = []
    for goal in goals:
        judgement = {
            "goal": goal.words,
            "holds": goal.holds,
        }
        judged.append(judgement)
    return {**asdict(figures), "goals": judged}
