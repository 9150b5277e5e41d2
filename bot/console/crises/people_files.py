"""The list of the people of a crisis as a file for a spreadsheet, made while it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from starlette.responses import Response

from bot.console.crises import people
from bot.console.parts import spreadsheet_files
from bot.consular.crises import roster, roster_cells, roster_entries
from bot.models import Crisis
from bot.pages.visit import Page, Visit

SLICE_PEOPLE = 500


async def download(visit: Visit) -> Response:
    """Send the whole list that is filtered, and note first who took it and how many people."""
    kind = visit.field("kind")
    spreadsheet_files.check_kind(kind)
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
            ids,
            visit.now,
        )
    return spreadsheet_files.send(
        kind,
        f"crisis-{crisis.id}-people",
        roster_cells.titles(visit.language),
        _slices(visit, crisis, ids),
        visit.language,
    )


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


ROUTES = [
    Page(
        "/crises/{id:int}/people/file",
        download,
        may="people",
        methods=("POST",),
        asks_again=True,
    ),
]
