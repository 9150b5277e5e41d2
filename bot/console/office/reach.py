"""What each country lets through, cell by cell, and how somebody there can answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from starlette.responses import Response

from bot.consular.changes import changes
from bot.consular.changes.kinds import ReachChange
from bot.consular.errors import ConsularError
from bot.consular.reference import country_reach, places, posts, reach_words
from bot.consular.reference.country_reach import Cells
from bot.consular.staff import roles
from bot.models import Change, ReachCell, ReachProperty
from bot.pages import rendering
from bot.pages.rendering import N_
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells
from bot.text import spreadsheets

MAX_COUNTRY_CHARS = 2
MAX_DAY_CHARS = 20
TITLES = (N_("Country"), N_("Property"), N_("Says"), N_("Source"), N_("As of"))


@dataclass(frozen=True, slots=True)
class Line:
    """A country of the table, or one that has a post; `ways` say how somebody there can answer."""

    country: str
    cells: Cells
    ways: list[str]
    has_post: bool


async def show(visit: Visit) -> Response:
    """Show how somebody can answer, by country; of one country the cells and their sources."""
    return await _page(visit)


async def save(visit: Visit) -> Response:
    """Propose one cell: it holds once a second person agrees."""
    country = visit.field("country", MAX_COUNTRY_CHARS).upper()
    change = ReachChange(
        country,
        visit.field("property", country_reach.MAX_VALUE_CHARS),
        reach_words.code_of(visit.field("value", country_reach.MAX_VALUE_CHARS), visit.language),
        visit.field("source", country_reach.MAX_VALUE_CHARS),
        visit.field("as_of", MAX_DAY_CHARS),
    )
    try:
        async with visit.runtime.db.begin() as session:
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return await _page(visit, country, change, visit.explain(error))
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go(f"/reach?country={country}&done=proposed")


async def csv(visit: Visit) -> Response:
    """Send the cells as CSV."""
    rows = await _rows(visit)
    content = spreadsheets.UTF_8_MARK + spreadsheets.lines([_titles(visit), *rows])
    return _file(content.encode(), "csv", spreadsheets.CSV_TYPE)


async def xlsx(visit: Visit) -> Response:
    """Send the cells as XLSX."""
    rows = await _rows(visit)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reach.xlsx"
        sheet = spreadsheets.Sheet(path, _titles(visit), visit.language)
        sheet.write(rows)
        sheet.close()
        content = path.read_bytes()
    return _file(content, "xlsx", spreadsheets.XLSX_TYPE)


async def _page(
    visit: Visit,
    country: str = "",
    typed: ReachChange | None = None,
    wrong: str = "",
) -> Response:
    code = country or _country(visit)
    async with visit.runtime.db.read() as session:
        table = await country_reach.table(session)
        of_posts = {post.country for post in await posts.everything(session)}
        waiting = await changes.waiting(session, visit.staff)
    lines = _lines(visit, table, of_posts)
    shown = [line for line in lines if not code or line.country == code]
    return visit.page(
        "office/reach.html",
        422 if wrong else 200,
        lines=shown,
        country=code,
        countries=rendering.countries(visit.language),
        may_propose=code in places.COUNTRIES and roles.covers(visit.staff, code),
        properties=list(ReachProperty),
        answers=reach_words.answers(visit.language),
        property_name=reach_words.property_name,
        value_name=reach_words.value_name,
        waiting=_of_country(waiting, code),
        today=visit.now.date(),
        typed=typed,
        wrong=wrong,
    )


def _country(visit: Visit) -> str:
    """Return the country that the address asks for; "" for all."""
    code = visit.request.query_params.get("country", "").upper()
    return code if code in places.COUNTRIES else ""


def _lines(
    visit: Visit,
    table: dict[str, dict[ReachProperty, ReachCell]],
    of_posts: set[str],
) -> list[Line]:
    """Return each country of the table, and each with a post, by name."""
    has_link = visit.runtime.settings.public_url is not None
    shown_country = _country(visit)
    lines: list[Line] = []
    for code, _name in rendering.countries(visit.language):
        if code in table or code in of_posts or code == shown_country:
            cells = table.get(code, {})
            ways = reach_words.ways_to_answer(cells, has_link, visit.language)
            lines.append(Line(code, cells, ways, code in of_posts))
    return lines


def _of_country(waiting: list[Change], country: str) -> list[Change]:
    prefix = f"reach:{country}:"
    return [change for change in waiting if change.subject.startswith(prefix)]


def _titles(visit: Visit) -> list[str]:
    return [visit.say(title) for title in TITLES]


async def _rows(visit: Visit) -> list[list[str]]:
    """Write the cells of the country that the address asks for, or of all."""
    country = _country(visit)
    async with visit.runtime.db.read() as session:
        table = await country_reach.table(session)
    rows: list[list[str]] = []
    for code, cells in table.items():
        if country and code != country:
            continue
        for name in ReachProperty:
            if name in cells:
                cell = cells[name]
                line = [
                    places.country_name(code, visit.language),
                    reach_words.property_name(name, visit.language),
                    reach_words.value_name(name, cell.value, visit.language),
                    cell.source,
                    cell.as_of.isoformat(),
                ]
                rows.append(line)
    return rows


def _file(content: bytes, ending: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="tammen-reach.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


ROUTES = [
    Page("/reach", show, may="posts"),
    Page("/reach", save, may="posts", methods=("POST",)),
    Page("/reach.csv", csv, may="posts"),
    Page("/reach.xlsx", xlsx, may="posts"),
]
