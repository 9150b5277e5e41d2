"""Communities abroad: who is registered, how old the records are, and how many live there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.consular.errors import ConsularError
from bot.consular.people import communities
from bot.consular.people.communities import Community, Order
from bot.consular.reference import estimates, places
from bot.consular.staff import roles
from bot.messages import Language
from bot.models import CommunityEstimate
from bot.pages import rendering
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go
from bot.text import spreadsheets

MAX_CITY_CHARS = 80
MAX_DAY_CHARS = 20
ORDERS: tuple[Order, ...] = get_args(Order)
TITLES = (
    N_("Country"),
    N_("City"),
    N_("Registered people"),
    N_("Doubtful, counted apart"),
    N_("Not registered"),
    N_("Registered, with the people with them"),
    N_("Half confirmed within days"),
    N_("Last confirmed"),
    N_("Estimated"),
    N_("Registered ÷ estimated, %"),
    N_("Source"),
    N_("As of"),
)


async def show(visit: Visit) -> Response:
    """Show every country, or the cities of the one in the address."""
    return await _table(visit)


async def save(visit: Visit) -> Response:
    """Enter an estimate, or take it away where the figure is empty."""
    country = visit.field("country", 2).upper()
    city = visit.field("city", MAX_CITY_CHARS)
    figure = visit.field("figure", estimates.MAX_FIGURE_CHARS)
    try:
        place = _place(country, city)
        async with visit.runtime.db.begin() as session:
            if figure:
                await estimates.set_estimate(
                    session,
                    visit.staff,
                    place,
                    figure,
                    visit.field("source", estimates.MAX_SOURCE_CHARS + 1),
                    visit.field("day", MAX_DAY_CHARS),
                    visit.now,
                )
            else:
                await estimates.remove(session, visit.staff, place, visit.now)
    except ConsularError as error:
        return await _table(visit, visit.explain(error))
    return go(f"/communities?country={country}&done=saved" if city else "/communities?done=saved")


async def download(visit: Visit) -> Response:
    """Send the table as CSV or XLSX, in the order of the address."""
    kind = visit.request.query_params.get("kind", "")
    if kind not in WRITERS:
        raise HTTPException(404)
    rows: list[list[str]] = []
    for community in await _listed(visit):
        rows.append(_cells(community, visit.language))
    titles = list(map(visit.say, TITLES))
    content = await WRITERS[kind](titles, rows, visit.language)
    return Response(
        content,
        media_type=TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="tammen-communities.{kind}"'},
    )


def _place(country: str, city: str) -> str:
    """Return the code of a place; a city by its name in either script. Raises ConsularError."""
    if not city:
        return country
    for code in places.cities_like(city, limit=20):
        if code.startswith(f"{country}/"):
            return code
    return f"{country}/{city}"


def _country(visit: Visit) -> str:
    """Return the country of the address, "" for all. Raises HTTPException 404."""
    country = visit.request.query_params.get("country", "").upper()
    if country and (country not in places.COUNTRIES or not roles.covers(visit.staff, country)):
        raise HTTPException(404)
    return country


def _order(visit: Visit) -> Order:
    chosen = visit.request.query_params.get("sort", "")
    for order in ORDERS:
        if order == chosen:
            return order
    return "registered"


async def _listed(visit: Visit) -> list[Community]:
    """Count what the address asks for: countries or cities, with an estimate, or without one."""
    country = _country(visit)
    async with visit.runtime.db.read() as session:
        if country:
            counted = await communities.by_city(session, visit.staff, country, visit.now)
        else:
            counted = await communities.by_country(session, visit.staff, visit.now)
    wanted = visit.request.query_params.get("estimate", "")
    if wanted == "with":
        counted = [community for community in counted if community.estimate is not None]
    if wanted == "without":
        counted = [community for community in counted if community.estimate is None]
    return communities.in_order(counted, _order(visit))


async def _table(visit: Visit, wrong: str = "") -> Response:
    country = _country(visit)
    listed = await _listed(visit)
    choices: list[tuple[str, str]] = []
    for code, name in rendering.countries(visit.language):
        if roles.covers(visit.staff, code):
            choices.append((code, name))
    typed: dict[str, str] = {}
    for field in ("country", "city", "figure", "source", "day"):
        typed[field] = visit.field(field, estimates.MAX_SOURCE_CHARS)
    return visit.page(
        "office/communities.html",
        422 if wrong else 200,
        communities=listed,
        country=country,
        order=_order(visit),
        wanted=visit.request.query_params.get("estimate", ""),
        choices=choices,
        query=visit.request.url.query,
        typed=typed,
        today=visit.now.date().isoformat(),
        wrong=wrong,
    )


def _cells(community: Community, language: Language) -> list[str]:
    """Write a community for a spreadsheet, in plain digits."""
    city = places.city_name(community.city, language) if community.city else ""
    return [
        places.country_name(community.country, language),
        city,
        str(community.registered),
        str(community.doubtful),
        str(community.unregistered),
        str(community.with_them),
        "" if community.median_days is None else str(community.median_days),
        community.last_confirmed.date().isoformat() if community.last_confirmed else "",
        *_estimate_cells(community, community.estimate),
    ]


def _estimate_cells(community: Community, estimate: CommunityEstimate | None) -> list[str]:
    if estimate is None or community.share is None:
        return ["", "", "", ""]
    percent = f"{100 * community.share:.1f}"
    return [str(estimate.people), percent, estimate.source, estimate.dated.isoformat()]


async def _csv(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    language: Language,  # noqa: ARG001  # both writers take it
) -> bytes:
    written = spreadsheets.UTF_8_MARK + spreadsheets.lines([titles, *rows])
    return written.encode()


async def _xlsx(
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    language: Language,
) -> bytes:
    with TemporaryDirectory(prefix="tammen-") as folder:
        path = Path(folder) / "communities.xlsx"
        sheet = spreadsheets.Sheet(path, titles, language)
        sheet.write(rows)
        await asyncio.to_thread(sheet.close)
        return path.read_bytes()


TYPES = {"csv": spreadsheets.CSV_TYPE, "xlsx": spreadsheets.XLSX_TYPE}
WRITERS = {"csv": _csv, "xlsx": _xlsx}
ROUTES = [
    Page("/communities", show, may="board"),
    Page("/communities", save, may="posts", methods=("POST",)),
    Page("/communities/file", download, may="board"),
]
