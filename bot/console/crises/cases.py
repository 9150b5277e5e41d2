"""The list of cases: real ones first, life at risk first, page by page.

The list never moves under a finger: what is new waits behind a line that loads it, rows change in
place, and nothing is done to a case but on its own page.
"""

from __future__ import annotations

from math import ceil
from typing import Any, TypeVar, cast, get_args
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import QueryParams
from starlette.responses import Response

from bot.consular.crises import caseload, clocks, crises, letters
from bot.consular.crises.caseload import Filter, Order, Owner, Reality, Stage
from bot.consular.reference.places import COUNTRIES
from bot.consular.staff import accounts
from bot.models import CaseKind, Role
from bot.pages import rendering
from bot.pages.visit import Page, Visit
from bot.text.text import row_number

MAX_IDS = caseload.PAGE_CASES

Choice = TypeVar("Choice", bound=str)


async def show(visit: Visit) -> Response:
    """Show a page of the cases that are chosen; the audit trail notes the look at the names."""
    query = visit.request.query_params
    filters = _filter(query)
    number = row_number(query.get("page", "")) or 1
    async with visit.runtime.db.begin() as session:
        total = await caseload.count(session, visit.staff, filters)
        last = max(1, ceil(total / caseload.PAGE_CASES))
        number = min(number, last)
        rows = await caseload.page(session, visit.staff, filters, number)
        newest = await caseload.newest(session)
        choices = await _choices(session, visit)
        if rows:
            await caseload.note_look(session, visit.staff, rows, visit.now)
    ids = [row.case.id for row in rows]
    return visit.page(
        "crises/cases.html",
        rows=rows,
        total=total,
        filters=filters,
        query=_query(filters),
        live_query=_live_query(filters, ids, newest),
        number=number,
        last=last,
        light=clocks.light,
        **choices,
    )


async def part(visit: Visit) -> Response:
    """Show what changed: how many cases are new, and state and clock of those on the page.

    It holds no name and no word, so the audit trail need not know.
    """
    query = visit.request.query_params
    filters = _filter(query)
    ids = _ids(query.get("ids", ""))
    newest = row_number(query.get("than", "")) or 0
    async with visit.runtime.db.read() as session:
        cases = await caseload.those(session, visit.staff, ids)
        newer = await caseload.count_newer(session, visit.staff, filters, newest)
        unread = await letters.unread(session, [case.id for case in cases])
        owners = await accounts.addresses(session)
    return visit.page(
        "crises/cases_live.html",
        cases=cases,
        newer=newer,
        unread=unread,
        owners=owners,
        query=_query(filters),
        light=clocks.light,
    )


async def alarm(visit: Visit) -> Response:
    """Show the number of cases that need somebody now, for the menu of every page."""
    async with visit.runtime.db.read() as session:
        visit.alarm = await clocks.alarm(session, visit.staff, visit.now)
    return visit.page("crises/alarm_live.html")


async def _choices(session: AsyncSession, visit: Visit) -> dict[str, Any]:
    """Look up what the account may choose among, and the names of owners."""
    staff = visit.staff
    open_crises = await crises.open_ones(session)
    return {
        "has_post": staff.role is Role.POST_OFFICER,
        "countries": rendering.countries(visit.language),
        "owners": await accounts.addresses(session),
        "crises": [crisis for crisis in open_crises if crises.concerns(staff, crisis)],
    }


def _filter(query: QueryParams) -> Filter:
    """Read the filter from the address; what is no choice of ours is left out."""
    kind = query.get("kind", "")
    country = query.get("country", "").upper()
    is_country = country in COUNTRIES
    if country == caseload.NO_COUNTRY.upper():
        country, is_country = caseload.NO_COUNTRY, True
    kinds = {case_kind.value: case_kind for case_kind in CaseKind}
    return Filter(
        kind=kinds.get(kind),
        stage=_choice(query, "state", get_args(Stage), "waiting"),
        owner=_choice(query, "owner", get_args(Owner), ""),
        country=country if is_country else "",
        crisis_id=row_number(query.get("crisis", "")),
        reality=_choice(query, "drill", get_args(Reality), ""),
        order=_choice(query, "sort", get_args(Order), "triage"),
    )


def _choice(
    query: QueryParams,
    name: str,
    choices: tuple[Choice, ...],
    default: str,
) -> Choice:
    code = query.get(name, default)
    return cast(Choice, code if code in choices else default)


def _query(filters: Filter) -> str:
    """Write the filter as it stands in an address, without what is so anyway."""
    fields = {
        "kind": filters.kind.value if filters.kind else "",
        "state": filters.stage.removeprefix("waiting"),
        "owner": filters.owner,
        "country": filters.country,
        "crisis": str(filters.crisis_id or ""),
        "drill": filters.reality,
        "sort": filters.order.removeprefix("triage"),
    }
    return urlencode({name: text for name, text in fields.items() if text})


def _live_query(filters: Filter, ids: list[int], newest: int) -> str:
    """Write what the live part needs: the filter, the cases on the page, the newest of all."""
    numbers = ".".join(map(str, ids))
    fields = urlencode({"ids": numbers, "than": newest})
    query = _query(filters)
    return f"{query}&{fields}" if query else fields


def _ids(written: str) -> list[int]:
    """Read the numbers of cases, no more than stand on a page."""
    ids: list[int] = []
    for digits in written.split(".")[:MAX_IDS]:
        number = row_number(digits)
        if number is not None:
            ids.append(number)
    return ids


ROUTES = [
    Page("/cases", show, may="cases"),
    Page("/cases/list", part, may="cases"),
    Page("/cases/alarm", alarm, may="cases"),
]
