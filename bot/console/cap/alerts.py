"""CAP: other people's alerts, from a file or from feeds, and the addresses of our own feeds."""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from bot.consular.cap import drafts, reading, subscriptions, trust
from bot.consular.errors import ConsularError
from bot.models import CapFeed
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go
from bot.text.text import row_number

OUR_FEEDS = ("/feeds/advisories.atom", "/feeds/advisories.rss")
DEFAULT_MINUTES = 15
MAX_URL_LETTERS = 1000
MAX_MINUTES_DIGITS = 8


async def show(visit: Visit) -> Response:
    """Show the feeds, with what was wrong when the worker last read them."""
    return await _show(visit)


async def take(visit: Visit) -> Response:
    """Make a draft of each alert in an uploaded file."""
    try:
        advisory_ids = await _import(visit)
    except ConsularError as error:
        return await _show(visit, visit.explain(error))
    if not advisory_ids:
        return await _show(visit, visit.say(N_("It is here already.")))
    if len(advisory_ids) == 1:
        return go(f"/advisories/{advisory_ids[0]}?done=imported")
    return go("/advisories?done=imported")


async def _import(visit: Visit) -> list[int]:
    """Return the numbers of the new drafts. Raises ConsularError."""
    trusted = trust.trusted(visit.runtime.settings.cap_trusted_certs)
    data = await visit.file("file")
    alerts = await asyncio.to_thread(reading.read, data, visit.now, trusted)
    advisory_ids: list[int] = []
    async with visit.runtime.db.begin() as session:
        for alert in alerts:
            advisory = await drafts.take(session, visit.staff, alert, visit.now)
            if advisory is not None:
                advisory_ids.append(advisory.id)
    return advisory_ids


async def add(visit: Visit) -> Response:
    """Add a feed that the worker reads from now on."""
    url = visit.field("url", MAX_URL_LETTERS)
    minutes = _minutes(visit.field("minutes", MAX_MINUTES_DIGITS))
    try:
        async with visit.runtime.db.begin() as session:
            await subscriptions.add(
                session,
                visit.staff,
                url,
                minutes,
                visit.now,
            )
    except ConsularError as error:
        return await _show(visit, visit.explain(error))
    return go("/advisories/cap?done=saved")


def _minutes(typed: str) -> int:
    """Parse a number of minutes; 0, which is refused later, where it is none."""
    return row_number(typed) or 0


async def remove(visit: Visit) -> Response:
    """Remove a feed, so that the worker reads it no more."""
    async with visit.runtime.db.begin() as session:
        await subscriptions.remove(session, visit.staff, visit.number("id"), visit.now)
    return go("/advisories/cap?done=saved")


async def _show(visit: Visit, refusal: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        feeds = await subscriptions.everything(session)
    status = 422 if refusal else 200
    return visit.page(
        "cap/cap.html",
        status,
        feeds=[(feed, _problem(visit, feed)) for feed in feeds],
        ours=[visit.site + path for path in OUR_FEEDS],
        values={
            "url": visit.field("url", MAX_URL_LETTERS),
            "minutes": visit.field("minutes", MAX_MINUTES_DIGITS) or DEFAULT_MINUTES,
        },
        wrong=refusal,
        least=subscriptions.MIN_MINUTES,
        most=subscriptions.MAX_MINUTES,
    )


def _problem(visit: Visit, feed: CapFeed) -> str:
    """Explain what was wrong with a feed; "" where nothing was."""
    problem = subscriptions.problem(feed)
    if problem is None:
        return ""
    return visit.explain(problem)


ROUTES = [
    Page(
        "/advisories/cap",
        show,
        may="advisories",
    ),
    Page(
        "/advisories/cap/import",
        take,
        may="advisories",
        methods=("POST",),
        files=1,
    ),
    Page(
        "/advisories/cap/feeds",
        add,
        may="feeds",
        methods=("POST",),
    ),
    Page(
        "/advisories/cap/feeds/{id:int}/remove",
        remove,
        may="feeds",
        methods=("POST",),
    ),
]
