"""What people ask about: how many texts were shown to us each day, and what they were.

Counts alone: nobody knows who asked, and no text of others is kept.
"""

from __future__ import annotations

from datetime import date, timedelta

from starlette.responses import Response

from bot.consular.advisories import verification
from bot.models import TextOutcome
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit
from bot.text import spreadsheets

DAYS = (7, 30, 365)
LABELS = {
    TextOutcome.UNKNOWN: N_("Not ours"),
    TextOutcome.CHANGED: N_("Ours, but changed by somebody"),
    TextOutcome.CURRENT: N_("Ours and current"),
    TextOutcome.CORRECTED: N_("Ours, corrected since"),
    TextOutcome.CANCELLED: N_("Ours, withdrawn"),
    TextOutcome.EXPIRED: N_("Ours, over"),
}


async def show(visit: Visit) -> Response:
    """Show the counts of the last days."""
    days = _days(visit)
    by_day = await _counts(visit, days)
    totals = {outcome: sum(counts[outcome] for counts in by_day.values()) for outcome in LABELS}
    return visit.page(
        "advisories/asked.html",
        by_day=by_day,
        totals=totals,
        labels=LABELS,
        days=days,
        choices=DAYS,
    )


async def download(visit: Visit) -> Response:
    """Send the counts as a file for a spreadsheet."""
    by_day = await _counts(visit, _days(visit))
    rows = [[visit.say(N_("Day")), *map(visit.say, LABELS.values())]]
    for day, counts in by_day.items():
        rows.append([day.isoformat(), *(str(counts[outcome]) for outcome in LABELS)])
    return Response(
        spreadsheets.UTF_8_MARK + spreadsheets.lines(rows),
        media_type=spreadsheets.CSV_TYPE,
        headers={"Content-Disposition": 'attachment; filename="tammen-asked.csv"'},
    )


def _days(visit: Visit) -> int:
    """Return the days that the address asks for; a month for what is none of the choices."""
    asked = visit.request.query_params.get("days", "")
    for choice in DAYS:
        if asked == str(choice):
            return choice
    return DAYS[1]


async def _counts(visit: Visit, days: int) -> dict[date, dict[str, int]]:
    since = visit.now.date() - timedelta(days=days - 1)
    async with visit.runtime.db.read() as session:
        return await verification.asked_by_day(session, since)


ROUTES = [
    Page("/advisories/asked", show, may="advisories"),
    Page("/advisories/asked.csv", download, may="advisories"),
]
