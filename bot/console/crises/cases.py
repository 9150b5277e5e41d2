"""Cases: people who need staff, life at risk first."""

from __future__ import annotations

from dataclasses import dataclass
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

TOPIC = "board"
# How long a case of each kind may wait: its clock turns amber at half of it, red when it is over.
MAX_WAIT = {
    CaseKind.LIFE: timedelta(minutes=30),
    CaseKind.MEDICAL: timedelta(hours=2),
    CaseKind.UNCLEAR: timedelta(hours=2),
    CaseKind.DETAINED: timedelta(hours=2),
    CaseKind.EVACUATION: timedelta(hours=12),
    CaseKind.RELATIVE: timedelta(hours=24),
    CaseKind.HUMAN: timedelta(hours=24),
    CaseKind.FAULT: timedelta(hours=24),
}
AMBER_SHARE = 0.5
RED_SHARE = 1.0

Light = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list: where its person is, how long it has waited, the colour of its clock.

    `no_calls`: its person must not be called. `leaves`: they asked to be forgotten.
    """

    case: Case
    country: str | None
    no_calls: bool
    leaves: bool
    waited: timedelta
    light: Light


async def show(visit: Visit) -> Response:
    """Show all cases that are not closed.

    Names and notes are on the person's record, where every look is audited.
    """
    return await _list(visit, "crises/cases.html")


async def part(visit: Visit) -> Response:
    """Show the list alone."""
    return await _list(visit, "crises/cases_live.html")


async def take(visit: Visit) -> Response:
    """Give the case to the account that is signed in."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await cases.take(
            session,
            visit.staff,
            case,
            visit.now,
        )
    await bells.announce(visit.runtime.redis, TOPIC)
    return go("/cases?done=taken")


async def close(visit: Visit) -> Response:
    """Close the case."""
    async with visit.runtime.db.begin() as session:
        case = await cases.get(session, visit.number("id"))
        await cases.close(
            session,
            visit.staff,
            case,
            visit.now,
        )
    await bells.announce(visit.runtime.redis, TOPIC)
    return go("/cases?done=case_closed")


async def _list(visit: Visit, template: str) -> Response:
    async with visit.runtime.db.read() as session:
        waiting = await cases.waiting(session, visit.staff)
        people = await _people(session, waiting)
        owners = {account.id: account.email for account in await accounts.everyone(session)}
    rows = []
    for case in waiting:
        waited = visit.now - case.opened_at
        country, no_calls, leaves = people[case.person_id]
        rows.append(
            Row(
                case,
                country,
                no_calls,
                leaves,
                waited,
                light(case.kind, waited),
            )
        )
    return visit.page(template, rows=rows, owners=owners)


def light(kind: CaseKind, waited: timedelta) -> Light:
    """Return the colour of a case's clock."""
    share = waited / MAX_WAIT[kind]
    if share < AMBER_SHARE:
        return "green"
    if share < RED_SHARE:
        return "amber"
    return "red"


async def _people(
    session: AsyncSession,
    waiting: list[Case],
) -> dict[int, tuple[str | None, bool, bool]]:
    """Look up each case's person by id: country, not to be called, asked to be forgotten."""
    person_ids = {case.person_id for case in waiting}
    columns = (Person.id, Person.country, Person.no_calls_at, Person.erasure_asked_at)
    query = select(*columns).where(Person.id.in_(person_ids))
    people: dict[int, tuple[str | None, bool, bool]] = {}
    for person in await session.execute(query):
        has_no_calls = person.no_calls_at is not None
        leaves = person.erasure_asked_at is not None
        people[person.id] = person.country, has_no_calls, leaves
    return people


ROUTES = [
    Page("/cases", show, may="cases"),
    Page("/cases/list", part, may="cases"),
    Page(
        "/cases/{id:int}/take",
        take,
        may="cases",
        methods=("POST",),
    ),
    Page(
        "/cases/{id:int}/close",
        close,
        may="cases",
        methods=("POST",),
    ),
]
