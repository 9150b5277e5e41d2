"""What became of rows: marked by whoever sent them, and by receipts. Statuses only move forward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    false,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import Status
from bot.models import Broadcast, OutboundMessage, OutboundState
from bot.outbox import retries, rows
from bot.outbox.rows import (
    FAILED,
    FINAL_STATES,
    LEFT_STATES,
    MESSAGES,
    QUEUED,
    RETURN_STATES,
    SENDING,
    SENT,
    Dead,
    Result,
)

_ROW_MOVED = (OutboundMessage.id, OutboundMessage.address_id, OutboundMessage.broadcast_id)


async def mark(session: AsyncSession, results: Sequence[Result], now: datetime) -> None:
    """Mark what became of claimed rows, all at once. A receipt that was quicker is not undone."""
    connection = await session.connection()
    results_by_state: dict[OutboundState, list[Result]] = defaultdict(list)
    for result in sorted(results, key=_result_id):  # one order of locks for all workers
        results_by_state[result.state].append(result)
    for state, group in results_by_state.items():
        parameters = [_parameters(result) for result in group]
        await connection.execute(_marking(state, now), parameters)
    dead = []
    for result in results:
        if result.stop:
            dead.append(Dead(result.address_id, result.reason, result.id))
    await rows.close(session, dead, now)


async def record(session: AsyncSession, statuses: Sequence[Status], now: datetime) -> set[int]:
    """Record receipts from providers; return the broadcasts whose counts changed.

    A receipt that is late, came twice or belongs to no row of ours changes nothing. A receipt names
    the provider's id and, where the provider echoes it, our row: it may come before `mark`
    committed.
    """
    changed_broadcasts: set[int] = set()
    for status in sorted(statuses, key=_status_order):
        if status.retry is None:
            moving = _recording(status, now)
        else:
            moving = await _returning(session, status, status.retry, now)
        moved = None if moving is None else (await session.execute(moving)).first()
        if moved is None:
            continue
        if moved.broadcast_id:
            changed_broadcasts.add(moved.broadcast_id)
        if moved.address_id and status.stop:
            dead = Dead(moved.address_id, status.reason, moved.id)
            await rows.close(session, [dead], now)
    return changed_broadcasts


def _result_id(result: Result) -> int:
    return result.id


def _status_order(status: Status) -> tuple[str, int]:
    return status.provider_id, status.row_id or 0


def _marking(state: OutboundState, now: datetime) -> Any:
    """Return the UPDATE of one row, for `_parameters`.

    What the provider said is kept even when a receipt has moved the row on already.
    """
    columns = MESSAGES.c
    is_forward = _is_forward(state)
    finished_at = now if state in FINAL_STATES else None
    changes = {
        "state": case((is_forward, state), else_=columns.state),
        "reason": case((is_forward, bindparam("new_reason")), else_=columns.reason),
        "finished_at": case((is_forward, finished_at), else_=columns.finished_at),
        "attempts": columns.attempts - bindparam("spared_attempts"),
        "provider_id": _new_or_old("provider_id"),
        "parts": _new_or_old("parts"),
        "sender": _new_or_old("sender"),
        "due_at": _new_or_old("due_at"),
    }
    if state in LEFT_STATES - {FAILED}:
        changes["sent_at"] = func.coalesce(columns.sent_at, now)
    marking = update(MESSAGES).where(columns.id == bindparam("row_id"))
    return marking.values(changes)


def _new_or_old(name: str) -> Any:
    """Return a column's new content, or what it holds when there is nothing new."""
    column = MESSAGES.c[name]
    return func.coalesce(bindparam(f"new_{name}", type_=column.type), column)


def _is_forward(state: OutboundState) -> ColumnElement[bool]:
    """Return the condition for a row that may move to this state now."""
    # IN cannot be run for many rows at once
    is_source = or_(false(), *(MESSAGES.c.state == source for source in rows.sources(state)))
    # a receipt was quicker that queued it again: the same message cannot have left
    is_same_copy = MESSAGES.c.provider_id == bindparam("new_provider_id")
    has_returned = and_(MESSAGES.c.state == QUEUED, func.coalesce(is_same_copy, false()))
    return and_(is_source, not_(has_returned))


def _parameters(result: Result) -> dict[str, Any]:
    return {
        "row_id": result.id,
        "new_provider_id": result.provider_id,
        "new_parts": result.parts,
        "new_sender": result.sender,
        "new_reason": result.reason,
        "new_due_at": result.due_at,
        "spared_attempts": int(result.spared),
    }


def _recording(status: Status, now: datetime) -> Any:
    """Return the UPDATE that a receipt stands for, which answers `_ROW_MOVED`."""
    state = OutboundState(status.state)
    changes: dict[str, Any] = {
        "state": state,
        "reason": status.reason or None,
        "provider_id": status.provider_id,
        "sent_at": func.coalesce(OutboundMessage.sent_at, now),
    }
    if state in FINAL_STATES:
        changes["finished_at"] = status.at
    recording = _update_receipt_row(status, rows.sources(state))
    if state is SENT:
        # queued under the provider's id: it came back, and a late receipt of that copy does not
        # count
        has_provider_id = OutboundMessage.provider_id.is_not(None)
        has_returned = and_(OutboundMessage.state == QUEUED, has_provider_id)
        recording = recording.where(not_(has_returned))
    return recording.values(changes).returning(*_ROW_MOVED)


async def _returning(
    session: AsyncSession,
    status: Status,
    seconds: float,
    now: datetime,
) -> Any:
    """Return the UPDATE for a message that did not arrive: queued again, or given up.

    It keeps the provider's id until it is sent anew, so that a repeated receipt does not count for
    the new copy. None when the receipt is for no row that was sent.
    """
    message = (await session.execute(_sent_row(status))).first()
    if message is None:
        return None
    due_at = retries.due_at(status.reason, message.attempts, seconds, now)
    if due_at is not None and not _is_within_life(message, due_at):
        due_at = None
    is_spent = due_at is None
    changes: Mapping[str, Any] = {
        "state": FAILED if is_spent else QUEUED,
        "reason": status.reason,
        "provider_id": status.provider_id,
        "due_at": due_at or now,
        "sent_at": now if is_spent else None,
        "finished_at": status.at if is_spent else None,
    }
    returning = update(OutboundMessage).where(
        OutboundMessage.id == message.id,
        OutboundMessage.state.in_(RETURN_STATES),
    )
    returning = returning.execution_options(synchronize_session=False)
    return returning.values(changes).returning(*_ROW_MOVED)


def _sent_row(status: Status) -> Any:
    """Select and lock what decides whether the row of a receipt is sent again."""
    columns = (
        OutboundMessage.id,
        OutboundMessage.attempts,
        OutboundMessage.lane,
        OutboundMessage.created_at,
        Broadcast.expires_at,
    )
    query = select(*columns).outerjoin(Broadcast, Broadcast.id == OutboundMessage.broadcast_id)
    query = query.where(*_is_receipt_row(status, RETURN_STATES))
    return query.with_for_update(of=OutboundMessage)


def _is_within_life(message: Any, moment: datetime) -> bool:
    return retries.is_within_life(message.lane, message.created_at, message.expires_at, moment)


def _update_receipt_row(status: Status, states: Iterable[OutboundState]) -> Update:
    """Return an UPDATE of the row that a receipt is for, when it stands in one of these states."""
    receipt_row = update(OutboundMessage).where(*_is_receipt_row(status, states))
    return receipt_row.execution_options(synchronize_session=False)


def _is_receipt_row(
    status: Status,
    states: Iterable[OutboundState],
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the row that a receipt is for, in one of these states.

    The row it names counts while the provider's id is not known, or is that of an earlier copy.
    """
    is_receipt_row = OutboundMessage.provider_id == status.provider_id
    if status.row_id is not None:
        has_no_id = OutboundMessage.provider_id.is_(None)
        is_open = or_(has_no_id, OutboundMessage.state == SENDING)
        is_echoed_row = and_(OutboundMessage.id == status.row_id, is_open)
        is_receipt_row = or_(is_receipt_row, is_echoed_row)
    return (
        is_receipt_row,
        OutboundMessage.channel == status.channel,
        OutboundMessage.state.in_(states),
    )
