"""Files for spreadsheets: CSV and XLSX, in which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from bot.messages import Language
from bot.runtime import characters
from bot.text import text

# What a spreadsheet takes for the beginning of a formula:
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
UTF_8_MARK = "\ufeff"  # by which Excel reads a file as UTF-8
COLUMN_CHARS = 22
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def lines(rows: Iterable[Iterable[str]]) -> str:
    """Write rows as lines of CSV."""
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    for cells in rows:
        clean_cells: list[str] = []
        for cell in cells:
            clean_cell = characters.removed(cell)
            clean_cells.append(without_formula(clean_cell))
        writer.writerow(clean_cells)
    return file.getvalue()


def without_formula(cell: str) -> str:
    """Quote what a spreadsheet would take for a formula."""
    without_blanks = cell.lstrip()
    is_formula = cell.startswith(FORMULA_SIGNS)
    is_formula |= without_blanks.startswith(FORMULA_SIGNS)
    return f"'{cell}" if is_formula else cell


class Sheet:
    """A workbook of one sheet that is written row by row; it never holds all rows in memory.

    Every cell is a text. In Arabic the sheet runs from right to left. What waits to be packed lies
    in the folder of the file.
    """

    def __init__(self, path: Path, titles: Sequence[str], language: Language) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
        }
        self._book: Any = xlsxwriter.Workbook(str(path), options)
        self._sheet: Any = self._book.add_worksheet()
        self._row = 0
        if text.direction(language) == "rtl":
            self._sheet.right_to_left()
        self._sheet.freeze_panes(1, 0)
        last_column = len(titles) - 1
        self._sheet.set_column(0, last_column, COLUMN_CHARS)
        bold = self._book.add_format({"bold": True})
        self._write(titles, bold)

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Add rows."""
        for cells in rows:
            self._write(cells)

    def close(self) -> None:
        """Pack the file. Of many rows that takes seconds."""
        self._book.close()

    def _write(self, cells: Sequence[str], style: Any = None) -> None:
        for column, cell in enumerate(cells):
            clean_cell = characters.removed(cell)
            self._sheet.write_string(
                self._row,
                column,
                clean_cell,
                style,
            )
        self._row += 1
