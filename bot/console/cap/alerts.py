"""CAP: other people's alerts, from a file or from feeds that are looked at, and where others read
ours.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from bot.consular.cap import drafts, reading, subscriptions, trust
from bot.consular.errors import ConsularError
from bot.pages.rendering import N_
from bot.pages.visit import Page, Visit, go

OURS = ("/feeds/advisories.atom", "/feeds/advisories.rss")
DEFAULT_MINUTES = 15


async def show(visit: Visit) -> Response:
    """The feeds, with what was wrong at their last look."""
    return await _show(visit)


async def take(visit: Visit) -> Response:
    """A file becomes a draft, or as many as there are alerts in it."""
    trusted = trust.trusted(visit.runtime.settings.cap_trusted_certs)
    try:
        alerts = await asyncio.to_thread(reading.read, await visit.file("file"), visit.now, trusted)
        async with visit.runtime.db.begin() as session:
            made = [await drafts.take(session, visit.staff, alert, visit.now) for alert in alerts]
    except ConsularError as error:
        return await _show(visit, visit.explain(error))
    new = [advisory.id for advisory in made if advisory is not None]
    if not new:
        return await _show(visit, visit.say(N_("It is here already.")))
    return go(
        f"/advisories/{new[0]}?done=imported" if len(new) == 1 else "/advisories?done=imported"
    )


async def add(visit: Visit) -> Response:
    """A feed to look at from now on."""
    minutes = visit.field("minutes", 8)
    try:
        async with visit.runtime.db.begin() as session:
            every = int(minutes) if minutes.isascii() and minutes.isdecimal() else 0
            await subscriptions.add(
                session, visit.staff, visit.field("url", 1000), every, visit.now
            )
    except ConsularError as error:
        return await _show(visit, visit.explain(error))
    return go("/advisories/cap?done=saved")


async def remove(visit: Visit) -> Response:
    """Looked at no more."""
    async with visit.runtime.db.begin() as session:
        await subscriptions.remove(session, visit.staff, visit.number("id"), visit.now)
    return go("/advisories/cap?done=saved")


async def _show(visit: Visit, wrong: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        feeds = [
            (feed, _problem(visit, subscriptions.problem(feed)))
            for feed in await subscriptions.everything(session)
        ]
    values: dict[str, Any] = {
        "url": visit.field("url", 1000),
        "minutes": visit.field("minutes", 8) or DEFAULT_MINUTES,
    }
    ours = [visit.site + path for path in OURS]
    facts = {"feeds": feeds, "ours": ours, "values": values, "wrong": wrong}
    return visit.page(
        "cap/cap.html",
        422 if wrong else 200,
        least=subscriptions.QUICKEST,
        most=subscriptions.SLOWEST,
        **facts,
    )


def _problem(visit: Visit, problem: ConsularError | None) -> str:
    return visit.explain(problem) if problem else ""


ROUTES = [
    Page("/advisories/cap", show, may="advisories"),
    Page("/advisories/cap/import", take, may="advisories", methods=("POST",), files=1),
    Page("/advisories/cap/feeds", add, may="advisories", methods=("POST",)),
    Page("/advisories/cap/feeds/{id:int}/remove", remove, may="advisories", methods=("POST",)),
]
