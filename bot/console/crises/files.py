"""Files that the person of a case sent: images are shown, everything else is downloaded."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import cases, files
from bot.consular.errors import ConsularError
from bot.pages.visit import Page, Visit

# Whatever is in a file, it loads nothing, runs nothing and stands in no frame.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


async def show(visit: Visit) -> Response:
    """Send a file of a case; the look is noted."""
    number = visit.number("id")
    file_id = visit.number("file")
    try:
        async with visit.runtime.db.begin() as session:
            case = await cases.get(session, number)
            media_type, content = await files.read(
                session,
                visit.staff,
                case,
                file_id,
                visit.now,
            )
    except ConsularError:
        raise HTTPException(404) from None
    is_image = media_type.startswith("image/")
    disposition = "inline" if is_image else "attachment"
    ending = media_type.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'{disposition}; filename="case-{number}-{file_id}.{ending}"',
        "Content-Security-Policy": POLICY,
    }
    return Response(content, media_type=media_type, headers=headers)


ROUTES = [Page("/cases/{id:int}/files/{file:int}", show, may="cases")]
