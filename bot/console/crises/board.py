"""The board: who is where, and who has not answered."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.responses import Response

from bot.consular.crises import board, crises
from bot.consular.people import search
from bot.consular.staff import roles
from bot.pages import live
from bot.pages.sharing import Shared
from bot.pages.visit import Page, Visit

TOPICS = ("board",)  # announced when check-ins, cases or crises change


async def show(visit: Visit) -> Response:
    """Show the board: who is where, and who has not answered."""
    figures = await _figures(visit)
    return visit.page("crises/board.html", **figures)


async def part(visit: Visit) -> Response:
    """Show the part that changes; all who ask at the same time share it.

    It holds nothing of one reader: no form, no address.
    """
    reader = visit.staff
    readers = (
        visit.language,
        reader.role,
        tuple(roles.countries(reader) or ()),
    )
    make_part = partial(_part, visit)
    shared: Shared[Response] = visit.request.app.state.boards
    page = await shared.of(readers, make_part)
    return Response(
        page.body,
        media_type=page.media_type,
    )


async def _part(visit: Visit) -> Response:
    figures = await _figures(visit)
    return visit.page("crises/board_live.html", **figures)


async def changes(visit: Visit) -> Response:
    """Stream events about check-ins, cases and crises."""
    return live.events(visit, TOPICS)


async def _figures(visit: Visit) -> dict[str, Any]:
    boards = {}
    async with visit.runtime.db.read() as session:
        for crisis in await crises.open_ones(session):
            if crises.concerns(visit.staff, crisis):
                covered = roles.countries(visit.staff)
                boards[crisis] = await board.board(session, crisis, visit.now, covered)
        everywhere = await search.by_country(session, visit.now)
    countries = [row for row in everywhere if roles.covers(visit.staff, row[0])]
    people = sum(count for _country, count, _stale in countries)
    return {"opened": boards.items(), "rows": countries, "everyone": people}


ROUTES = [
    Page("/", show, may="board"),
    Page("/board", part, may="board"),
    Page("/board/changes", changes, may="board"),
]
