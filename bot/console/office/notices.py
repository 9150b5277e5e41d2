"""What an account must see at once, on every page: what one person did alone, what waits for it."""

from __future__ import annotations

from starlette.responses import Response

from bot.consular.advisories import overrides
from bot.consular.changes import changes
from bot.consular.crises import reviews
from bot.consular.staff import accounts
from bot.pages import live
from bot.pages.visit import OVERRIDES, Page, Visit


async def show(visit: Visit) -> Response:
    """Show emergency advisories and new crises to approvers, and changes to all they concern."""
    sent_alone = []
    opened = []
    async with visit.runtime.db.read() as session:
        if visit.may("approve"):
            sent_alone = await overrides.unseen(session)
            opened = await reviews.unseen(session)
        to_decide = await changes.to_decide(session, visit.staff)
        told = await changes.told(session, visit.staff, visit.now)
        emails = await accounts.addresses(session)
    return visit.page(
        "office/notices.html",
        advisories=sent_alone,
        crises=opened,
        to_decide=to_decide,
        told=told,
        emails=emails,
    )


async def stream(visit: Visit) -> Response:
    """Stream events about the notices."""
    return live.events(visit, [OVERRIDES])


ROUTES = [
    Page("/overrides", show, may="changes"),
    Page("/overrides/changes", stream, may="changes"),
]
