"""The parts of a document: sections of notes, tables and pictures, the same for every format.

All of it is data. A text stays a text, whatever somebody typed: in a PDF it is no markup, in a
spreadsheet no formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bot.messages import Language

Colour = Literal[
    "land",
    "abroad",
    "axis",
    "safe",
    "help",
    "evacuate",
    "staying",
    "no_answer",
    "not_asked",
    "unreachable",
    "people",
]
Anchor = Literal["start", "middle", "end"]
Point: TypeAlias = tuple[float, float]  # right and down from the corner on the left


@dataclass(frozen=True, slots=True)
class Number:
    """A number: `amount` for a spreadsheet, `text` as a reader of the language sees it.

    `amount` is None where there is no number, but only a text in its place. `is_share`: 0.5 is a
    half, shown as per cent.
    """

    amount: float | None
    text: str
    is_share: bool = False


Cell: TypeAlias = str | Number


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading for each column. `total` is a last row that adds the others up."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A filled shape."""

    points: Sequence[Point]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Line:
    """A line from point to point."""

    points: Sequence[Point]
    colour: Colour


@dataclass(frozen=True, slots=True)
class Dot:
    """A circle."""

    centre: Point
    radius: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Label:
    """A text that begins, has its middle or ends at a point, in the direction left to right."""

    at: Point
    text: str
    anchor: Anchor = "middle"


Shape: TypeAlias = Area | Line | Dot | Label


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing: shapes in a box, the first one at the back. `description` is for who sees none."""

    width: float
    height: float
    shapes: Sequence[Shape]
    description: str
    legend: Sequence[tuple[Colour, str]] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A paragraph. `is_warning`: a reader must not miss it."""

    text: str
    is_warning: bool = False


Block: TypeAlias = Note | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one language.

    `mark` stands above everything (that it is an exercise), `facts` are labels with short answers,
    `foot` stands at the foot of each page.
    """

    language: Language
    title: str
    subtitle: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    mark: str = ""
    foot: str = ""
