"""The steps of an advisory: submit, return, approve, override, confirm, correct, withdraw."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from bot.consular.advisories import corrections, lifecycle, overrides, scope, wording
from bot.models import Advisory, AdvisoryState
from bot.pages.visit import OVERRIDES, Page, Visit, go
from bot.signals import bells

VERSION_CHARS = 64


async def submit(visit: Visit) -> Response:
    """Hand a draft to somebody else for approval."""
    async with visit.runtime.db.begin() as session:
        advisory = await _advisory(visit, session)
        await lifecycle.submit(session, visit.staff, advisory, visit.now)
    return await _back(visit, "submitted")


async def approve(visit: Visit) -> Response:
    """Approve the very version that the reader saw: sending begins now, or at its time."""
    seen = visit.field("version", VERSION_CHARS)
    async with visit.runtime.db.begin() as session:
        advisory = await _advisory(visit, session)
        await lifecycle.approve(
            session,
            visit.staff,
            advisory,
            visit.now,
            seen,
        )
        is_scheduled = advisory.state is AdvisoryState.SCHEDULED
    await bells.ring(visit.runtime.redis, "out")
    if is_scheduled:
        return await _back(visit, "scheduled")
    return await _back(visit, "approved")


async def return_(visit: Visit) -> Response:
    """Return it to its author, with a reason."""
    reason = visit.field("reason")
    async with visit.runtime.db.begin() as session:
        advisory = await _advisory(visit, session)
        await lifecycle.return_(
            session,
            visit.staff,
            advisory,
            reason,
            visit.now,
        )
    return await _back(visit, "returned")


async def alone(visit: Visit) -> Response:
    """Say what it means to send it alone, before it is done."""
    async with visit.runtime.db.read() as session:
        advisory = await _advisory(visit, session)
    version = wording.version(advisory)
    return visit.page("advisories/override.html", advisory=advisory, version=version)


async def override(visit: Visit) -> Response:
    """Send it by one officer alone, in an emergency, and tell every approver."""
    reason = visit.field("reason")
    seen = visit.field("version", VERSION_CHARS)
    async with visit.runtime.db.begin() as session:
        advisory = await _advisory(visit, session)
        await lifecycle.override(
            session,
            visit.staff,
            advisory,
            reason,
            visit.now,
            seen,
        )
    await bells.ring(visit.runtime.redis, "out")
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return await _back(visit, "approved")


async def confirm(visit: Visit) -> Response:
    """Confirm, as a second person, what one sent alone."""
    async with visit.runtime.db.begin() as session:
        advisory = await _advisory(visit, session)
        await overrides.acknowledge(session, visit.staff, advisory, visit.now)
    await bells.announce(visit.runtime.redis, OVERRIDES)
    return await _back(visit, "confirmed")


async def cancel(visit: Visit) -> Response:
    """Withdraw it; with the tick, notify those who got it."""
    tell = bool(visit.field("tell"))
    async with visit.runtime.db.begin() as session:
        advisory = await _advisory(visit, session)
        notice = await corrections.withdraw(
            session,
            visit.staff,
            advisory,
            visit.now,
            tell,
        )
    await bells.ring(visit.runtime.redis, "out")
    if notice is not None:
        return await _back(visit, "told")
    return await _back(visit, "cancelled")


async def correct(visit: Visit) -> Response:
    """Stop the wrong one and begin its correction."""
    async with visit.runtime.db.begin() as session:
        wrong = await _advisory(visit, session)
        correction = await corrections.begin(session, visit.staff, wrong, visit.now)
    await _announce(visit)
    return go(f"/advisories/{correction.id}/edit")


async def _advisory(visit: Visit, session: AsyncSession) -> Advisory:
    """Read the advisory of the path in this transaction. Raises ConsularError."""
    advisory_id = visit.number("id")
    return await scope.get(session, visit.staff, advisory_id)


async def _back(visit: Visit, done: str) -> Response:
    """Announce the change and go back to the advisory, which says what was done."""
    await _announce(visit)
    advisory_id = visit.number("id")
    return go(f"/advisories/{advisory_id}?done={done}")


async def _announce(visit: Visit) -> None:
    """Tell all who look at the advisory that it changed."""
    advisory_id = visit.number("id")
    topic = f"advisory:{advisory_id}"
    await bells.announce(visit.runtime.redis, topic)


ROUTES = [
    Page("/advisories/{id:int}/submit", submit, may="advisories", methods=("POST",)),
    Page(
        "/advisories/{id:int}/approve", approve, may="approve", methods=("POST",), asks_again=True
    ),
    Page("/advisories/{id:int}/return", return_, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/override", alone, may="override"),
    Page(
        "/advisories/{id:int}/override",
        override,
        may="override",
        methods=("POST",),
        asks_again=True,
    ),
    Page("/advisories/{id:int}/confirm", confirm, may="approve", methods=("POST",)),
    Page("/advisories/{id:int}/cancel", cancel, may="advisories", methods=("POST",)),
    Page("/advisories/{id:int}/correct", correct, may="advisories", methods=("POST",)),
]
