"""The call list of a crisis: whom no question reaches, and who calls them."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.crises import call_list, call_sheet, course, crises
from bot.consular.staff import accounts, roles
from bot.pages.visit import Page, Visit, go
from bot.text.text import page_number, row_number

EVERYONE = "all"


async def show(visit: Visit) -> Response:
    """Show the reader's own calls, or with `?whose=all` everybody's; the look is written down."""
    whose = visit.request.query_params.get("whose", "")
    page = page_number(visit.request.query_params.get("page", ""))
    async with visit.runtime.db.begin() as session:
        crisis = await course.readable(session, visit.staff, visit.number("id"))
        sheet = await call_sheet.look(
            session,
            visit.staff,
            crisis,
            None if whose == EVERYONE else visit.staff.id,
            page,
            visit.now,
        )
        loads = await call_list.loads_of(session, crisis)
        everyone = await accounts.everyone(session)
    officers = [account for account in everyone if roles.may(account, "cases")]
    return visit.page(
        "crises/calls.html",
        crisis=crisis,
        sheet=sheet,
        whose=whose,
        page=page,
        loads=loads.most_common(),
        names={account.id: account.email for account in everyone},
        officers=officers,
    )


async def hand(visit: Visit) -> Response:
    """Give a call to a colleague."""
    number = visit.number("id")
    colleague_id = row_number(visit.field("colleague")) or 0
    async with visit.runtime.db.begin() as session:
        crisis = await crises.get(session, number)
        colleague = await accounts.get(session, colleague_id)
        await call_list.hand(
            session,
            visit.staff,
            crisis,
            visit.number("person"),
            colleague,
            visit.now,
        )
    return go(f"/crises/{number}/calls?done=call_handed")


ROUTES = [
    Page("/crises/{id:int}/calls", show, may="cases"),
    Page(
        "/crises/{id:int}/calls/{person:int}/hand",
        hand,
        may="cases",
        methods=("POST",),
    ),
]
