"""Advisories from draft to end: who may move one to which state.

On approval the texts are frozen into a broadcast. The texts are in `wording`, corrections and
withdrawals in `corrections`, overrides in `overrides`, what time moves on in
`progress`, what became of an advisory in `results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.advisories import ownership, versions, wording
from bot.consular.advisories.wording import Draft
from bot.consular.audiences import rules
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.models import (
    Advisory,
    AdvisoryKind,
    AdvisoryState,
    Broadcast,
    BroadcastKind,
    Lane,
    OutboundState,
    Severity,
    Staff,
    Urgency,
)
from bot.text import text

S = AdvisoryState
OVER = frozenset({S.CANCELLED, S.EXPIRED})
TRANSITIONS: Mapping[AdvisoryState, frozenset[AdvisoryState]] = {
    S.DRAFT: OVER | {S.DRAFT, S.SUBMITTED},
    S.SUBMITTED: OVER | {S.DRAFT, S.RETURNED, S.APPROVED, S.SCHEDULED},
    S.RETURNED: OVER | {S.DRAFT},
    S.APPROVED: OVER | {S.SENDING},
    S.SCHEDULED: OVER | {S.SENDING},
    S.SENDING: OVER | {S.SENT},
    S.SENT: frozenset({S.CANCELLED}),
    S.CANCELLED: frozenset(),
    S.EXPIRED: frozenset(),
}
LIVE = (S.APPROVED, S.SENDING, S.SENT)  # people who ask may hear of it
VALID_FOR = timedelta(days=7)  # when nobody says until when
MIN_REASON_LETTERS = 10
MAX_REASON_LETTERS = 1000
FALLBACK_SECONDS = 600  # until SMS takes over from Telegram when an advisory is severe
RECENT_ADVISORIES = 50


async def draft(
    session: AsyncSession,
    staff: Staff | None,
    written: Draft,
    now: datetime,
    **columns: Any,
) -> Advisory:
    """Add a new draft, finished or not. Raises ConsularError.

    `staff` is None for a polled feed; `columns` are other columns of the advisory.
    """
    check_audience(staff, written.audience)
    return await add(session, staff, written, now, **columns)


async def add(
    session: AsyncSession,
    staff: Staff | None,
    written: Draft,
    now: datetime,
    **columns: Any,
) -> Advisory:
    """Add a draft whose audience is known to be right. Raises ConsularError."""
    created_by = staff.id if staff else None
    columns = {**wording.columns(written), "created_by": created_by, **columns}
    advisory = Advisory(state=S.DRAFT, created_at=now, version=0, **columns)
    session.add(advisory)
    await session.flush()
    await versions.keep(session, advisory, staff, now)
    await note(session, staff, "drafted", advisory, now)
    return advisory


async def edit(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    written: Draft,
    now: datetime,
) -> None:
    """Change texts and audience; what was submitted or returned becomes a draft again.

    The audience of a correction stays: those who got the wrong one. Raises ConsularError.
    """
    await lock(session, staff, advisory)
    columns = wording.columns(written)
    if advisory.corrects_id is None:
        check_audience(staff, columns["audience"])
    else:
        columns["audience"] = advisory.audience
    advisory.state = check_move(TRANSITIONS, advisory.state, S.DRAFT)
    for name, content in columns.items():
        setattr(advisory, name, content)
    advisory.submitted_at, advisory.submitted_by = None, None
    await versions.keep(session, advisory, staff, now)
    await note(session, staff, "edited", advisory, now)


def check_audience(staff: Staff | None, audience: Mapping[str, Any]) -> None:
    """Check the rule (`{}`: nobody yet), and that its people are this account's.

    Raises ConsularError.
    """
    if audience:
        rules.check(audience)
    _require_countries(staff, audience)


def _require_countries(staff: Staff | None, audience: Mapping[str, Any]) -> None:
    """Let a post officer write to the people of the post's countries only."""
    if staff is None:
        return
    countries = rules.countries_of(audience)
    if countries is None:
        roles.require(staff, "advisories", None)
    else:
        roles.require(staff, "advisories", *sorted(countries))


async def submit(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
) -> None:
    """Hand a whole draft with an audience to somebody else for approval. Raises ConsularError."""
    await lock(session, staff, advisory)
    check_move(TRANSITIONS, advisory.state, S.SUBMITTED)
    wording.check_whole(advisory, now)
    rules.check(advisory.audience)
    advisory.state = S.SUBMITTED
    advisory.submitted_at, advisory.submitted_by = now, staff.id
    await session.flush()
    await note(session, staff, "submitted", advisory, now)


async def return_(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    reason: str,
    now: datetime,
) -> None:
    """Return an advisory to its author, with a reason. Raises ConsularError."""
    await lock(session, staff, advisory, "approve")
    advisory.state = check_move(TRANSITIONS, advisory.state, S.RETURNED)
    advisory.return_reason = _checked_reason(reason)
    advisory.returned_at, advisory.returned_by = now, staff.id
    await session.flush()
    await note(session, staff, "returned", advisory, now)


async def approve(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
    seen: str | None = None,
) -> Broadcast:
    """Freeze the texts and the audience; the worker begins at once, or when its time has come.

    Nobody approves what they submitted. `seen` is the `wording.version` that the approver read: any
    other is refused. Raises ConsularError.
    """
    await lock(session, staff, advisory, "approve")
    check_move(TRANSITIONS, advisory.state, S.APPROVED)
    if staff.id == advisory.submitted_by:
        raise ConsularError("Somebody other than the submitter must approve.")
    return await release(
        session,
        staff,
        advisory,
        now,
        seen,
        "approved",
    )


async def override(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    reason: str,
    now: datetime,
    seen: str | None = None,
) -> Broadcast:
    """Send an advisory by one officer alone, in an emergency, with a reason. Raises ConsularError.

    Every approver hears of it at once.
    """
    await lock(session, staff, advisory, "override")
    check_move(TRANSITIONS, advisory.state, S.APPROVED)
    advisory.override_reason = _checked_reason(reason)
    return await release(
        session,
        staff,
        advisory,
        now,
        seen,
        "overridden",
    )


def _checked_reason(typed: str) -> str:
    reason = text.clean(typed, MAX_REASON_LETTERS)
    if len(reason) < MIN_REASON_LETTERS:
        raise ConsularError("Write the reason, in a sentence.")
    return reason


async def release(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
    seen: str | None,
    event: str,
) -> Broadcast:
    """Freeze an advisory and hand it to the worker; the caller checked that it may go.

    Raises ConsularError.
    """
    if seen is not None and seen != wording.version(advisory):
        raise ConsularError("It was changed while you were reading. Read it again.")
    wording.check_whole(advisory, now)
    begins = max(advisory.valid_from or now, now)
    advisory.valid_until = advisory.valid_until or begins + VALID_FOR
    broadcast = await _broadcast(session, advisory, begins, now)
    advisory.state = S.SCHEDULED if begins > now else S.APPROVED
    advisory.broadcast_id = broadcast.id
    advisory.approved_at, advisory.approved_by = now, staff.id
    await session.flush()
    await _supersede(session, staff, advisory, now)
    await note(
        session,
        staff,
        event,
        advisory,
        now,
        version=wording.version(advisory),
    )
    return broadcast


async def _broadcast(
    session: AsyncSession,
    advisory: Advisory,
    begins: datetime,
    now: datetime,
) -> Broadcast:
    """Create the broadcast that holds the frozen texts."""
    is_severe = advisory.severity in (Severity.EXTREME, Severity.SEVERE)
    wrong = await session.get(Advisory, advisory.corrects_id) if advisory.corrects_id else None
    return await fan_out.create(
        session,
        BroadcastKind.ADVISORY,
        lane_of(advisory),
        wording.contents(advisory),
        advisory.audience,
        drill=advisory.drill,
        now=now,
        starts_at=begins,
        expires_at=advisory.valid_until,
        corrects_id=wrong.broadcast_id if wrong else None,
        fallback_after=FALLBACK_SECONDS if is_severe else None,
    )


def lane_of(advisory: Advisory | Draft) -> Lane:
    """Choose the lane: with the roll calls, after them, or when there is time and it is day."""
    if advisory.routine:
        return Lane.ROUTINE
    if advisory.severity is Severity.EXTREME or advisory.urgency is Urgency.IMMEDIATE:
        return Lane.CRISIS
    return Lane.ADVISORY


async def _supersede(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
) -> None:
    """Stop the advisory that this one corrects."""
    if advisory.corrects_id is None or advisory.kind is AdvisoryKind.ALERT:
        return
    wrong = await session.get_one(Advisory, advisory.corrects_id, with_for_update=True)
    if wrong.state is not S.CANCELLED and S.CANCELLED in TRANSITIONS[wrong.state]:
        await end(session, staff, wrong, now)


async def end(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    now: datetime,
) -> None:
    """Cancel a locked advisory: its fan-out ends and what is queued is dropped.

    Raises ConsularError.
    """
    advisory.state = check_move(TRANSITIONS, advisory.state, S.CANCELLED)
    advisory.cancelled_at, advisory.cancelled_by = now, staff.id
    if advisory.broadcast_id is not None:
        await fan_out.cancel(session, advisory.broadcast_id, now)
    await session.flush()
    await note(session, staff, "cancelled", advisory, now)


async def counts(session: AsyncSession, advisory: Advisory) -> dict[str, int]:
    """Count recipients by the state of their message; every state is there."""
    if advisory.broadcast_id is None:
        return {state.value: 0 for state in OutboundState}
    return await outbox.counts(session, advisory.broadcast_id)


async def get(session: AsyncSession, advisory_id: int) -> Advisory:
    """Return an advisory. Raises ConsularError."""
    advisory = await session.get(Advisory, advisory_id)
    if advisory is None:
        raise ConsularError("There is no such advisory.")
    return advisory


async def recent(session: AsyncSession, limit: int = RECENT_ADVISORIES) -> list[Advisory]:
    """List advisories, the latest first."""
    query = select(Advisory).order_by(Advisory.id.desc()).limit(limit)
    return list(await session.scalars(query))


async def lock(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    permission: str = "advisories",
) -> None:
    """Read the row anew and lock it: the second comer sees what the first one did.

    The audience of a correction says only who got the wrong one, so the first advisory's decides
    whether it is this account's business. Raises ConsularError.
    """
    await session.refresh(advisory, with_for_update=True)
    roles.require(staff, permission)
    chain = [advisory, *await ownership.corrected(session, advisory)]
    audience = chain[-1].audience
    if not audience and not await ownership.is_of_post(session, staff, advisory):
        raise ConsularError("This account may not do that.")
    _require_countries(staff, audience)


async def note(
    session: AsyncSession,
    staff: Staff | None,
    event: str,
    advisory: Advisory,
    now: datetime,
    **detail: str,
) -> None:
    """Write an event into the audit trail."""
    actor = roles.actor(staff) if staff else trail.SYSTEM
    await trail.note(
        session,
        actor,
        f"advisory.{event}",
        f"advisory:{advisory.id}",
        now,
        **detail,
    )
