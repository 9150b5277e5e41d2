"""What becomes of an advisory: submitted, returned, approved by a second person, overridden, corrected, withdrawn."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.advisories import corrections, lifecycle, wording
from bot.pages import live
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells


async def submit(visit: Visit) -> Response:
    """Ready to be approved."""
    async with visit.runtime.db.begin() as session:
        await lifecycle.submit(
            session, visit.staff, await lifecycle.get(session, visit.number("id")), visit.now
        )
    return await _moved(visit, "submitted")


async def approve(visit: Visit) -> Response:
    """Approved by a second person, who has seen this very version: sending begins, now or when its time has come."""
    async with visit.runtime.db.begin() as session:
        advisory = await lifecycle.get(session, visit.number("id"))
        await lifecycle.approve(
            session, visit.staff, advisory, visit.now, visit.field("version", 64)
        )
    await bells.ring(visit.runtime.redis, "out")
    return await _moved(visit, "approved" if advisory.state == "approved" else "scheduled")


async def return_(visit: Visit) -> Response:
    """Back to its author, with a reason."""
    async with visit.runtime.db.begin() as session:
        advisory = await lifecycle.get(session, visit.number("id"))
        await lifecycle.return_(session, visit.staff, advisory, visit.field("reason"), visit.now)
    return await _moved(visit, "returned")


async def alone(visit: Visit) -> Response:
    """What it means to send it alone, before it is done."""
    async with visit.runtime.db.read() as session:
        advisory = await lifecycle.get(session, visit.number("id"))
    return visit.page(
        "advisories/override.html", advisory=advisory, version=wording.version(advisory)
    )


async def override(visit: Visit) -> Response:
    """One officer alone, in an emergency: sending begins and every approver is told."""
    async with visit.runtime.db.begin() as session:
        advisory = await lifecycle.get(session, visit.number("id"))
        reason, seen = visit.field("reason"), visit.field("version", 64)
        await lifecycle.override(session, visit.staff, advisory, reason, visit.now, seen)
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return await _moved(visit, "approved")


async def confirm(visit: Visit) -> Response:
    """A second person has seen what was sent by one alone."""
    async with visit.runtime.db.begin() as session:
        advisory = await lifecycle.get(session, visit.number("id"))
        await lifecycle.acknowledge(session, visit.staff, advisory, visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return await _moved(visit, "confirmed")


async def overrides(visit: Visit) -> Response:
    """Show the banner: advisories that one officer sent and no second person has confirmed."""
    async with visit.runtime.db.read() as session:
        unseen = await lifecycle.unseen_overrides(session)
    return visit.page("advisories/overrides.html", advisories=unseen)


async def news(visit: Visit) -> Response:
    """Events about the banner."""
    return live.events(visit, [OVERRIDES])


async def cancel(visit: Visit) -> Response:
    """Withdrawn; with the tick, those who got it are told."""
    async with visit.runtime.db.begin() as session:
        advisory = await lifecycle.get(session, visit.number("id"))
        notice = await corrections.withdraw(
            session, visit.staff, advisory, visit.now, tell=bool(visit.field("tell"))
        )
    await bells.ring(visit.runtime.redis, "out")
    return await _moved(visit, "told" if notice else "cancelled")


async def correct(visit: Visit) -> Response:
    """A correction begins: the wrong one stops, its words are there to be mended."""
    async with visit.runtime.db.begin() as session:
        wrong = await lifecycle.get(session, visit.number("id"))
        right = await corrections.begin(session, visit.staff, wrong, visit.now)
    await bells.announce(visit.runtime.redis, f"advisory:{wrong.id}")
    return go(f"/advisories/{right.id}/edit")


async def _moved(visit: Visit, done: str) -> Response:
    await bells.announce(visit.runtime.redis, f"advisory:{visit.number('id')}")
    return go(f"/advisories/{visit.number('id')}?done={done}")


ROUTES = [
    Page("/advisories/{id:int}/submit", submit, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/approve", approve, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/return", return_, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/override", alone, may="override"),
    Page("/advisories/{id:int}/override", override, may="override", methods=("POST",)),
    Page("/advisories/{id:int}/confirm", confirm, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/cancel", cancel, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/correct", correct, may="advisories", methods=("POST",)),
    Page("/overrides", overrides, may="approve"),
    Page("/overrides/changes", news, may="approve"),
]
