"""The board: who is where, and who has not answered."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from starlette.responses import Response

from bot.consular.crises import board, crises
from bot.consular.crises.board import Board
from bot.consular.people import communities, search
from bot.consular.people.communities import Community
from bot.consular.staff import roles
from bot.models import Crisis
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
    boards: dict[Crisis, Board] = {}
    async with visit.runtime.db.read() as session:
        for crisis in await crises.open_ones(session):
            if crises.concerns(visit.staff, crisis):
                covered = roles.countries(visit.staff)
                boards[crisis] = await board.board(session, crisis, visit.now, covered)
        everywhere = await search.by_country(session, visit.now)
        rows = [row for row in everywhere if roles.covers(visit.staff, row[0])]
        countries = _countries(visit, rows, boards)
        estimated = await communities.estimated(session, countries, visit.now)
    return {
        "opened": boards.items(),
        "rows": rows,
        **_present(rows),
        "of_country": _of_countries(estimated),
        "communities": _of_crises(visit, boards, estimated),
    }


def _present(rows: Iterable[Any]) -> dict[str, int]:
    """Count those who are taken to be in all countries together, and the most in one."""
    present = [people - stale for _country, people, stale in rows]
    return {
        "everyone": sum(present),
        "most": max(present, default=0),
    }


def _countries(visit: Visit, rows: Iterable[Any], opened: Iterable[Crisis]) -> set[str]:
    """Return the countries in which somebody is, and those of the open crises."""
    countries = {country for country, _people, _stale in rows if country}
    for crisis in opened:
        countries |= _own_countries(visit, crisis)
    return countries


def _of_countries(estimated: Iterable[Community]) -> dict[str, Community]:
    """Return the communities of whole countries, by country."""
    of_countries: dict[str, Community] = {}
    for community in estimated:
        if not community.city:
            of_countries[community.country] = community
    return of_countries


def _of_crises(
    visit: Visit,
    opened: Iterable[Crisis],
    estimated: Iterable[Community],
) -> dict[int, list[Community]]:
    """Return the communities of each open crisis, by its number."""
    of_crises: dict[int, list[Community]] = {}
    for crisis in opened:
        of_crises[crisis.id] = []
        countries = _own_countries(visit, crisis)
        for community in estimated:
            if community.country in countries:
                of_crises[crisis.id].append(community)
    return of_crises


def _own_countries(visit: Visit, crisis: Crisis) -> set[str]:
    """Return the countries of a crisis that the reader looks after; a drill has no community."""
    if crisis.drill:
        return set()
    codes = crises.countries_of(crisis)
    return {code for code in codes if roles.covers(visit.staff, code)}


ROUTES = [
    Page("/", show, may="board"),
    Page("/board", part, may="board"),
    Page("/board/changes", changes, may="board"),
]
