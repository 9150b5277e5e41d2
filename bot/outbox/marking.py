"""What became of a row is written down: by whoever sent it, and by receipts. Statuses only move forward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, and_, bindparam, case, false, func, not_, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Status
from bot.models import OutboundMessage, OutboundState
from bot.outbox.rows import ATTEMPTS, FINAL, LEFT, MESSAGES, RETURNS, Q, Result, S, sources, stop


async def mark(session: AsyncSession, results: Sequence[Result], now: datetime) -> None:
    """Writes down what became of claimed rows, all at once. A receipt that was quicker is not undone."""
    connection = await session.connection()
    groups: dict[OutboundState, list[Result]] = defaultdict(list)
    for result in sorted(results, key=lambda r: r.id):  # one order of locks for all workers
        groups[result.state].append(result)
    for state, some in groups.items():
        await connection.execute(_marking(state, now), [_marked(result) for result in some])
    await stop(session, {r.address_id: r.reason for r in results if r.stop}, now)


async def record(session: AsyncSession, statuses: Sequence[Status], now: datetime) -> set[int]:
    """Receipts from providers; the broadcasts whose counts changed.

    One that is late, came twice or belongs to no row of ours changes nothing. A receipt names the provider's id and,
    where the provider echoes it, our row: it may come before `mark` committed.
    """
    changed: set[int] = set()
    for status in sorted(statuses, key=lambda s: (s.provider_id, s.row or 0)):
        changing = (
            _recording(status, now)
            if status.retry is None
            else _returning(status, status.retry, now)
        )
        row = (await session.execute(changing)).first()
        if row and row.broadcast_id:
            changed.add(row.broadcast_id)
        if row and row.address_id and status.stop:
            await stop(session, {row.address_id: status.reason}, now)
    return changed


def _marking(state: OutboundState, now: datetime) -> Any:
    """UPDATE of one row, for `_marked`. What the provider said is kept even when a receipt moved the row on already."""
    # IN cannot be run for many rows at once
    allowed = or_(false(), *(MESSAGES.c.state == source for source in sources(state)))
    # a receipt was quicker that queued it again: the same message cannot have left
    has_returned = and_(
        MESSAGES.c.state == Q,
        func.coalesce(MESSAGES.c.provider_id == bindparam("sent_as"), false()),
    )
    is_forward = and_(allowed, not_(has_returned))
    has_left = state in LEFT - {OutboundState.FAILED}
    return (
        update(MESSAGES)
        .where(MESSAGES.c.id == bindparam("row"))
        .values(
            state=case((is_forward, state), else_=MESSAGES.c.state),
            provider_id=func.coalesce(bindparam("sent_as"), MESSAGES.c.provider_id),
            parts=func.coalesce(bindparam("cost"), MESSAGES.c.parts),
            sender=func.coalesce(bindparam("by"), MESSAGES.c.sender),
            reason=case((is_forward, bindparam("why")), else_=MESSAGES.c.reason),
            due_at=func.coalesce(
                bindparam("again", type_=MESSAGES.c.due_at.type), MESSAGES.c.due_at
            ),
            attempts=MESSAGES.c.attempts - bindparam("spared"),
            sent_at=func.coalesce(MESSAGES.c.sent_at, now) if has_left else MESSAGES.c.sent_at,
            finished_at=case(
                (is_forward, now if state in FINAL else None), else_=MESSAGES.c.finished_at
            ),
        )
    )


def _marked(result: Result) -> dict[str, Any]:
    return {
        "row": result.id,
        "sent_as": result.provider_id,
        "cost": result.parts,
        "by": result.sender,
        "why": result.reason,
        "again": result.due_at,
        "spared": int(result.spared),
    }


def _recording(status: Status, now: datetime) -> Any:
    """UPDATE that a receipt stands for; answers the address and broadcast of the row it moved."""
    state = OutboundState(status.state)
    finished = {"finished_at": status.at} if state in FINAL else {}
    # queued under the provider's id: it came back, and what is said late of that copy does not count
    has_returned = and_(OutboundMessage.state == Q, OutboundMessage.provider_id.is_not(None))
    changing = _one_of(status, sources(state))
    return (
        (changing.where(not_(has_returned)) if state is OutboundState.SENT else changing)
        .values(
            state=state,
            reason=status.reason or None,
            provider_id=status.provider_id,
            sent_at=func.coalesce(OutboundMessage.sent_at, now),
            **finished,
        )
        .returning(OutboundMessage.address_id, OutboundMessage.broadcast_id)
    )


def _returning(status: Status, seconds: float, now: datetime) -> Any:
    """UPDATE for a message that never left: it is queued again, or given up when it was tried often enough.

    It keeps the provider's id until it is sent anew, so that a repeated receipt does not count for the new copy.
    """
    is_spent = OutboundMessage.attempts >= ATTEMPTS
    return (
        _one_of(status, RETURNS)
        .values(
            state=case((is_spent, OutboundState.FAILED), else_=Q),
            reason=status.reason,
            provider_id=status.provider_id,
            due_at=now + timedelta(seconds=seconds),
            sent_at=None,
            finished_at=case((is_spent, status.at), else_=None),
        )
        .returning(OutboundMessage.address_id, OutboundMessage.broadcast_id)
    )


def _one_of(status: Status, states: Iterable[OutboundState]) -> Update:
    """UPDATE of the row a receipt is for, when it stands in one of these states.

    The row it names counts while the provider's id is not known, or is that of an earlier copy.
    """
    by_provider = OutboundMessage.provider_id == status.provider_id
    is_open = or_(OutboundMessage.provider_id.is_(None), OutboundMessage.state == S)
    by_row = and_(OutboundMessage.id == status.row, is_open)
    return (
        update(OutboundMessage)
        .where(
            by_provider if status.row is None else or_(by_provider, by_row),
            OutboundMessage.channel == status.channel,
            OutboundMessage.state.in_(states),
        )
        .execution_options(synchronize_session=False)
    )
