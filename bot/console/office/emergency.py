"""The numbers that people call first, by country: shown to all, changed by two."""

from __future__ import annotations

from starlette.responses import Response

from bot.console.parts import spreadsheet_files
from bot.consular.changes import changes
from bot.consular.changes.kinds import EmergencyNumbers
from bot.consular.errors import ConsularError
from bot.consular.reference import directory, emergency
from bot.consular.staff import roles
from bot.pages import rendering
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells

COUNTRY_CODE_CHARS = 2
MAX_CHARS = 200


async def show(visit: Visit) -> Response:
    """Show the numbers of the account's countries; with `country` also the form of one."""
    return await _page(visit, visit.request.query_params.get("country", "").upper())


async def save(visit: Visit) -> Response:
    """Propose the numbers of a country."""
    country = visit.field("country", COUNTRY_CODE_CHARS).upper()
    columns = {column: visit.field(column, MAX_CHARS) for column in _columns()}
    try:
        async with visit.runtime.db.begin() as session:
            change = EmergencyNumbers(country, columns)
            await changes.propose(session, visit.staff, change, visit.now)
    except ConsularError as error:
        return await _page(visit, country, columns, visit.explain(error))
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/emergency?done=proposed")


def _columns() -> tuple[str, ...]:
    return (*emergency.SERVICES, "source", "as_of")


async def _page(
    visit: Visit,
    country: str,
    typed: dict[str, str] | None = None,
    wrong: str = "",
) -> Response:
    async with visit.runtime.db.read() as session:
        table = await emergency.table(session)
    listed = _listed(visit)
    return visit.page(
        "office/emergency.html",
        422 if wrong else 200,
        listed=listed,
        table=table,
        country=country if country in dict(listed) else "",
        columns=typed or emergency.contents(table.get(country)),
        today=visit.now.date().isoformat(),
        wrong=wrong,
    )


async def download(visit: Visit) -> Response:
    """Send the numbers of the account's countries as a file for a spreadsheet."""
    kind = visit.request.query_params.get("kind", "")
    spreadsheet_files.check_kind(kind)
    async with visit.runtime.db.read() as session:
        table = await emergency.table(session)
    rows = directory.emergency_rows(table, _listed(visit))
    return spreadsheet_files.send(
        kind,
        "emergency-numbers",
        directory.emergency_titles(visit.language),
        spreadsheet_files.at_once(rows),
        visit.language,
    )


def _listed(visit: Visit) -> list[tuple[str, str]]:
    """Return the codes and names of the account's countries."""
    listed: list[tuple[str, str]] = []
    for code, name in rendering.countries(visit.language):
        if roles.covers(visit.staff, code):
            listed.append((code, name))
    return listed


ROUTES = [
    Page("/emergency", show, may="posts"),
    Page("/emergency/file", download, may="posts"),
    Page("/emergency", save, may="posts", methods=("POST",)),
]
