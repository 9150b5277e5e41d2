"""Missing people in files of other organisations, out and in; for headquarters."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.consular.crises import crises, pfif, pfif_reading
from bot.consular.crises.pfif import Import
from bot.consular.errors import ConsularError
from bot.models import Crisis
from bot.pages.visit import Page, Visit
from bot.signals import bells
from bot.text.text import row_number

TOPIC = "board"
FILE_NAME = "missing-people-{crisis}.xml"


async def show(visit: Visit) -> Response:
    """Show both forms."""
    return await _show(visit)


async def export(visit: Visit) -> Response:
    """Send the reports of a crisis as a file. It is posted: each file is written down."""
    host = urlsplit(visit.site).hostname or pfif.NO_HOST
    try:
        async with visit.runtime.db.begin() as session:
            crisis = await _crisis(session, visit)
            if crisis is None:
                raise ConsularError("There is no such crisis.")
            document = await pfif.export(session, visit.staff, crisis, host, visit.now)
    except ConsularError as error:
        return await _show(visit, visit.explain(error))
    name = FILE_NAME.format(crisis=crisis.id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(document, media_type="application/xml", headers=headers)


async def take(visit: Visit) -> Response:
    """Make reports of the people in an uploaded file."""
    document = await visit.file("file")
    try:
        records = await asyncio.to_thread(pfif_reading.read, document)
        async with visit.runtime.db.begin() as session:
            crisis = await _crisis(session, visit)
            taken = await pfif.take(session, visit.staff, records, crisis, visit.now)
    except ConsularError as error:
        return await _show(visit, visit.explain(error))
    await bells.announce(visit.runtime.redis, TOPIC)
    return await _show(visit, taken=taken)


async def _crisis(session: AsyncSession, visit: Visit) -> Crisis | None:
    """Return the crisis that was chosen; None for none."""
    crisis_id = row_number(visit.field("crisis"))
    if crisis_id is None:
        return None
    return await session.get(Crisis, crisis_id)


async def _show(
    visit: Visit,
    wrong: str = "",
    taken: Import | None = None,
) -> Response:
    async with visit.runtime.db.read() as session:
        open_crises = await crises.open_ones(session)
    status = 422 if wrong else 200
    return visit.page(
        "crises/pfif.html",
        status,
        crises=open_crises,
        wrong=wrong,
        taken=taken,
    )


ROUTES = [
    Page("/cases/exchange", show, may="exchange"),
    Page("/cases/exchange/export", export, may="exchange", methods=("POST",)),
    Page("/cases/exchange/import", take, may="exchange", methods=("POST",), files=1),
]
