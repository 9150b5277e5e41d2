"""What admins do for somebody who lost their second factors."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.staff import news
from bot.consular.staff import factors
from bot.consular.staff.roles import actor
from bot.models import Staff
from bot.pages.visit import Page, Visit, go
from bot.signals import bells


async def reset(visit: Visit) -> Response:
    """Remove the second factors of an account, which sets up new ones at the next sign-in."""
    async with visit.runtime.db.begin() as session:
        account = await session.get(Staff, visit.number("id"))
        if account is None:
            raise HTTPException(404)
        await factors.reset(session, account, visit.now, visit.staff)
    await bells.announce(visit.runtime.redis, actor(account))
    response = go("/staff?done=factors_reset")
    response.background = news.letter(visit, account, news.FACTORS_RESET)
    return response


ROUTES = [
    Page(
        "/staff/{id:int}/factors/reset",
        reset,
        may="accounts",
        methods=("POST",),
        asks_again=True,
    ),
]
