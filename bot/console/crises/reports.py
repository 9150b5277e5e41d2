"""Reports of a crisis: situation reports while it runs, the after-action report when it is over."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.parts import downloads
from bot.consular.crises import after_action, crises, sitreps
from bot.consular.crises.sitreps import Reading
from bot.consular.errors import ConsularError
from bot.documents import html
from bot.documents.parts import Document
from bot.messages import Language
from bot.pages.visit import Page, Visit, go
from bot.reports import after_action as after_action_words
from bot.reports import sitreps as sitrep_words
from bot.reports.formats import Format
from bot.text.text import row_number


async def make(visit: Visit) -> Response:
    """Make a situation report of this moment."""
    sitrep_id = await sitreps.make(
        visit.runtime.db,
        visit.number("id"),
        visit.staff,
        visit.now,
    )
    return go(f"/sitreps/{sitrep_id}")


async def schedule(visit: Visit) -> Response:
    """Let the worker make a situation report every few hours."""
    hours = row_number(visit.field("hours"))
    if hours is None:
        hours = -1  # which is refused in words
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, visit.number("id"))
        await sitreps.schedule(session, visit.staff, crisis, hours, visit.now)
    return go(f"/crises/{crisis.id}?done=saved")


async def show(visit: Visit) -> Response:
    """Show a situation report."""
    reading = await _reading(visit)
    document = sitrep_words.document(reading, visit.language)
    path = f"/sitreps/{reading.sitrep.id}"
    return visit.page(
        "crises/report.html",
        document=document,
        body=html.body(document),
        crisis=reading.crisis,
        files=[f"{path}/pdf", f"{path}/xlsx"],
    )


async def pdf(visit: Visit) -> Response:
    """Send a situation report as PDF."""
    return await _sitrep_file(visit, Format.PDF)


async def xlsx(visit: Visit) -> Response:
    """Send a situation report as a spreadsheet."""
    return await _sitrep_file(visit, Format.XLSX)


async def _sitrep_file(visit: Visit, file_format: Format) -> Response:
    reading = await _reading(visit)
    document = sitrep_words.document(reading, downloads.language(visit))
    name = f"sitrep-{reading.crisis.id}-{reading.sitrep.number}"
    return await downloads.file(document, file_format, name)


async def _reading(visit: Visit) -> Reading:
    """Read the report in the path. Raises HTTPException 404."""
    try:
        async with visit.runtime.db.read() as session:
            return await sitreps.read(session, visit.staff, visit.number("id"))
    except ConsularError:
        raise HTTPException(404) from None


async def show_after_action(visit: Visit) -> Response:
    """Show the after-action report of a closed crisis."""
    document = await _after_action(visit, visit.language)
    crisis_id = visit.number("id")
    async with visit.runtime.db.read() as session:
        crisis = await crises.get(session, crisis_id)
    return visit.page(
        "crises/report.html",
        document=document,
        body=html.body(document),
        crisis=crisis,
        files=[f"/crises/{crisis_id}/after-action/pdf"],
    )


async def after_action_pdf(visit: Visit) -> Response:
    """Send the after-action report as PDF."""
    document = await _after_action(visit, downloads.language(visit))
    name = f"after-action-{visit.number('id')}"
    return await downloads.file(document, Format.PDF, name)


async def _after_action(visit: Visit, language: Language) -> Document:
    async with visit.runtime.db.snapshot() as session:
        report = await after_action.report(
            session,
            visit.staff,
            visit.number("id"),
            visit.now,
        )
    return after_action_words.document(report, language)


ROUTES = [
    Page(
        "/crises/{id:int}/sitreps",
        make,
        may="crises",
        methods=("POST",),
    ),
    Page(
        "/crises/{id:int}/schedule",
        schedule,
        may="crises",
        methods=("POST",),
    ),
    Page("/sitreps/{id:int}", show, may="board"),
    Page("/sitreps/{id:int}/pdf", pdf, may="board"),
    Page("/sitreps/{id:int}/xlsx", xlsx, may="board"),
    Page("/crises/{id:int}/after-action", show_after_action, may="board"),
    Page("/crises/{id:int}/after-action/pdf", after_action_pdf, may="board"),
]
