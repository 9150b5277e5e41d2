"""The community in figures: work, study, skills and languages, without anybody in particular."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from bot.consular.audit import lists
from bot.consular.people import profile_figures, profile_words
from bot.consular.people.profile_figures import ANYBODY, WHOLE_COUNTRY
from bot.consular.reference import places
from bot.consular.staff import roles
from bot.documents import sheets
from bot.documents.parts import Cell, Number, Table
from bot.messages import Language
from bot.models import ProfileFigure
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit
from bot.text import spreadsheets

DIMENSIONS: Mapping[str, str] = {
    "profession": N_("Work"),
    "field": N_("Studied"),
    "skill": N_("Can do"),
    "language": N_("Languages"),
    "volunteer": N_("Would help with"),
    "years": N_("Years abroad"),
}
HEADINGS = (N_("Country"), N_("City"), N_("Question"), N_("Answer"), N_("People, at least"))
MAX_VOLUNTEERS = 100


async def show(visit: Visit) -> Response:
    """Show the figures of a country (`?country=`), and of its cities."""
    async with visit.runtime.db.read() as session:
        countries = await profile_figures.countries(session, visit.staff)
        country = _country(visit, countries)
        figures = await _figures(visit, country)
    return visit.page(
        "people/community.html",
        countries=countries,
        country=country,
        blocks=_blocks(figures),
        dimensions=DIMENSIONS,
        name=profile_words.name,
        least=profile_figures.LEAST,
        skills=_skills(visit.language),
    )


def _country(visit: Visit, countries: Sequence[str]) -> str:
    """Return the country that is asked for, or the first that has figures; "" for none."""
    code = visit.request.query_params.get("country", "").upper()
    if code in countries:
        return code
    return next(iter(countries), "")


async def _figures(visit: Visit, country: str) -> list[ProfileFigure]:
    if not country:
        return []
    async with visit.runtime.db.read() as session:
        return await profile_figures.of_country(session, visit.staff, country)


def _blocks(figures: Sequence[ProfileFigure]) -> dict[str, dict[str, list[ProfileFigure]]]:
    """Sort the figures by place and dimension: the whole country is the place ""."""
    blocks: dict[str, dict[str, list[ProfileFigure]]] = {}
    for figure in figures:
        by_dimension = blocks.setdefault(figure.city, {})
        by_dimension.setdefault(figure.dimension, []).append(figure)
    return blocks


def _skills(language: Language) -> list[tuple[str, str]]:
    """Return what somebody may offer, with its name."""
    skills: list[tuple[str, str]] = []
    for dimension, code in profile_words.answers():
        if dimension == profile_words.OFFERED:
            name = profile_words.name(dimension, code, language)
            skills.append((code, name))
    return skills


async def volunteers(visit: Visit) -> Response:
    """Show who offers something in a country; the look is written down."""
    country = visit.request.query_params.get("country", "").upper()
    code = visit.request.query_params.get("skill", "")
    offers = dict(_skills(visit.language))
    people = []
    if country in places.COUNTRIES and code in offers:
        async with visit.runtime.db.begin() as session:
            people = await profile_figures.volunteers(
                session,
                visit.staff,
                country,
                code,
                MAX_VOLUNTEERS,
            )
            await lists.note(
                session,
                roles.actor(visit.staff),
                "profile.viewed",
                "people",
                visit.now,
                [person.id for person, _profile in people],
                people=len(people),
                country=country,
            )
    return visit.page(
        "people/volunteers.html",
        people=people,
        country=country,
        skill=code,
        skills=_skills(visit.language),
        name=profile_words.name,
    )


# --- files ----------------------------------------------------------------------------------------


async def download_csv(visit: Visit) -> Response:
    """Send the figures of a country as CSV."""
    table = await _table(visit)
    rows: list[Sequence[str]] = [table.headings]
    for cells in table.rows:
        rows.append([cell.text if isinstance(cell, Number) else cell for cell in cells])
    written = spreadsheets.UTF_8_MARK + spreadsheets.lines(rows)
    return _file(written.encode(), spreadsheets.CSV_TYPE, "csv")


async def download_xlsx(visit: Visit) -> Response:
    """Send the figures of a country as XLSX."""
    sheet = sheets.Sheet(visit.say(N_("The community")), (), await _table(visit))
    content = await asyncio.to_thread(sheets.book, visit.language, [sheet])
    return _file(content, spreadsheets.XLSX_TYPE, "xlsx")


async def _table(visit: Visit) -> Table:
    async with visit.runtime.db.read() as session:
        countries = await profile_figures.countries(session, visit.staff)
    figures = await _figures(visit, _country(visit, countries))
    headings = [visit.say(heading) for heading in HEADINGS]
    return Table(headings, [_cells(visit, figure) for figure in figures])


def _cells(visit: Visit, figure: ProfileFigure) -> list[Cell]:
    city = ""
    if figure.city != WHOLE_COUNTRY:
        city = places.city_name(figure.city, visit.language)
    answer = visit.say(N_("anybody who answered"))
    if figure.code != ANYBODY:
        answer = profile_words.name(figure.dimension, figure.code, visit.language)
    return [
        places.country_name(figure.country, visit.language),
        city,
        visit.say(DIMENSIONS[figure.dimension]),
        answer,
        Number(figure.people, str(figure.people)),
    ]


def _file(content: bytes, media_type: str, ending: str) -> Response:
    disposition = f'attachment; filename="tammen-community.{ending}"'
    return Response(content, media_type=media_type, headers={"Content-Disposition": disposition})


ROUTES = [
    Page("/community", show, may="board"),
    Page("/community/figures.csv", download_csv, may="board"),
    Page("/community/figures.xlsx", download_xlsx, may="board"),
    Page("/community/volunteers", volunteers, may="people"),
]
