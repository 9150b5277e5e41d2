"""Accounts: who works here."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, tokens
from bot.models import Role, Staff
from bot.pages import rendering
from bot.pages.visit import Page, Visit, go


async def show(visit: Visit) -> Response:
    """All accounts, and a form for one more."""
    return await _list(visit)


async def add(visit: Visit) -> Response:
    """A new account; its link is shown once, to be handed over."""
    role = Role(visit.field("role")) if visit.field("role") in set(Role) else Role.HQ_OFFICER
    country = visit.field("country", 2) or None if role is Role.POST_OFFICER else None
    try:
        async with visit.runtime.db.begin() as session:
            account, token = await accounts.add(
                session, visit.field("email", 200), role, country, visit.now, visit.staff
            )
    except ConsularError as error:
        return await _list(visit, wrong=visit.explain(error))
    return visit.page("staff/link.html", account=account, link=f"{visit.site}/join/{token}")


async def renew(visit: Visit) -> Response:
    """A new link, for somebody who lost theirs or forgot the password."""
    async with visit.runtime.db.begin() as session:
        account = await _account(visit, session)
        token = await tokens.new_link(session, account, visit.now, visit.staff)
    return visit.page("staff/link.html", account=account, link=f"{visit.site}/join/{token}")


async def block(visit: Visit) -> Response:
    """The account is signed out and stays out."""
    if visit.number("id") == visit.staff.id:
        raise ConsularError("You cannot block your own account.")
    async with visit.runtime.db.begin() as session:
        await accounts.block(session, await _account(visit, session), visit.now, visit.staff)
    return go("/staff?done=blocked")


async def _list(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        listed = await accounts.everyone(session)
    values = {
        "accounts": listed,
        "roles": list(Role),
        "countries": rendering.countries(visit.language),
    }
    return visit.page(
        "staff/accounts.html",
        422 if wrong else 200,
        wrong=wrong,
        email=visit.field("email", 200),
        **values,
    )


async def _account(visit: Visit, session: AsyncSession) -> Staff:
    account = await session.get(Staff, visit.number("id"))
    if account is None:
        raise HTTPException(404)
    return account


ROUTES = [
    Page("/staff", show, may="accounts"),
    Page("/staff", add, may="accounts", methods=("POST",)),
    Page("/staff/{id:int}/link", renew, may="accounts", methods=("POST",)),
    Page("/staff/{id:int}/block", block, may="accounts", methods=("POST",)),
]
