"""Accounts of the console: list, propose one or a new link, block."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.changes import changes
from bot.consular.changes.kinds import NewAccount, NewLink
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, factors, roles
from bot.models import Role, Staff
from bot.pages import rendering
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells

MAX_EMAIL_CHARS = 200
COUNTRY_CODE_CHARS = 2


async def show(visit: Visit) -> Response:
    """Show all accounts, and a form for one more."""
    return await _list(visit)


async def add(visit: Visit) -> Response:
    """Propose an account. A second admin adds it, and its link goes to its owner."""
    email = visit.field("email", MAX_EMAIL_CHARS)
    role = _role(visit.field("role"))
    country = _country(visit, role)
    try:
        async with visit.runtime.db.begin() as session:
            change = NewAccount(email, role, country)
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return await _list(visit, wrong=visit.explain(error))
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/staff?done=proposed")


def _role(code: str) -> Role:
    try:
        return Role(code)
    except ValueError:
        return Role.HQ_OFFICER


def _country(visit: Visit, role: Role) -> str | None:
    """Return the country of a post officer; other accounts have none."""
    if role is not Role.POST_OFFICER:
        return None
    return visit.field("country", COUNTRY_CODE_CHARS) or None


async def renew(visit: Visit) -> Response:
    """Propose a new link, for somebody who lost theirs or forgot the password."""
    async with visit.runtime.db.begin() as session:
        account = await _account(visit, session)
        await changes.propose(session, visit.staff, NewLink(account.id), visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/staff?done=proposed")


async def block(visit: Visit) -> Response:
    """Block an account: it is signed out and stays out."""
    if visit.number("id") == visit.staff.id:
        raise ConsularError("You cannot block your own account.")
    async with visit.runtime.db.begin() as session:
        account = await _account(visit, session)
        await accounts.block(session, account, visit.now, visit.staff)
    await bells.announce(visit.runtime.redis, roles.actor(account))
    return go("/staff?done=blocked")


async def _list(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        everyone = await accounts.everyone(session)
        with_factor = await factors.accounts_with_one(session)
    return visit.page(
        "staff/accounts.html",
        422 if wrong else 200,
        wrong=wrong,
        email=visit.field("email", MAX_EMAIL_CHARS),
        accounts=everyone,
        with_factor=with_factor,
        roles=list(Role),
        countries=rendering.countries(visit.language),
    )


async def _account(visit: Visit, session: AsyncSession) -> Staff:
    account = await session.get(Staff, visit.number("id"))
    if account is None:
        raise HTTPException(404)
    return account


ROUTES = [
    Page("/staff", show, may="accounts"),
    Page("/staff", add, may="accounts", methods=("POST",), asks_again=True),
    Page("/staff/{id:int}/link", renew, may="accounts", methods=("POST",), asks_again=True),
    Page("/staff/{id:int}/block", block, may="accounts", methods=("POST",), asks_again=True),
]
