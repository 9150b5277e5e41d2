"""Wardens: who they are, which people have none, and asking somebody to be one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from bot.consular.crises import warden_tests
from bot.consular.errors import ConsularError
from bot.consular.people import search, warden_coverage, warden_words, wardens
from bot.consular.people.warden_coverage import Coverage
from bot.consular.people.wardens import Area
from bot.consular.reference import places
from bot.documents import sheets
from bot.documents.parts import Cell, Number, Table
from bot.messages import Language
from bot.models import Person, WardenState
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go
from bot.signals import bells
from bot.text import spreadsheets

MAX_AREA_CHARS = 200
COMMUNITY = "tag:"  # begins the choice of a community in the form


async def show(visit: Visit) -> Response:
    """Show the wardens and the coverage, of one country with `?country=` and state `?state=`."""
    country = _country(visit)
    state = _state(visit)
    async with visit.runtime.db.begin() as session:
        listed = await warden_coverage.listed(
            session,
            visit.staff,
            country,
            state,
        )
        await warden_coverage.note_look(session, visit.staff, listed, visit.now)
        covered = await warden_coverage.by_place(
            session,
            visit.staff,
            country,
        )
        tests = await warden_tests.latest(session, [warden.id for warden, _ in listed])
    return visit.page(
        "people/wardens.html",
        wardens=listed,
        places=covered,
        tests=tests,
        is_unanswered=warden_tests.is_unanswered,
        area_of=wardens.area_of,
        area_name=warden_words.area_name,
        country=country or "",
        state=state.value if state else "",
        states=list(WardenState),
    )


def _country(visit: Visit) -> str | None:
    code = visit.request.query_params.get("country", "").upper()
    return code if code in places.COUNTRIES else None


def _state(visit: Visit) -> WardenState | None:
    written = visit.request.query_params.get("state", "")
    return WardenState(written) if written in set(WardenState) else None


async def appoint(visit: Visit) -> Response:
    """Ask a person to be the warden of where they are, or of a community there."""
    person_id = visit.number("id")
    choice = visit.field("area", MAX_AREA_CHARS)
    async with visit.runtime.db.begin() as session:
        person = await search.mine(
            session,
            visit.staff,
            person_id,
        )
        area = _chosen_area(person, choice)
        warden = await wardens.appoint(
            session,
            visit.staff,
            person_id,
            area,
            visit.now,
        )
        was_reached = await warden_words.invite(
            session,
            warden,
            visit.now,
        )
        if not was_reached:
            raise ConsularError("No message reaches this person: nobody was asked.")
    await bells.ring(visit.runtime.redis, "out")
    return go(f"/people/{person_id}?done=warden_asked")


def _chosen_area(person: Person, choice: str) -> Area:
    """Return the area that the form names, around where the person is. Raises ConsularError."""
    if person.country is None:
        raise ConsularError("We do not know where this person is.")
    if choice.startswith(COMMUNITY):
        return Area(person.country, community=choice.removeprefix(COMMUNITY))
    if choice == "city" and person.city is not None:
        return Area(person.country, person.city)
    if choice == "country":
        return Area(person.country)
    raise ConsularError("Choose what the warden looks after.")


async def end(visit: Visit) -> Response:
    """End that somebody is a warden; they are told."""
    async with visit.runtime.db.begin() as session:
        warden = await wardens.end(
            session,
            visit.staff,
            visit.number("id"),
            visit.now,
        )
        await warden_words.farewell(
            session,
            warden,
            visit.now,
        )
    await bells.ring(visit.runtime.redis, "out")
    return go(f"/people/{warden.person_id}?done=warden_ended")


async def test(visit: Visit) -> Response:
    """Ask a warden now whether they are there."""
    async with visit.runtime.db.begin() as session:
        warden = await wardens.active(
            session,
            visit.staff,
            visit.number("id"),
        )
        was_reached = await warden_tests.ask(
            session,
            warden,
            visit.now,
        )
        if not was_reached:
            raise ConsularError("No message reaches this person: nobody was asked.")
    await bells.ring(visit.runtime.redis, "out")
    return go("/wardens?done=warden_tested")


# --- the coverage as a file -----------------------------------------------------------------------


async def download_csv(visit: Visit) -> Response:
    """Send the coverage as CSV: counts alone, nobody's name."""
    table = await _table(visit)
    rows: list[Sequence[str]] = [table.headings]
    for cells in table.rows:
        rows.append([_plain(cell) for cell in cells])
    written = spreadsheets.UTF_8_MARK + spreadsheets.lines(rows)
    return _file(
        written.encode(),
        spreadsheets.CSV_TYPE,
        "csv",
    )


async def download_xlsx(visit: Visit) -> Response:
    """Send the coverage as XLSX."""
    title = visit.say(N_("Wardens"))
    sheet = sheets.Sheet(
        title,
        (),
        await _table(visit),
    )
    content = await asyncio.to_thread(
        sheets.book,
        visit.language,
        [sheet],
    )
    return _file(
        content,
        spreadsheets.XLSX_TYPE,
        "xlsx",
    )


async def _table(visit: Visit) -> Table:
    async with visit.runtime.db.read() as session:
        covered = await warden_coverage.by_place(
            session,
            visit.staff,
            _country(visit),
        )
    headings = [
        visit.say(N_("Country")),
        visit.say(N_("City")),
        visit.say(N_("People")),
        visit.say(N_("Wardens")),
        visit.say(N_("People without a warden")),
    ]
    return Table(headings, [_cells(place, visit.language) for place in covered])


def _cells(place: Coverage, language: Language) -> list[Cell]:
    city = places.city_name(place.city, language) if place.city else ""
    return [
        places.country_name(place.country, language),
        city,
        _number(place.people),
        _number(place.wardens),
        _number(place.without),
    ]


def _number(amount: int) -> Number:
    return Number(amount, str(amount))


def _plain(cell: Cell) -> str:
    return cell.text if isinstance(cell, Number) else cell


def _file(
    content: bytes,
    media_type: str,
    ending: str,
) -> Response:
    disposition = f'attachment; filename="tammen-wardens.{ending}"'
    return Response(
        content,
        media_type=media_type,
        headers={"Content-Disposition": disposition},
    )


ROUTES = [
    Page(
        "/wardens",
        show,
        may="people",
    ),
    Page(
        "/wardens/coverage.csv",
        download_csv,
        may="people",
    ),
    Page(
        "/wardens/coverage.xlsx",
        download_xlsx,
        may="people",
    ),
    Page(
        "/wardens/{id:int}/end",
        end,
        may="people",
        methods=("POST",),
    ),
    Page(
        "/wardens/{id:int}/test",
        test,
        may="people",
        methods=("POST",),
    ),
    Page(
        "/people/{id:int}/warden",
        appoint,
        may="people",
        methods=("POST",),
        asks_again=True,
    ),
]
