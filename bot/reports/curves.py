"""Curves of reports: how many people over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.documents.parts import Label, Line, Picture, Point, Shape
from bot.reports.voice import Voice

WIDTH = 170.0
HEIGHT = 62.0
LEFT, RIGHT = 18.0, 156.0
TOP, BOTTOM = 6.0, 54.0
TIMES = 5  # named below the curve


def draw(
    moments: Sequence[datetime],
    counts: Sequence[int],
    most: int,
    description: str,
    voice: Voice,
) -> Picture:
    """Draw counts over time; the axis goes up to `most`. Time runs from left to right."""
    ceiling = max(most, *counts, 1)
    last = max(
        1,
        len(moments) - 1,
    )
    points: list[Point] = []
    for place, count in enumerate(counts):
        right = LEFT + (RIGHT - LEFT) * place / last
        points.append(
            (
                round(right, 2),
                _height(count, ceiling),
            )
        )
    shapes: list[Shape] = [
        *_axes(ceiling, voice),
        *_times(moments, voice),
        Line(points, "safe"),
    ]
    return Picture(
        WIDTH,
        HEIGHT,
        shapes,
        description,
        legend=[("safe", description)],
    )


def _height(count: float, ceiling: int) -> float:
    return round(
        BOTTOM - (BOTTOM - TOP) * count / ceiling,
        2,
    )


def _axes(ceiling: int, voice: Voice) -> list[Shape]:
    """Draw lines for nothing, half and all, with their numbers."""
    shapes: list[Shape] = []
    for count in sorted({0, ceiling // 2, ceiling}):
        height = _height(count, ceiling)
        shapes.append(
            Line(
                [(LEFT, height), (RIGHT, height)],
                "axis",
            )
        )
        number = voice.number(count).text
        shapes.append(
            Label(
                (LEFT - 2, height + 1.5),
                number,
                "end",
            )
        )
    return shapes


def _times(moments: Sequence[datetime], voice: Voice) -> list[Label]:
    """Name some of the moments."""
    labels: list[Label] = []
    last = len(moments) - 1
    for number in range(TIMES):
        share = number / (TIMES - 1)
        at = (
            LEFT + (RIGHT - LEFT) * share,
            BOTTOM + 6,
        )
        labels.append(
            Label(
                at,
                voice.isolated(voice.hour(moments[round(share * last)])),
            )
        )
    return labels
