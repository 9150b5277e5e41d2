"""Tables that commands write as files for a spreadsheet, readable by their owner alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, TextIO

import typer

from bot.commands.ground import CommandError
from bot.messages import Language
from bot.text import spreadsheets

LANGUAGE: Language = "en"
Rows = Sequence[Sequence[str]]
CsvFile = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write CSV, readable by its owner alone."),
]
XlsxFile = Annotated[
    Path | None,
    typer.Option("--xlsx", metavar="FILE", help="Write XLSX, readable by its owner alone."),
]


async def write_csv(path: Path, titles: Sequence[str], portions: AsyncIterator[Rows]) -> None:
    """Write a table as CSV into a new file. Raises CommandError."""
    with _new(path) as file:
        file.write(spreadsheets.UTF_8_MARK)
        file.write(spreadsheets.lines([titles]))
        async for rows in portions:
            file.write(spreadsheets.lines(rows))


async def write_xlsx(path: Path, titles: Sequence[str], portions: AsyncIterator[Rows]) -> None:
    """Write a table as XLSX into a new file. Raises CommandError."""
    _new(path).close()
    sheet = spreadsheets.Sheet(path, titles, LANGUAGE)
    async for rows in portions:
        sheet.write(rows)
    sheet.close()


async def write(
    csv_file: Path | None,
    xlsx_file: Path | None,
    titles: Sequence[str],
    rows: Rows,
) -> bool:
    """Write a small table into the files that were asked for; tell whether there were any."""
    if csv_file is not None:
        await write_csv(csv_file, titles, _at_once(rows))
    if xlsx_file is not None:
        await write_xlsx(xlsx_file, titles, _at_once(rows))
    return csv_file is not None or xlsx_file is not None


async def _at_once(rows: Rows) -> AsyncIterator[Rows]:
    """Yield all rows as one portion: of a table that is small."""
    yield rows


def _new(path: Path) -> TextIO:
    """Open a new file; as all that we make, its owner alone may read it. Raises CommandError."""
    try:
        return path.open("x", encoding="utf-8", newline="")
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
