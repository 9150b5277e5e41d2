"""The people behind the board of a crisis: who they are, how they are reached, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, cast, get_args
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.audiences.standings import COUNTS
from bot.consular.crises import crises, outreach, roster, roster_cells, roster_entries
from bot.consular.crises.roster import Filter, Order
from bot.consular.crises.roster_entries import Entry
from bot.consular.errors import ConsularError
from bot.consular.people import cell_words, tags
from bot.consular.people.household_needs import NEEDS
from bot.consular.reference import places
from bot.consular.staff import accounts
from bot.messages import Channel
from bot.models import Crisis, Outreach, Role
from bot.pages.visit import Page, Visit
from bot.text.text import clean, page_number

MAX_TEXT_CHARS = 80
MAX_PRINTED = 500
MAX_CITIES_LIKE = 20
STANDINGS = (*COUNTS, roster.STALE)

Read = Callable[[str], str]  # a field of the filter by its name, "" where there is none


async def show(visit: Visit) -> Response:
    """Show a page of the list; the audit trail notes the look at the names."""
    crisis = await find(visit)
    filters = of_address(visit, crisis)
    number = page_number(visit.request.query_params.get("page", ""))
    async with visit.runtime.db.read() as session:
        chosen = await roster.page(session, visit.staff, crisis, filters, number, visit.now)
        listed = await roster_entries.entries(session, crisis, chosen.ids)
        choices = await _choices(session, visit, crisis)
    await _note(visit, crisis, "viewed", listed)
    return visit.page(
        "crises/people.html",
        crisis=crisis,
        entries=listed,
        total=chosen.total,
        filters=filters,
        query=address(filters),
        number=number,
        last=max(1, ceil(chosen.total / roster.PAGE_PEOPLE)),
        most_printed=MAX_PRINTED,
        may_undo=_undoing(visit),
        **choices,
    )


async def sheet(visit: Visit) -> Response:
    """Show the list for paper: telephone numbers large, a box to tick; the look is noted."""
    crisis = await find(visit)
    filters = of_address(visit, crisis)
    async with visit.runtime.db.read() as session:
        ids = await roster.everybody(session, visit.staff, crisis, filters, visit.now)
        listed = await roster_entries.entries(session, crisis, ids[:MAX_PRINTED])
    await _note(visit, crisis, "printed", listed)
    return visit.page(
        "crises/people_sheet.html",
        crisis=crisis,
        entries=listed,
        total=len(ids),
        filters=filters,
        labels=roster_cells,
    )


async def find(visit: Visit) -> Crisis:
    """Find the crisis of the path, if it is the reader's business. Raises HTTPException 404."""
    try:
        async with visit.runtime.db.read() as session:
            return await roster.find(session, visit.staff, visit.number("id"))
    except ConsularError:
        raise HTTPException(404) from None


def of_address(visit: Visit, crisis: Crisis) -> Filter:
    """Read the filter from the address of the page."""
    query = visit.request.query_params

    def read(name: str) -> str:
        return query.get(name, "")

    return read_filter(read, crisis)


def read_filter(read: Read, crisis: Crisis) -> Filter:
    """Read a filter; what is no choice of ours is left out."""
    standing = read("standing")
    country = read("country").upper()
    channel = read("channel")
    order = read("sort")
    need = read("need")
    return Filter(
        standing=standing if standing in STANDINGS else "",
        country=country if country in places.COUNTRIES else "",
        city=_city(read("city"), crisis),
        tag=clean(read("tag"), tags.MAX_TAG_CHARS),
        need=need if need in NEEDS else "",
        channel=Channel(channel) if channel in list(Channel) else None,
        order=cast(Order, order) if order in get_args(Order) else "urgent",
    )


def _city(written: str, crisis: Crisis) -> str:
    """Return the city that somebody chose (`TR/Istanbul`) or wrote, in any script."""
    name = clean(written, MAX_TEXT_CHARS)
    covered = crises.countries_of(crisis)
    if name[2:3] == "/" and name[:2] in covered:
        return name
    for city in places.cities_like(name, MAX_CITIES_LIKE):
        if city[:2] in covered:
            return city
    return name


def address(filters: Filter) -> str:
    """Write the filter as it stands in an address, without what is so anyway."""
    fields = {
        "standing": filters.standing,
        "country": filters.country,
        "city": filters.city,
        "tag": filters.tag,
        "need": filters.need,
        "channel": filters.channel.value if filters.channel else "",
        "sort": filters.order.removeprefix("urgent"),
    }
    return urlencode({name: text for name, text in fields.items() if text})


async def _choices(session: AsyncSession, visit: Visit, crisis: Crisis) -> dict[str, Any]:
    """Look up what may be chosen among, and the names of officers."""
    known_tags = [tag for tag, _people in await tags.known(session, visit.staff)]
    other_tags = [tag for tag in known_tags if tag not in roster.VULNERABLE_TAGS]
    return {
        "standings": STANDINGS,
        "labels": roster_cells,
        "need_words": cell_words.NEEDS,
        "countries": crises.countries_of(crisis),
        "has_post": visit.staff.role is Role.POST_OFFICER,
        "tags": other_tags,
        "all_channels": list(Channel),
        "officers": await accounts.addresses(session),
    }


def _undoing(visit: Visit) -> Callable[[Outreach], bool]:
    def may_undo(attempt: Outreach) -> bool:
        return outreach.may_undo(visit.staff, attempt, visit.now)

    return may_undo


async def _note(
    visit: Visit,
    crisis: Crisis,
    how: str,
    listed: Sequence[Entry],
) -> None:
    if not listed:
        return
    person_ids = [entry.person.id for entry in listed]
    async with visit.runtime.db.begin() as session:
        await roster.note_look(session, visit.staff, crisis, how, person_ids, visit.now)


ROUTES = [
    Page("/crises/{id:int}/people", show, may="people"),
    Page("/crises/{id:int}/people/sheet", sheet, may="people"),
]
