"""What became of an advisory: the figures, the curve, and whom to call by telephone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from math import ceil
from typing import Any

from starlette.responses import Response, StreamingResponse

from bot.console.advisories import asked, sharing
from bot.console.advisories.sharing import SharedFigures
from bot.consular.advisories import corrections, results, unreached, verification
from bot.consular.advisories.course import Point
from bot.consular.advisories.results import Counts, Results
from bot.consular.advisories.unreached import Unreached
from bot.consular.reference import places
from bot.models import Advisory, OutboundState
from bot.pages import rendering
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit
from bot.text import spreadsheets

TABLE_ROWS = 12  # beside the curve
MAX_PAGE_DIGITS = 7
COLUMNS = (
    N_("Name"),
    N_("Phone"),
    N_("Country"),
    N_("City"),
    N_("Place last confirmed"),
    N_("Language"),
    N_("Why not reached"),
)
GROUPS = {
    "has": results.HAS_IT,
    "left": (OutboundState.SENT,),
    "waiting": (OutboundState.QUEUED, OutboundState.SENDING),
    "not": (OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL),
    "dropped": (OutboundState.DROPPED,),
}


async def show(visit: Visit) -> Response:
    """Show the whole page."""
    return await _show(visit, "advisories/results.html")


async def part(visit: Visit) -> Response:
    """Show the part that changes."""
    return await _show(visit, "advisories/results_live.html")


async def call_list(visit: Visit) -> Response:
    """Show those who were not reached, fifty a page, and note who looked."""
    number = _page_number(visit)
    advisory = await sharing.find(visit)
    async with visit.runtime.db.begin() as session:
        people = await unreached.count(session, visit.staff, advisory)
        listed = await unreached.page(
            session,
            visit.staff,
            advisory,
            number,
        )
        await unreached.note_look(
            session,
            visit.staff,
            advisory,
            "viewed",
            [person.person_id for person in listed],
            visit.now,
        )
        chain = await corrections.history(session, advisory)
    return visit.page(
        "advisories/not_reached.html",
        advisory=advisory,
        latest=chain[-1],
        people=people,
        listed=listed,
        number=number,
        last=max(1, ceil(people / unreached.PAGE_PEOPLE)),
        reasons=results.REASONS,
    )


def _page_number(visit: Visit) -> int:
    typed = visit.request.query_params.get("page", "")
    if not typed.isdecimal() or len(typed) > MAX_PAGE_DIGITS:
        return 1
    return max(1, int(typed))


async def download(visit: Visit) -> Response:
    """Send the whole list as a file for a spreadsheet, and note first who took it."""
    advisory = await sharing.find(visit)
    async with visit.runtime.db.begin() as session:
        person_ids = await unreached.everybody(session, visit.staff, advisory)
        await unreached.note_look(
            session,
            visit.staff,
            advisory,
            "downloaded",
            person_ids,
            visit.now,
        )
    name = f"tammen-advisory-{advisory.id}-not-reached.csv"
    return StreamingResponse(
        _file(visit, advisory),
        media_type=spreadsheets.CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _file(visit: Visit, advisory: Advisory) -> AsyncIterator[str]:
    """Yield the lines, slice by slice; the first one begins with the mark of UTF-8."""
    titles = [visit.say(title) for title in COLUMNS]
    yield spreadsheets.UTF_8_MARK + spreadsheets.lines([titles])
    last = 0
    while True:
        async with visit.runtime.db.read() as session:
            people = await unreached.after(
                session,
                visit.staff,
                advisory,
                last,
            )
        if not people:
            return
        yield spreadsheets.lines(_cells(visit, person) for person in people)
        last = people[-1].person_id


def _cells(visit: Visit, person: Unreached) -> list[str]:
    reason = results.REASONS.get(person.why, results.REASONS["unknown"])
    return [
        person.name or "",
        person.phone or "",
        _country(visit, person),
        _city(visit, person),
        _day_confirmed(person),
        rendering.own_name(person.language),
        visit.say(reason),
    ]


def _country(visit: Visit, person: Unreached) -> str:
    if not person.country:
        return ""
    return places.country_name(person.country, visit.language)


def _city(visit: Visit, person: Unreached) -> str:
    """Name the city, and what the person calls a place that no gazetteer knows."""
    names = [person.place_words] if person.place_words else []
    if person.city:
        names.append(places.city_name(person.city, visit.language))
    return " · ".join(names)


def _day_confirmed(person: Unreached) -> str:
    """Return the day the person last confirmed the place, `2026-11-28`."""
    if person.placed_at is None:
        return ""
    day = person.placed_at.date()
    return day.isoformat()


async def _show(visit: Visit, page: str) -> Response:
    advisory = await sharing.find(visit)
    figures = await _figures(visit, advisory)
    async with visit.runtime.db.read() as session:
        asked_about = await verification.asked_about(session, advisory.broadcast_id)
    return visit.page(
        page,
        advisory=advisory,
        asked=asked_about,
        asked_labels=asked.LABELS,
        results=figures,
        grouped=_grouped,
        reasons=results.REASONS,
        some=_table(figures.course.points),
        curve=_curve(figures),
    )


async def _figures(visit: Visit, advisory: Advisory) -> Results:
    """Return the figures, counted now or a moment ago."""

    async def count() -> Results:
        async with visit.runtime.db.read() as session:
            return await results.of(session, advisory)

    shared: SharedFigures = visit.request.app.state.results
    return await shared.of(advisory.id, count)


def _grouped(counts: Counts) -> dict[str, int]:
    """Put the nine states into five columns that add up to the people."""
    groups: dict[str, int] = {}
    for name, states in GROUPS.items():
        groups[name] = sum(counts[state] for state in states)
    return groups


def _curve(figures: Results) -> dict[str, Any]:
    """Return what the script draws: the beginning in Unix time, and a column for each line."""
    course = figures.course
    columns = list(zip(*course.points, strict=True))
    begun = 0
    if course.begun_at is not None:
        begun = int(course.begun_at.timestamp())
    return {
        "begun": begun,
        "most": course.most,
        "columns": columns,
    }


def _table(points: Sequence[Point]) -> list[Point]:
    """Return a few of the points for a table, the last one among them."""
    step = max(1, ceil(len(points) / TABLE_ROWS))
    from_the_end = points[::-1][::step]
    return list(reversed(from_the_end))


ROUTES = [
    Page("/advisories/{id:int}/results", show, may="advisories"),
    Page("/advisories/{id:int}/results/figures", part, may="advisories"),
    Page("/advisories/{id:int}/not-reached", call_list, may="people"),
    Page("/advisories/{id:int}/not-reached.csv", download, may="people", asks_again=True),
]
