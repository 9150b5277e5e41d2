"""Spreadsheets (XLSX): a sheet for each section; texts are texts and never formulas."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from bot.documents.parts import Cell, Document, Note, Number, Table
from bot.messages import Language
from bot.runtime import characters

# A name of a sheet has no more letters, and none of these.
MAX_NAME_CHARS = 31
MAX_CELL_CHARS = 32_000
MAX_COLUMN_PIXELS = 420
_UNUSABLE = re.compile(r"[\[\]:*?/\\]")
# What begins a formula where somebody pastes the cell as text.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: lines above the table, and the table."""

    name: str
    lines: Sequence[str]
    table: Table


async def write(document: Document) -> bytes:
    """Write a document as XLSX: its facts, then a sheet for each table."""
    return await asyncio.to_thread(book, document.language, sheets_of(document))


def sheets_of(document: Document) -> list[Sheet]:
    """Return the sheets of a document. Pictures are in its PDF alone."""
    facts = Table((document.title, ""), document.facts)
    opening = [text for text in (document.mark, document.subtitle) if text]
    sheets = [Sheet(document.title, opening, facts)]
    for section in document.sections:
        lines: list[str] = []
        for block in section.blocks:
            if isinstance(block, Note):
                lines.append(block.text)
            if isinstance(block, Table):
                sheets.append(Sheet(section.title, lines, block))
    return sheets


def book(language: Language, sheets: Sequence[Sheet]) -> bytes:
    """Write sheets as XLSX, from right to left for Arabic."""
    stream = BytesIO()
    with Workbook(stream, OPTIONS) as workbook:
        styles = _Styles(workbook)
        names: set[str] = set()
        for sheet in sheets:
            name = _free_name(sheet.name, names)
            names.add(name.casefold())
            worksheet = workbook.add_worksheet(name)
            if language == "ar":
                worksheet.right_to_left()
            _fill(worksheet, sheet, styles)
    return stream.getvalue()


class _Styles:
    """The formats of one workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self.bold: Format = workbook.add_format({"bold": True})
        self.number: Format = workbook.add_format({"num_format": "#,##0"})
        self.share: Format = workbook.add_format({"num_format": "0%"})
        self.quoted: Format = workbook.add_format({"quote_prefix": True})


def _free_name(title: str, names: set[str]) -> str:
    """Make a name for a sheet that no other one has."""
    usable = _UNUSABLE.sub(" ", _plain(title)).strip(" '")[:MAX_NAME_CHARS] or "1"
    name = usable
    number = 2
    while name.casefold() in names:
        ending = f" {number}"
        name = usable[: MAX_NAME_CHARS - len(ending)] + ending
        number += 1
    return name


def _fill(worksheet: Worksheet, sheet: Sheet, styles: _Styles) -> None:
    """Write the lines, the headings, the rows and the total."""
    line = 0
    for text in sheet.lines:
        _put(worksheet, line, 0, text, styles)
        line += 1
    for column, heading in enumerate(sheet.table.headings):
        worksheet.write_string(line, column, _plain(heading), styles.bold)
    line += 1
    worksheet.freeze_panes(line, 0)
    rows = [*sheet.table.rows]
    if sheet.table.total:
        rows.append(sheet.table.total)
    for cells in rows:
        for column, cell in enumerate(cells):
            _put(worksheet, line, column, cell, styles)
        line += 1
    worksheet.autofit(MAX_COLUMN_PIXELS)


def _put(
    worksheet: Worksheet,
    line: int,
    column: int,
    cell: Cell,
    styles: _Styles,
) -> None:
    """Write a number as a number, and any text as a text."""
    if isinstance(cell, Number) and cell.amount is not None:
        style = styles.share if cell.is_share else styles.number
        worksheet.write_number(line, column, cell.amount, style)
        return
    text = _plain(cell.text if isinstance(cell, Number) else cell)
    prefix = styles.quoted if text.startswith(_FORMULA_SIGNS) else None
    worksheet.write_string(line, column, text, prefix)


def _plain(text: str) -> str:
    return characters.removed(text)[:MAX_CELL_CHARS]
