"""What an SMS part costs by country: the table staff keep, for the estimates."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.changes import changes
from bot.consular.changes.kinds import PriceChange
from bot.consular.errors import ConsularError
from bot.consular.reference import prices
from bot.pages import rendering
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells

MAX_COUNTRY_CHARS = 2
MAX_DOLLARS_CHARS = 20


async def show(visit: Visit) -> Response:
    """Show the prices, and a row for another country."""
    return await _table(visit)


async def save(visit: Visit) -> Response:
    """Propose one price; an empty one removes the country's own, once a second person agrees."""
    country = visit.field("country", MAX_COUNTRY_CHARS).upper()
    dollars = visit.field("dollars", MAX_DOLLARS_CHARS)
    try:
        change = PriceChange(country, prices.price(country, dollars))
        async with visit.runtime.db.begin() as session:
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return await _table(visit, visit.explain(error))
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/prices?done=proposed")


async def _table(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        table = await prices.table(session)
    priced: list[tuple[str, str, int]] = []
    unpriced: list[tuple[str, str]] = []
    for code, name in rendering.countries(visit.language):
        if code in table:
            priced.append((code, name, table[code]))
        else:
            unpriced.append((code, name))
    return visit.page(
        "office/prices.html",
        422 if wrong else 200,
        priced=priced,
        unpriced=unpriced,
        elsewhere=prices.of(table, prices.ELSEWHERE),
        micros=prices.MICROS,
        wrong=wrong,
    )


ROUTES = [
    Page("/prices", show, may="settings"),
    Page("/prices", save, may="settings", methods=("POST",)),
]
