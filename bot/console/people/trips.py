"""Trips: who will be where on which day, and what officers do about the trip of a person."""

from __future__ import annotations

from datetime import date
from math import ceil
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.console.parts import spreadsheet_files
from bot.consular.crises import trip_desk
from bot.consular.errors import ConsularError
from bot.consular.people import trip_list
from bot.consular.people.trip_list import Arrivals, Window
from bot.consular.reference import places
from bot.models import Trip
from bot.pages.rendering import countries
from bot.pages.visit import Page, Visit, go
from bot.text.text import ascii_digits, page_number


async def show(visit: Visit) -> Response:
    """Show how many people are where on which day, and who they are; the look is noted."""
    looked_at = _window(visit)
    number = page_number(visit.request.query_params.get("page", ""))
    async with visit.runtime.db.begin() as session:
        arrivals = await trip_list.counts(session, visit.staff, looked_at)
        travellers, total = await trip_list.travellers(
            session,
            visit.staff,
            looked_at,
            number,
            visit.now,
        )
    return visit.page(
        "people/trips.html",
        window=looked_at,
        arrivals=arrivals,
        travellers=travellers,
        total=total,
        all_countries=countries(visit.language),
        query=_address(looked_at),
        number=number,
        last=max(1, ceil(total / trip_list.PAGE_PEOPLE)),
    )


async def download(visit: Visit) -> Response:
    """Send the numbers as a file for a spreadsheet; it holds no name."""
    kind = visit.request.query_params.get("kind", "")
    if kind not in spreadsheet_files.TYPES:
        raise HTTPException(404)
    looked_at = _window(visit)
    async with visit.runtime.db.read() as session:
        arrivals = await trip_list.counts(session, visit.staff, looked_at)
    rows = [_cells(visit, row) for row in arrivals]
    return spreadsheet_files.send(
        kind,
        f"trips-{looked_at.first.isoformat()}",
        _titles(visit, looked_at),
        spreadsheet_files.at_once(rows),
        visit.language,
    )


def _titles(visit: Visit, looked_at: Window) -> list[str]:
    titles = [visit.say("Country"), visit.say("All")]
    titles.extend(map(date.isoformat, looked_at.days))
    return titles


def _cells(visit: Visit, row: Arrivals) -> list[str]:
    name = places.country_name(row.country, visit.language)
    return [name, str(row.travellers), *map(str, row.people)]


def _window(visit: Visit) -> Window:
    """Read the days and the country from the address; what is none of ours is left out."""
    query = visit.request.query_params
    country = query.get("country", "").upper()
    return trip_list.window(
        _day(query.get("from", "")),
        _day(query.get("until", "")),
        country if country in places.COUNTRIES else "",
        visit.now.date(),
    )


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(ascii_digits(written.strip()))
    except ValueError:
        return None


def _address(looked_at: Window) -> str:
    """Write what is looked at as it stands in an address."""
    fields = {
        "country": looked_at.country,
        "from": looked_at.first.isoformat(),
        "until": looked_at.last.isoformat(),
    }
    return urlencode({name: text for name, text in fields.items() if text})


async def end(visit: Visit) -> Response:
    """End the trip of a person."""
    async with visit.runtime.db.begin() as session:
        trip = await _own(session, visit)
        await trip_desk.end(session, visit.staff, trip.id, visit.now)
    return go(f"/people/{trip.person_id}?done=saved#trips")


async def correct(visit: Visit) -> Response:
    """Put the days of a trip right."""
    begins_on = _day(visit.field("from"))
    written_until = visit.field("until")
    until = _day(written_until)
    if begins_on is None or (written_until and until is None):
        raise ConsularError("Write each day as 2026-12-31.")
    async with visit.runtime.db.begin() as session:
        trip = await _own(session, visit)
        await trip_desk.correct(
            session,
            visit.staff,
            trip.id,
            begins_on,
            until,
            visit.now,
        )
    return go(f"/people/{trip.person_id}?done=saved#trips")


async def _own(session: AsyncSession, visit: Visit) -> Trip:
    """Find the trip of the path, if it is the reader's business. Raises HTTPException 404."""
    try:
        return await trip_desk.find(session, visit.staff, visit.number("id"))
    except ConsularError:
        raise HTTPException(404) from None


ROUTES = [
    Page("/people/trips", show, may="people"),
    Page("/people/trips/file", download, may="people"),
    Page("/trips/{id:int}/end", end, may="people", methods=("POST",)),
    Page("/trips/{id:int}/correct", correct, may="people", methods=("POST",)),
]
