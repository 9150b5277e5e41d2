"""Cases: who must be looked after, life at risk first."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.consular.crises import cases
from bot.consular.staff import accounts
from bot.models import Case, CaseKind, Person
from bot.pages.visit import Page, Visit, go
from bot.signals import bells

# How long a case of each kind may wait for somebody: the clock turns amber at half of it and red when it is over.
PATIENCE = {
    CaseKind.LIFE: timedelta(minutes=30),
    CaseKind.MEDICAL: timedelta(hours=2),
    CaseKind.UNCLEAR: timedelta(hours=2),
    CaseKind.EVACUATION: timedelta(hours=12),
    CaseKind.RELATIVE: timedelta(hours=24),
    CaseKind.HUMAN: timedelta(hours=24),
    CaseKind.FAULT: timedelta(hours=24),
}


async def show(visit: Visit) -> Response:
    """All cases that are not closed. Names and notes are on the person's record, where a look is written down."""
    return await _list(visit, "crises/cases.html")


async def part(visit: Visit) -> Response:
    """The list alone."""
    return await _list(visit, "crises/cases_live.html")


async def take(visit: Visit) -> Response:
    """The case is mine."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await cases.take(session, visit.staff, case, visit.now)
    await bells.announce(visit.runtime.redis, "board")
    return go("/cases?done=taken")


async def close(visit: Visit) -> Response:
    """The case is done."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await cases.close(session, visit.staff, case, visit.now)
    await bells.announce(visit.runtime.redis, "board")
    return go("/cases?done=case_closed")


async def _list(visit: Visit, template: str) -> Response:
    async with visit.runtime.db.read() as session:
        waiting = await cases.waiting(session, visit.staff)
        where = await _countries(session, waiting)
        owners = {account.id: account.email for account in await accounts.everyone(session)}
    rows = [
        (case, where[case.person_id], visit.now - case.opened_at, light(visit, case))
        for case in waiting
    ]
    return visit.page(template, rows=rows, owners=owners)


def light(visit: Visit, case: Case) -> Literal["green", "amber", "red"]:
    """The colour of a case's clock."""
    share = (visit.now - case.opened_at) / PATIENCE[case.kind]
    return "green" if share < 0.5 else "amber" if share < 1 else "red"


async def _countries(session: AsyncSession, waiting: list[Case]) -> dict[int, str | None]:
    wanted = {case.person_id for case in waiting}
    query = select(Person.id, Person.country).where(Person.id.in_(wanted))
    return {row.id: row.country for row in await session.execute(query)}


ROUTES = [
    Page("/cases", show, may="cases"),
    Page("/cases/list", part, may="cases"),
    Page("/cases/{id:int}/take", take, may="cases", methods=("POST",)),
    Page("/cases/{id:int}/close", close, may="cases", methods=("POST",)),
]
