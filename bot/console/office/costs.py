"""What SMS cost today and this month, and the replies that no budget had room for."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.reference import costs, prices
from bot.models import SmsTallyKind
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit

REASONS = {
    SmsTallyKind.NUMBER: N_("one number"),
    SmsTallyKind.BLOCK: N_("a block of 10,000 numbers"),
    SmsTallyKind.COUNTRY: N_("one country"),
    SmsTallyKind.ALL: N_("all numbers"),
    SmsTallyKind.DEAR: N_("premium, shared-cost or satellite number"),
}


async def show(visit: Visit) -> Response:
    """Show the costs by country, and the replies not sent by reason."""
    async with visit.runtime.db.read() as session:
        today = await costs.today(session, visit.now)
        month = await costs.this_month(session, visit.now)
    budget = visit.runtime.settings.reply_budget
    limits = {
        SmsTallyKind.NUMBER: budget.number,
        SmsTallyKind.BLOCK: budget.block,
        SmsTallyKind.COUNTRY: budget.country,
        SmsTallyKind.ALL: budget.all_numbers,
    }
    return visit.page(
        "office/costs.html",
        today=today,
        month=month,
        reasons=REASONS,
        limits=limits,
        cries=budget.cries,
        micros=prices.MICROS,
    )


ROUTES = [Page("/costs", show, may="upkeep")]
