"""The evacuation of a crisis: its transports with their seats, and a form for another one."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.crises import crises, manifests, transports
from bot.consular.crises.transports import Words
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import TransportKind
from bot.pages import zones
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go
from bot.text.text import LANGUAGES, row_number


async def show(visit: Visit) -> Response:
    """Show the transports, and how many wait for a seat: no names."""
    try:
        async with visit.runtime.db.read() as session:
            overview = await manifests.overview(session, visit.staff, visit.number("id"))
    except ConsularError:
        raise HTTPException(404) from None
    return visit.page("crises/evacuation.html", overview=overview)


async def new(visit: Visit) -> Response:
    """Show an empty form for a transport."""
    return await _form(visit)


async def draft(visit: Visit) -> Response:
    """Write down a transport; nobody is told of it yet."""
    code = visit.field("kind")
    try:
        if code not in list(TransportKind):
            raise ConsularError(N_("Choose a kind."))
        async with visit.runtime.db.begin() as session:
            crisis = await crises.get(session, visit.number("id"))
            transport = await transports.draft(
                session,
                visit.staff,
                crisis,
                visit.field("country").upper(),
                TransportKind(code),
                row_number(visit.field("seats")) or 0,
                words(visit),
                visit.now,
            )
    except ConsularError as error:
        return await _form(visit, visit.explain(error))
    return go(f"/transports/{transport.id}?done=saved")


def words(visit: Visit) -> Words:
    """Read from the form what people are to be told. Raises ConsularError."""
    departs_at = zones.read(visit.field("departs_at"), zones.of(visit))
    if departs_at is None:
        raise ConsularError(N_("Write when it departs."))
    return Words(
        departs_at,
        _by_language(visit, "destination"),
        _by_language(visit, "meeting_point"),
        _by_language(visit, "luggage"),
    )


def _by_language(visit: Visit, name: str) -> dict[str, str]:
    most = transports.MAX_WORDS_CHARS + 1  # one letter too many is refused, and never cut off
    return {language: visit.field(f"{name}_{language}", most) for language in LANGUAGES}


async def _form(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        crisis = await crises.get(session, visit.number("id"))
    if not crises.concerns(visit.staff, crisis):
        raise HTTPException(403 if wrong else 404)
    covered = crises.countries_of(crisis)
    zone = zones.of(visit)
    return visit.page(
        "crises/transport_new.html",
        422 if wrong else 200,
        crisis=crisis,
        kinds=list(TransportKind),
        countries=[country for country in covered if roles.covers(visit.staff, country)],
        zone=zone,
        zone_name=zones.name(zone, visit.language, visit.now),
        wrong=wrong,
    )


ROUTES = [
    Page("/crises/{id:int}/evacuation", show, may="board"),
    Page("/crises/{id:int}/evacuation/new", new, may="cases"),
    Page("/crises/{id:int}/evacuation", draft, may="cases", methods=("POST",)),
]
