"""What became of an advisory: the figures, the curve, and those who were not reached, to be called by telephone."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from math import ceil

from starlette.responses import Response, StreamingResponse

from bot.consular.advisories import corrections, unreached
from bot.consular.advisories import results as advisories_results
from bot.consular.advisories.course import Point
from bot.consular.advisories.unreached import Unreached
from bot.consular.reference import places
from bot.models import Advisory, OutboundState
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit

KEEP = 10  # times as long as they took to count, figures serve
ROWS = 12  # of the table beside the curve
LANGUAGES = {"ar": "العربية", "en": "English"}
COLUMNS = (
    N_("Name"),
    N_("Phone"),
    N_("Country"),
    N_("City"),
    N_("Place last confirmed"),
    N_("Language"),
    N_("Why not reached"),
)
# What a spreadsheet takes for the beginning of a formula; https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GROUPS = {
    "has": advisories_results.HAS_IT,
    "left": (OutboundState.SENT,),
    "waiting": (OutboundState.QUEUED, OutboundState.SENDING),
    "not": (OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL),
    "dropped": (OutboundState.DROPPED,),
}


@dataclass(slots=True)
class Kept:
    """Figures that took long to count serve all who watch for a while: ten pages cost as much as one."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    results: advisories_results.Results | None = None
    until: float = 0.0


async def show(visit: Visit) -> Response:
    """The whole page."""
    return await _show(visit, "advisories/results.html")


async def part(visit: Visit) -> Response:
    """The part that changes."""
    return await _show(visit, "advisories/results_live.html")


async def call_list(visit: Visit) -> Response:
    """Those who were not reached, fifty a page. Who looked is written down."""
    asked = visit.request.query_params.get("page", "")
    number = max(1, int(asked)) if asked.isdecimal() and len(asked) < 8 else 1
    advisory = await visit.find(Advisory)
    async with visit.runtime.db.begin() as session:
        people = await unreached.count(session, visit.staff, advisory)
        listed = await unreached.page(session, visit.staff, advisory, number)
        await unreached.looked(session, visit.staff, advisory, "viewed", len(listed), visit.now)
        chain = await corrections.history(session, advisory)
    return visit.page(
        "advisories/not_reached.html",
        advisory=advisory,
        latest=chain[-1],
        people=people,
        listed=listed,
        number=number,
        last=max(1, ceil(people / unreached.PAGE)),
        reasons=advisories_results.REASONS,
    )


async def download(visit: Visit) -> Response:
    """The whole list as a file for a spreadsheet. Who took it is written down first."""
    advisory = await visit.find(Advisory)
    async with visit.runtime.db.begin() as session:
        people = await unreached.count(session, visit.staff, advisory)
        await unreached.looked(session, visit.staff, advisory, "downloaded", people, visit.now)
    name = f"tammen-advisory-{advisory.id}-not-reached.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        _file(visit, advisory), media_type="text/csv; charset=utf-8", headers=headers
    )


async def _file(visit: Visit, advisory: Advisory) -> AsyncIterator[str]:
    """Lines, slice by slice, beginning with the mark by which a spreadsheet knows UTF-8."""
    yield "\ufeff" + _lines([[visit.say(words) for words in COLUMNS]])
    last = 0
    while True:
        async with visit.runtime.db.read() as session:
            some = await unreached.after(session, visit.staff, advisory, last)
        if not some:
            return
        yield _lines(_cells(visit, one) for one in some)
        last = some[-1].person_id


def _cells(visit: Visit, one: Unreached) -> list[str]:
    return [
        one.name or "",
        one.phone or "",
        places.country_name(one.country, visit.language) if one.country else "",
        places.city_name(one.city, visit.language) if one.city else "",
        one.placed_at.date().isoformat() if one.placed_at else "",
        LANGUAGES.get(one.language, one.language),
        visit.say(advisories_results.REASONS.get(one.why, advisories_results.REASONS["unknown"])),
    ]


def _lines(rows: Iterable[Iterable[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(
        [_harmless(cell) for cell in row] for row in rows
    )
    return written.getvalue()


def _harmless(cell: str) -> str:
    """The same words, which a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith(FORMULA) else cell


async def _show(visit: Visit, template: str) -> Response:
    advisory = await visit.find(Advisory)
    found = await _results(visit, advisory)
    return visit.page(
        template,
        advisory=advisory,
        results=found,
        grouped=_grouped,
        reasons=advisories_results.REASONS,
        some=_some(list(found.course.points)),
        curve=_curve(found),
        languages=LANGUAGES,
    )


async def _results(visit: Visit, advisory: Advisory) -> advisories_results.Results:
    """The figures, counted now or a moment ago."""
    kept: Kept = visit.request.app.state.results.setdefault(advisory.id, Kept())
    async with kept.lock:
        began = visit.runtime.clock.monotonic()
        if kept.results is None or began >= kept.until:
            async with visit.runtime.db.read() as session:
                kept.results = await advisories_results.of(session, advisory)
            ended = visit.runtime.clock.monotonic()
            kept.until = ended + KEEP * (ended - began)
        return kept.results


def _grouped(counts: advisories_results.Counts) -> dict[str, int]:
    """The nine states in five columns that add up to the people."""
    return {name: sum(counts[state] for state in states) for name, states in GROUPS.items()}


def _curve(found: advisories_results.Results) -> dict[str, object]:
    """What the script draws: the beginning in Unix time, and a column for each line."""
    begun = found.course.begun_at
    columns = list(zip(*found.course.points, strict=True))
    return {
        "begun": int(begun.timestamp()) if begun else 0,
        "most": found.course.most,
        "columns": columns,
    }


def _some(points: list[Point]) -> list[Point]:
    """A few of the points, the last one among them, for a table."""
    step = max(1, ceil(len(points) / ROWS))
    return points[::-1][::step][::-1]


ROUTES = [
    Page("/advisories/{id:int}/results", show, may="advisories"),
    Page("/advisories/{id:int}/results/figures", part, may="advisories"),
    Page("/advisories/{id:int}/not-reached", call_list, may="people"),
    Page("/advisories/{id:int}/not-reached.csv", download, may="people"),
]
