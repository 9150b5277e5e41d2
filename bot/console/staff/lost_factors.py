"""What admins do for somebody who lost their second factors."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

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
    return go("/staff?done=factors_reset")


ROUTES = [
    Page(
        "/staff/{id:int}/factors/reset",
        reset,
        may="accounts",
        methods=("POST",),
        asks_again=True,
    ),
]
