"""Tables of reports: a sentence where one would be empty, and rows that add up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from bot.documents.parts import Block, Cell, Note, Table
from bot.reports.voice import Voice

Row: TypeAlias = list[Cell]


def table_or(
    nothing: str,
    headings: Sequence[str],
    rows: Sequence[Row],
    total: Sequence[Cell] = (),
) -> list[Block]:
    """Return a table as the only block; the sentence `nothing` where it would be empty."""
    if not rows:
        return [Note(nothing)]
    return [Table(headings, rows, total)]


def numbers(
    counts: Mapping[str, int],
    keys: Iterable[str],
    voice: Voice,
) -> Row:
    """Return the counts of these keys, 0 for a key that has none."""
    cells: Row = []
    for key in keys:
        count = counts.get(key, 0)
        cells.append(voice.number(count))
    return cells


def counted(
    counts: Mapping[str, int],
    labels: Mapping[str, str],
    voice: Voice,
) -> list[Row]:
    """Return a row for each code with its label and its count."""
    rows: list[Row] = []
    for code, count in counts.items():
        label = voice.term(labels, code)
        rows.append([label, voice.number(count)])
    return rows


def totals(rows: Sequence[Row], voice: Voice) -> Row:
    """Add up the columns after the first."""
    cells: Row = [voice.gettext("All")]
    columns = list(zip(*rows, strict=True))
    for column in columns[1:]:
        total = 0
        for cell in column:
            if not isinstance(cell, str):
                total += int(cell.amount or 0)
        cells.append(voice.number(total))
    return cells
