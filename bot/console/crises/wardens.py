"""The wardens in a crisis: whom each looks after, and how many of those are silent."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.crises import course, warden_board
from bot.consular.people import warden_words, wardens
from bot.pages.visit import Page, Visit


async def show(visit: Visit) -> Response:
    """Show a line for each warden."""
    async with visit.runtime.db.begin() as session:
        crisis = await course.readable(session, visit.staff, visit.number("id"))
        lines = await warden_board.look(session, visit.staff, crisis, visit.now)
    return visit.page(
        "crises/wardens.html",
        crisis=crisis,
        lines=lines,
        area_of=wardens.area_of,
        area_name=warden_words.area_name,
    )


ROUTES = [Page("/crises/{id:int}/wardens", show, may="people")]
