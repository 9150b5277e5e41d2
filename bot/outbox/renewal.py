"""What happens to a person's rows when they write, or answer: tried at once, or no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    CheckIn,
    Lane,
    OutboundMessage,
    OutboundState,
    closures,
)
from bot.outbox.retries import PHONE_REASONS
from bot.outbox.rows import DROPPED, FAILED, NO_CHANNEL, QUEUED, holds

# Why a row ended that the person's own message takes back: they can be reached there now.
ADDRESS_REASONS = (*PHONE_REASONS, "gone", closures.BLOCKED)
ANSWERED = "answered"


async def renew(session: AsyncSession, address: Address, now: datetime) -> int:
    """Send now, to an address its person writes from, what did not reach it before.

    That is what waits for another try, and what ended without reaching them of a broadcast that
    still holds; a roll call only until they answer. Return how many rows.
    """
    row_ids = list(await session.scalars(_unreached(address, now)))
    if row_ids:
        renewing = update(OutboundMessage).where(OutboundMessage.id.in_(row_ids))
        await session.execute(renewing.values(_begin_anew(address, now)))
    return len(row_ids)


def _unreached(address: Address, now: datetime) -> Any:
    is_own = and_(
        OutboundMessage.person_id == address.person_id,
        OutboundMessage.address_id == address.id,
    )
    is_waiting = and_(
        OutboundMessage.state == QUEUED,
        OutboundMessage.reason.in_(PHONE_REASONS),
        OutboundMessage.due_at > now,
        is_own,
    )
    has_ended = and_(
        OutboundMessage.state.in_((FAILED, DROPPED)),
        OutboundMessage.reason.in_(ADDRESS_REASONS),
        is_own,
    )
    has_no_address = OutboundMessage.state == NO_CHANNEL
    query = select(OutboundMessage.id).where(
        OutboundMessage.person_id == address.person_id,
        or_(is_waiting, and_(or_(has_ended, has_no_address), _is_wanted(now))),
    )
    return query.with_for_update(skip_locked=True)


def _is_wanted(now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a row's broadcast still holds, and asks for nothing answered already."""
    has_answered = exists().where(
        CheckIn.person_id == OutboundMessage.person_id,
        CheckIn.at >= Broadcast.created_at,
    )
    is_answered = and_(
        Broadcast.kind == BroadcastKind.ROLL_CALL,
        has_answered.correlate(OutboundMessage, Broadcast),
    )
    wanted = select(Broadcast.id).where(
        Broadcast.id == OutboundMessage.broadcast_id,
        *holds(now),
        ~is_answered,
    )
    return wanted.correlate(OutboundMessage).exists()


def _begin_anew(address: Address, now: datetime) -> dict[str, Any]:
    is_waiting = OutboundMessage.state == QUEUED
    return {
        "state": QUEUED,
        "address_id": address.id,
        "channel": address.channel,
        "form": address.form,
        "attempts": case((is_waiting, OutboundMessage.attempts), else_=0),
        "reason": case((is_waiting, OutboundMessage.reason), else_=None),
        "due_at": now,
        "claimed_at": None,
        "sent_at": None,
        "finished_at": None,
    }


async def end_answered(session: AsyncSession, person_id: int, now: datetime) -> None:
    """End the roll calls that wait to be sent: their person has answered.

    A question that an officer sent once more has no broadcast.
    """
    is_roll_call = exists().where(
        Broadcast.id == OutboundMessage.broadcast_id,
        Broadcast.kind == BroadcastKind.ROLL_CALL,
    )
    is_asked_again = and_(
        OutboundMessage.lane == Lane.CRISIS,
        OutboundMessage.broadcast_id.is_(None),
    )
    ending = update(OutboundMessage).where(
        OutboundMessage.person_id == person_id,
        OutboundMessage.state == QUEUED,
        or_(is_roll_call.correlate(OutboundMessage), is_asked_again),
    )
    ending = ending.values(state=OutboundState.DROPPED, reason=ANSWERED, finished_at=now)
    await session.execute(ending.execution_options(synchronize_session=False))
