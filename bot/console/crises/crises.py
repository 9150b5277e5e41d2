"""Crises: open one (and everyone there is asked), look at it, close it."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.parts import picker
from bot.consular.crises import board as crises_board
from bot.consular.crises import crises
from bot.consular.errors import ConsularError
from bot.models import Crisis
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text.text import LANGUAGES


async def new(visit: Visit) -> Response:
    """An empty form."""
    names = dict.fromkeys(LANGUAGES, "")
    values = {"names": names, "countries": [], "drill": False}
    return await _form(visit, "crises/new.html", values)


async def check(visit: Visit) -> Response:
    """What will happen, before it does; with `back` the form again; to htmx only the numbers."""
    values = _values(visit)
    if visit.is_partial:
        return await _form(visit, "estimate.html", values)
    complete = all(values["names"].values()) and values["countries"]
    if not complete or visit.field("back"):
        wrong = (
            ""
            if visit.field("back")
            else visit.say(N_("Write the name in both languages and choose a country."))
        )
        return await _form(visit, "crises/new.html", values, wrong)
    return await _form(visit, "crises/confirm.html", values)


async def open_it(visit: Visit) -> Response:
    """Opens the crisis; everyone in it is asked at once."""
    values = _values(visit)
    try:
        async with visit.runtime.db.begin() as session:
            await crises.open_crisis(
                session,
                visit.staff,
                values["names"],
                values["countries"],
                values["drill"],
                visit.now,
                _has_link(visit),
            )
    except ConsularError as error:
        return await _form(visit, "crises/new.html", values, visit.explain(error))
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, "board")
    return go("/?done=opened")


async def show(visit: Visit) -> Response:
    """One crisis by country."""
    crisis, board = await _board(visit)
    return visit.page("crises/crisis.html", crisis=crisis, board=board)


async def part(visit: Visit) -> Response:
    """The part that changes."""
    crisis, board = await _board(visit)
    return visit.page("crises/crisis_live.html", crisis=crisis, board=board)


async def close(visit: Visit) -> Response:
    """The crisis is over."""
    async with visit.runtime.db.begin() as session:
        await crises.close(
            session, visit.staff, await crises.get(session, visit.number("id")), visit.now
        )
    await bells.announce(visit.runtime.redis, "board")
    return go("/?done=closed")


async def _board(visit: Visit) -> tuple[Crisis, crises_board.Board]:
    async with visit.runtime.db.read() as session:
        crisis = await session.get(Crisis, visit.number("id"))
        if crisis is None:
            raise HTTPException(404)
        return crisis, await crises_board.board(session, crisis, visit.now)


def _values(visit: Visit) -> dict[str, Any]:
    return {
        "names": {
            language: visit.field(f"name_{language}", crises.MAX_NAME_CHARS)
            for language in LANGUAGES
        },
        "countries": picker.chosen(visit),
        "drill": bool(visit.field("drill")),
    }


async def _form(visit: Visit, template: str, values: dict[str, Any], wrong: str = "") -> Response:
    contents = crises.roll_call(values["names"], values["drill"], _has_link(visit))
    async with visit.runtime.db.read() as session:
        estimate = await picker.estimate(session, visit, values["countries"], contents)
        choices = await picker.choices(session, visit)
    return visit.page(
        template,
        422 if wrong else 200,
        values=values,
        choices=choices,
        estimate=estimate,
        wrong=wrong,
    )


def _has_link(visit: Visit) -> bool:
    return visit.runtime.settings.public_url is not None


ROUTES = [
    Page("/crises/new", new, may="crises"),
    Page("/crises/check", check, may="crises", methods=("POST",)),
    Page("/crises", open_it, may="crises", methods=("POST",)),
    Page("/crises/{id:int}", show, may="board"),
    Page("/crises/{id:int}/board", part, may="board"),
    Page("/crises/{id:int}/close", close, may="crises", methods=("POST",)),
]
