"""The list of the people of a crisis as a file for a spreadsheet, made while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response, StreamingResponse

from bot.console.crises import people
from bot.consular.crises import roster, roster_cells, roster_entries
from bot.consular.errors import ConsularError
from bot.models import Crisis
from bot.pages.visit import Page, Visit
from bot.text import spreadsheets

SLICE_PEOPLE = 500
PORTION_BYTES = 64 * 1024
TYPES = {
    "csv": spreadsheets.CSV_TYPE,
    "xlsx": spreadsheets.XLSX_TYPE,
}


async def download(visit: Visit) -> Response:
    """Send the whole list that is filtered, and note first who took it and how many people."""
    kind = visit.field("kind")
    if kind not in TYPES:
        raise ConsularError("Choose a kind of file.")
    crisis = await people.find(visit)
    filters = people.read_filter(visit.field, crisis)
    async with visit.runtime.db.begin() as session:
        ids = await roster.everybody(
            session,
            visit.staff,
            crisis,
            filters,
            visit.now,
        )
        await roster.note_look(
            session,
            visit.staff,
            crisis,
            "downloaded",
            len(ids),
            visit.now,
        )
    name = f"tammen-crisis-{crisis.id}-people.{kind}"
    write = WRITERS[kind]
    return StreamingResponse(
        write(visit, crisis, ids),
        media_type=TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _csv(visit: Visit, crisis: Crisis, ids: Sequence[int]) -> AsyncIterator[bytes]:
    titles = roster_cells.titles(visit.language)
    head = spreadsheets.UTF_8_MARK + spreadsheets.lines([titles])
    yield head.encode()
    async for rows in _slices(visit, crisis, ids):
        yield spreadsheets.lines(rows).encode()


async def _xlsx(visit: Visit, crisis: Crisis, ids: Sequence[int]) -> AsyncIterator[bytes]:
    """Make the file in a folder that nobody else may read and that goes when it was sent."""
    with TemporaryDirectory(prefix="tammen-") as folder:
        path = Path(folder) / "people.xlsx"
        titles = roster_cells.titles(visit.language)
        sheet = spreadsheets.Sheet(
            path,
            titles,
            visit.language,
        )
        async for rows in _slices(visit, crisis, ids):
            sheet.write(rows)
        await asyncio.to_thread(sheet.close)
        with path.open("rb") as file:
            while portion := file.read(PORTION_BYTES):
                yield portion


async def _slices(
    visit: Visit,
    crisis: Crisis,
    ids: Sequence[int],
) -> AsyncIterator[list[list[str]]]:
    """Yield the cells of the people, some hundred at a time."""
    for start in range(0, len(ids), SLICE_PEOPLE):
        portion = ids[start : start + SLICE_PEOPLE]
        async with visit.runtime.db.read() as session:
            listed = await roster_entries.entries(session, crisis, portion)
        rows: list[list[str]] = []
        for entry in listed:
            cells = roster_cells.cells(entry, visit.language)
            rows.append(cells)
        yield rows


WRITERS = {
    "csv": _csv,
    "xlsx": _xlsx,
}
ROUTES = [
    Page(
        "/crises/{id:int}/people/file",
        download,
        may="people",
        methods=("POST",),
        asks_again=True,
    ),
]
