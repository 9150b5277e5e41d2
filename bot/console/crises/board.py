"""The board: who is where, and who has not answered."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from bot.consular.crises import board, crises
from bot.consular.people import search
from bot.pages import live
from bot.pages.visit import Page, Visit

WHERE_NEXT = ("board",)  # the announcements this page listens to


async def show(visit: Visit) -> Response:
    """The whole page."""
    return visit.page("crises/board.html", **await _facts(visit))


async def part(visit: Visit) -> Response:
    """The part that changes."""
    return visit.page("crises/board_live.html", **await _facts(visit))


async def changes(visit: Visit) -> Response:
    """Events about check-ins, cases, crises."""
    return live.events(visit, WHERE_NEXT)


async def _facts(visit: Visit) -> dict[str, Any]:
    async with visit.runtime.db.read() as session:
        opened = [
            (crisis, await board.board(session, crisis, visit.now))
            for crisis in await crises.open_ones(session)
        ]
        rows = await search.by_country(session, visit.now)
    return {"opened": opened, "rows": rows, "everyone": sum(n for _, n, _ in rows)}


ROUTES = [
    Page("/", show, may="board"),
    Page("/board", part, may="board"),
    Page("/board/changes", changes, may="board"),
]
