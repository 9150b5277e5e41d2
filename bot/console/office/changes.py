"""Changes that need two people: what waits, what was decided, and the decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.console.office import change_words
from bot.console.office.differences import Difference
from bot.console.office.invitations import invite
from bot.consular.changes import changes
from bot.consular.changes.kinds import from_json
from bot.consular.staff import accounts, codes
from bot.models import Change
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change as its card shows it: who proposed it, what it changes, who decided."""

    change: Change
    proposer: str
    decider: str
    may_decide: bool
    is_mine: bool
    differences: Sequence[Difference] = field(default_factory=tuple)


async def show(visit: Visit) -> Response:
    """Show what waits for a second person, and what was decided lately."""
    return await _page(visit)


async def approve(visit: Visit) -> Response:
    """Approve a change: it happens now. A link goes to its owner."""
    async with visit.runtime.db.begin() as session:
        link = await changes.approve(session, visit.staff, visit.number("id"), visit.now)
    await bells.ring(visit.runtime.redis, "out")  # people may have to be told
    await bells.announce(visit.runtime.redis, OVERRIDES)
    if link is not None:
        return await invite(visit, link)
    return go("/changes?done=change_approved")


async def refuse(visit: Visit) -> Response:
    """Refuse a change."""
    async with visit.runtime.db.begin() as session:
        await changes.refuse(session, visit.staff, visit.number("id"), visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/changes?done=refused")


async def withdraw(visit: Visit) -> Response:
    """Withdraw a change of one's own."""
    async with visit.runtime.db.begin() as session:
        await changes.withdraw(session, visit.staff, visit.number("id"), visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return go("/changes?done=withdrawn")


async def code(visit: Visit) -> Response:
    """Show a code with which this account can approve one thing at a shell."""
    async with visit.runtime.db.begin() as session:
        digits = await codes.make(session, visit.staff, visit.now)
    return await _page(visit, digits)


async def _page(visit: Visit, digits: str = "") -> Response:
    async with visit.runtime.db.read() as session:
        emails = await accounts.addresses(session)
        waiting: list[ShownChange] = []
        for change in await changes.waiting(session, visit.staff):
            waiting.append(await _shown(session, visit, change, emails))
        decided: list[ShownChange] = []
        for change in await changes.decided(session, visit.staff):
            decided.append(await _shown(session, visit, change, emails))
    return visit.page(
        "office/changes.html",
        waiting=waiting,
        decided=decided,
        digits=digits,
        code_minutes=codes.CODE_MINUTES,
    )


async def _shown(
    session: AsyncSession,
    visit: Visit,
    change: Change,
    emails: dict[int, str],
) -> ShownChange:
    proposed = from_json(change.kind, change.proposed)
    differences = await change_words.differences(
        session, proposed, visit.language, emails, visit.now
    )
    decider = ""
    if change.decided_by is not None:
        decider = emails[change.decided_by]
    return ShownChange(
        change,
        emails[change.proposed_by],
        decider,
        changes.may_decide(visit.staff, change),
        change.proposed_by == visit.staff.id,
        differences,
    )


ROUTES = [
    Page("/changes", show, may="changes"),
    Page("/changes/code", code, may="approve", methods=("POST",)),
    Page(
        "/changes/{id:int}/approve",
        approve,
        may="changes",
        methods=("POST",),
        asks_again=True,
    ),
    Page("/changes/{id:int}/refuse", refuse, may="changes", methods=("POST",)),
    Page("/changes/{id:int}/withdraw", withdraw, may="changes", methods=("POST",)),
]
