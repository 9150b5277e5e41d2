"""Advisories: what staff tell people, once two of them agree. On approval the texts are frozen into a broadcast.

The words are in `wording`, corrections and withdrawals in `corrections`, what became of one in `results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.advisories import wording
from bot.consular.advisories.wording import Draft, contents, version
from bot.consular.audiences import rules
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.models import (
    Advisory,
    AdvisoryKind,
    AdvisoryState,
    AdvisoryVersion,
    Broadcast,
    BroadcastKind,
    Lane,
    OutboundMessage,
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
LIVE = (S.APPROVED, S.SENDING, S.SENT)  # people may be told of it
VALID_FOR = timedelta(days=7)  # when nobody says until when
SHORTEST_REASON = 10  # letters
LONGEST_REASON = 1000
FALLBACK_AFTER = 600  # seconds until SMS takes over from Telegram when an advisory is severe
_WAITING = (OutboundState.QUEUED, OutboundState.SENDING)


async def draft(
    session: AsyncSession, staff: Staff | None, said: Draft, now: datetime, **more: Any
) -> Advisory:
    """A new draft, whole or not. `staff` is None for a feed; `more`: other columns. Raises ConsularError."""
    check_audience(staff, said.audience)
    return await add(session, staff, said, now, **more)


async def add(
    session: AsyncSession, staff: Staff | None, said: Draft, now: datetime, **more: Any
) -> Advisory:
    """The same for an audience that is known to be right. Raises ConsularError."""
    columns = wording.columns(said) | {"created_by": staff.id if staff else None} | more
    advisory = Advisory(state=S.DRAFT, created_at=now, version=0, **columns)
    session.add(advisory)
    await session.flush()
    await _keep_version(session, advisory, staff, now)
    await note(session, staff, "drafted", advisory, now)
    return advisory


async def edit(
    session: AsyncSession, staff: Staff, advisory: Advisory, said: Draft, now: datetime
) -> None:
    """New words and audience; what was submitted or returned becomes a draft again. Raises ConsularError.

    The audience of a correction stays: those who got the wrong one.
    """
    await lock(session, staff, advisory)
    values = wording.columns(said)
    if advisory.corrects_id is not None:
        values["audience"] = advisory.audience
    else:
        check_audience(staff, values["audience"])
    advisory.state = check_move(TRANSITIONS, advisory.state, S.DRAFT)
    for name, value in values.items():
        setattr(advisory, name, value)
    advisory.submitted_at, advisory.submitted_by = None, None
    await _keep_version(session, advisory, staff, now)
    await note(session, staff, "edited", advisory, now)


def check_audience(staff: Staff | None, audience: Mapping[str, Any]) -> None:
    """Raises ConsularError unless the rule is right (`{}`: nobody yet) and its people are this account's business."""
    if audience:
        rules.check(audience)
    _require_business(staff, audience)


def _require_business(staff: Staff | None, audience: Mapping[str, Any]) -> None:
    """A post officer writes to the people of one country."""
    countries = rules.countries_of(audience)
    if staff is not None:
        roles.require(
            staff, "advisories", *(sorted(countries) if countries is not None else [None])
        )


async def _keep_version(
    session: AsyncSession, advisory: Advisory, staff: Staff | None, now: datetime
) -> None:
    advisory.version += 1
    version = AdvisoryVersion(
        advisory_id=advisory.id,
        number=advisory.version,
        saved_at=now,
        saved_by=staff.id if staff else None,
        content=wording.snapshot(advisory),
    )
    session.add(version)
    await session.flush()


async def submit(session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime) -> None:
    """Ready for somebody else to approve: whole in both languages, an audience chosen. Raises ConsularError."""
    await lock(session, staff, advisory)
    check_move(TRANSITIONS, advisory.state, S.SUBMITTED)
    wording.check_whole(advisory, now)
    rules.check(advisory.audience)
    advisory.state, advisory.submitted_at, advisory.submitted_by = S.SUBMITTED, now, staff.id
    await session.flush()
    await note(session, staff, "submitted", advisory, now)


async def return_(
    session: AsyncSession, staff: Staff, advisory: Advisory, reason: str, now: datetime
) -> None:
    """Not like this: back to its author, with a reason. Raises ConsularError."""
    await lock(session, staff, advisory, "approve")
    advisory.state = check_move(TRANSITIONS, advisory.state, S.RETURNED)
    advisory.return_reason = _reason(reason)
    advisory.returned_at, advisory.returned_by = now, staff.id
    await session.flush()
    await note(session, staff, "returned", advisory, now)


async def approve(
    session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime, seen: str | None = None
) -> Broadcast:
    """Freezes the texts and the rule of the audience; the worker begins at once, or when its time has come.

    Never by who submitted it. `seen` is the `version` the approver was shown: anything else is refused. Raises
    ConsularError.
    """
    await lock(session, staff, advisory, "approve")
    check_move(TRANSITIONS, advisory.state, S.APPROVED)
    if staff.id == advisory.submitted_by:
        raise ConsularError("Somebody other than the submitter must approve.")
    return await release(session, staff, advisory, now, seen, "approved")


async def override(
    session: AsyncSession,
    staff: Staff,
    advisory: Advisory,
    reason: str,
    now: datetime,
    seen: str | None = None,
) -> Broadcast:
    """One officer alone, in an emergency, for a typed reason: every approver is told at once. Raises ConsularError."""
    await lock(session, staff, advisory, "override")
    check_move(TRANSITIONS, advisory.state, S.APPROVED)
    advisory.override_reason = _reason(reason)
    return await release(session, staff, advisory, now, seen, "overridden")


def _reason(given: str) -> str:
    reason = text.clean(given, LONGEST_REASON)
    if len(reason) < SHORTEST_REASON:
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
    """Freezes and hands over to the worker. Whoever calls this has checked that it may go. Raises ConsularError."""
    if seen is not None and seen != version(advisory):
        raise ConsularError("It was changed while you were reading. Read it again.")
    wording.check_whole(advisory, now)
    begins = max(advisory.valid_from or now, now)
    advisory.valid_until = advisory.valid_until or begins + VALID_FOR
    broadcast = await _broadcast(session, advisory, begins, now)
    advisory.state = S.SCHEDULED if begins > now else S.APPROVED
    advisory.broadcast_id, advisory.approved_at, advisory.approved_by = broadcast.id, now, staff.id
    await session.flush()
    await _supersede(session, staff, advisory, now)
    await note(session, staff, event, advisory, now, version=version(advisory))
    return broadcast


async def _broadcast(
    session: AsyncSession, advisory: Advisory, begins: datetime, now: datetime
) -> Broadcast:
    """What is frozen."""
    severe = advisory.severity in (Severity.EXTREME, Severity.SEVERE)
    wrong = await session.get(Advisory, advisory.corrects_id) if advisory.corrects_id else None
    return await fan_out.create(
        session,
        BroadcastKind.ADVISORY,
        lane_of(advisory),
        contents(advisory),
        advisory.audience,
        drill=advisory.drill,
        now=now,
        starts_at=begins,
        expires_at=advisory.valid_until,
        corrects_id=wrong.broadcast_id if wrong else None,
        fallback_after=FALLBACK_AFTER if severe else None,
    )


def lane_of(said: Advisory | Draft) -> Lane:
    """How urgently it is sent: with the roll calls, after them, or when there is time and it is day."""
    if said.routine:
        return Lane.ROUTINE
    is_pressing = said.severity is Severity.EXTREME or said.urgency is Urgency.IMMEDIATE
    return Lane.CRISIS if is_pressing else Lane.ADVISORY


async def _supersede(
    session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime
) -> None:
    """What this one corrects goes to nobody any more."""
    if advisory.corrects_id is None or advisory.kind is AdvisoryKind.ALERT:
        return
    wrong = await session.get_one(Advisory, advisory.corrects_id, with_for_update=True)
    if wrong.state is not S.CANCELLED and S.CANCELLED in TRANSITIONS[wrong.state]:
        await end(session, staff, wrong, now)


async def end(session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime) -> None:
    """Cancels a locked one; the fan-out ends and what is queued is dropped. Raises ConsularError."""
    advisory.state = check_move(TRANSITIONS, advisory.state, S.CANCELLED)
    advisory.cancelled_at, advisory.cancelled_by = now, staff.id
    if advisory.broadcast_id is not None:
        await fan_out.cancel(session, advisory.broadcast_id, now)
    await session.flush()
    await note(session, staff, "cancelled", advisory, now)


# --- what happens by itself -------------------------------------------------------------------------------------------


async def settle(session: AsyncSession, now: datetime) -> list[int]:
    """Advisories that moved on by themselves (ids): their time has come, or is over, or the last one is sent."""
    begun = await _move(session, _due(now), S.SENDING, now)
    over = await _move(session, _too_late(now), S.EXPIRED, now)
    return begun + over + await _move(session, _done(), S.SENT, now)


def _due(now: datetime) -> ColumnElement[bool]:
    begun = select(Broadcast.id).where(
        Broadcast.id == Advisory.broadcast_id, Broadcast.starts_at <= now
    )
    return Advisory.state.in_((S.APPROVED, S.SCHEDULED)) & begun.exists()


def _done() -> ColumnElement[bool]:
    """Fanned out whole, and nobody queued or on the way any more."""
    whole = select(Broadcast.id).where(
        Broadcast.id == Advisory.broadcast_id, Broadcast.fanned_out_at.is_not(None)
    )
    return (Advisory.state == S.SENDING) & whole.exists() & ~_has(*_WAITING)


def _has(*states: OutboundState) -> ColumnElement[bool]:
    """Whether a recipient's message is in one of these states."""
    mine = OutboundMessage.broadcast_id == Advisory.broadcast_id
    return select(OutboundMessage.id).where(mine, OutboundMessage.state.in_(states)).exists()


def _too_late(now: datetime) -> ColumnElement[bool]:
    """Over before everybody had it; the rows may have been ended already by whoever claimed them."""
    unsent = Advisory.state.in_(
        [state for state in S if S.EXPIRED in TRANSITIONS[state] and state is not S.SENDING]
    )
    unfinished = select(Broadcast.id).where(
        Broadcast.id == Advisory.broadcast_id, Broadcast.fanned_out_at.is_(None)
    )
    on_the_way = (Advisory.state == S.SENDING) & or_(
        _has(*_WAITING, OutboundState.EXPIRED), unfinished.exists()
    )
    return (Advisory.valid_until <= now) & or_(unsent, on_the_way)


async def _move(
    session: AsyncSession, which: ColumnElement[bool], state: AdvisoryState, now: datetime
) -> list[int]:
    query = select(Advisory).where(which).with_for_update(of=Advisory, skip_locked=True)
    moved = list(await session.scalars(query))
    for advisory in moved:
        advisory.state = check_move(TRANSITIONS, advisory.state, state)
        if state is S.SENT:
            advisory.sent_at = now
        if state is S.EXPIRED and advisory.broadcast_id is not None:
            await outbox.expire(session, advisory.broadcast_id, now)
        await note(session, None, state.value, advisory, now)
    await session.flush()
    return [advisory.id for advisory in moved]


# --- looking ----------------------------------------------------------------------------------------------------------


async def unseen_overrides(session: AsyncSession) -> list[Advisory]:
    """Those one officer sent alone and no second person has looked at yet, the oldest first."""
    alone = (
        Advisory.override_reason.is_not(None),
        Advisory.approved_at.is_not(None),
        Advisory.override_seen_at.is_(None),
    )
    return list(await session.scalars(select(Advisory).where(*alone).order_by(Advisory.id)))


async def acknowledge(
    session: AsyncSession, staff: Staff, advisory: Advisory, now: datetime
) -> None:
    """A second person has seen what one officer sent alone. Raises ConsularError."""
    await lock(session, staff, advisory, "approve")
    if advisory.override_reason is None or advisory.override_seen_at is not None:
        raise ConsularError("There is nothing to confirm.")
    if staff.id == advisory.approved_by:
        raise ConsularError("Somebody other than the one who sent it must confirm.")
    advisory.override_seen_at, advisory.override_seen_by = now, staff.id
    await session.flush()
    await note(session, staff, "override_seen", advisory, now)


async def versions(session: AsyncSession, advisory: Advisory) -> list[AdvisoryVersion]:
    """Everything it ever said, the latest first."""
    mine = AdvisoryVersion.advisory_id == advisory.id
    return list(
        await session.scalars(
            select(AdvisoryVersion).where(mine).order_by(AdvisoryVersion.number.desc())
        )
    )


async def counts(session: AsyncSession, advisory: Advisory) -> dict[str, int]:
    """Recipients by state of their message; every state is there, and they add up to the recipients."""
    if advisory.broadcast_id is None:
        return {state.value: 0 for state in OutboundState}
    return await outbox.counts(session, advisory.broadcast_id)


async def get(session: AsyncSession, advisory_id: int) -> Advisory:
    """The advisory. Raises ConsularError."""
    advisory = await session.get(Advisory, advisory_id)
    if advisory is None:
        raise ConsularError("There is no such advisory.")
    return advisory


async def recent(session: AsyncSession, limit: int = 50) -> list[Advisory]:
    """Advisories, the latest first."""
    return list(await session.scalars(select(Advisory).order_by(Advisory.id.desc()).limit(limit)))


async def lock(
    session: AsyncSession, staff: Staff, advisory: Advisory, permission: str = "advisories"
) -> None:
    """Reads the row anew and keeps it: whoever comes second sees what the first did. Raises ConsularError."""
    await session.refresh(advisory, with_for_update=True)
    roles.require(staff, permission)
    first = [advisory, *await corrected(session, advisory)][-1]
    _require_business(
        staff, first.audience
    )  # that of a correction says no more than who got the wrong one


async def corrected(session: AsyncSession, advisory: Advisory) -> list[Advisory]:
    """What it corrects, and what that corrected itself: the first wrong one is the last."""
    found: list[Advisory] = []
    while advisory.corrects_id is not None:
        advisory = await session.get_one(Advisory, advisory.corrects_id)
        found.append(advisory)
    return found


async def note(
    session: AsyncSession,
    staff: Staff | None,
    event: str,
    advisory: Advisory,
    now: datetime,
    **detail: str,
) -> None:
    """Writes into the audit trail."""
    actor = roles.actor(staff) if staff else trail.SYSTEM
    await trail.note(session, actor, f"advisory.{event}", f"advisory:{advisory.id}", now, **detail)
