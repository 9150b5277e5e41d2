"""Tables as files for a spreadsheet, made while they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response, StreamingResponse

from bot.consular.errors import ConsularError
from bot.messages import Language
from bot.text import spreadsheets

PORTION_BYTES = 64 * 1024
TYPES = {
    "csv": spreadsheets.CSV_TYPE,
    "xlsx": spreadsheets.XLSX_TYPE,
}

Rows = Sequence[Sequence[str]]


def check_kind(kind: str) -> None:
    """Refuse a kind of file that there is not. Raises ConsularError."""
    if kind not in TYPES:
        raise ConsularError("Choose a kind of file.")


def send(
    kind: str,
    name: str,
    titles: Sequence[str],
    portions: AsyncIterator[Rows],
    language: Language,
) -> Response:
    """Answer with a table as a file of a kind of TYPES; its rows come in portions."""
    content = _csv(titles, portions)
    if kind == "xlsx":
        content = _xlsx(titles, portions, language)
    return StreamingResponse(
        content,
        media_type=TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="tammen-{name}.{kind}"'},
    )


async def at_once(rows: Rows) -> AsyncIterator[Rows]:
    """Yield all rows as one portion: of a table that is small."""
    yield rows


async def _csv(titles: Sequence[str], portions: AsyncIterator[Rows]) -> AsyncIterator[bytes]:
    head = spreadsheets.UTF_8_MARK + spreadsheets.lines([titles])
    yield head.encode()
    async for rows in portions:
        yield spreadsheets.lines(rows).encode()


async def _xlsx(
    titles: Sequence[str],
    portions: AsyncIterator[Rows],
    language: Language,
) -> AsyncIterator[bytes]:
    """Make the file in a folder that nobody else may read and that goes when it was sent."""
    with TemporaryDirectory(prefix="tammen-") as folder:
        path = Path(folder) / "table.xlsx"
        sheet = spreadsheets.Sheet(path, titles, language)
        async for rows in portions:
            sheet.write(rows)
        await asyncio.to_thread(sheet.close)
        with path.open("rb") as file:
            while portion := file.read(PORTION_BYTES):
                yield portion
