"""What an SMS part costs by country: the table staff keep, for the estimates."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.reference import prices
from bot.pages import rendering
from bot.pages.visit import Page, Visit, go


async def show(visit: Visit) -> Response:
    """The prices, and a row for another country."""
    return await _table(visit)


async def save(visit: Visit) -> Response:
    """One price; empty takes it away, and the country then costs what the others cost."""
    country, dollars = visit.field("country", 2).upper(), visit.field("dollars", 20)
    try:
        async with visit.runtime.db.begin() as session:
            await prices.set_price(session, visit.staff, country, dollars, visit.now)
    except ConsularError as error:
        return await _table(visit, visit.explain(error))
    return go("/prices?done=saved")


async def _table(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        table = await prices.table(session)
    elsewhere = prices.of(table, prices.ELSEWHERE)
    named = rendering.countries(visit.language)
    rows = [(code, name, table[code]) for code, name in named if code in table]
    others = [(code, name) for code, name in named if code not in table]
    facts = {
        "rows": rows,
        "others": others,
        "elsewhere": elsewhere,
        "micros": prices.MICROS,
        "wrong": wrong,
    }
    return visit.page("office/prices.html", 422 if wrong else 200, **facts)


ROUTES = [
    Page("/prices", show, may="settings"),
    Page("/prices", save, may="settings", methods=("POST",)),
]
