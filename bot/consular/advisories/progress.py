"""What time does to an advisory: it begins, it is all sent, or it is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.advisories import lifecycle
from bot.consular.advisories.lifecycle import TRANSITIONS
from bot.consular.errors import check_move
from bot.models import Advisory, AdvisoryState, Broadcast, OutboundMessage, OutboundState

_WAITING = (OutboundState.QUEUED, OutboundState.SENDING)


async def settle(session: AsyncSession, now: datetime) -> list[int]:
    """Move on what time moves on, and return the ids: begun, over, or the last message sent."""
    begun = await _move(session, _is_due(now), AdvisoryState.SENDING, now)
    over = await _move(session, _is_too_late(now), AdvisoryState.EXPIRED, now)
    sent = await _move(session, _is_done(), AdvisoryState.SENT, now)
    return begun + over + sent


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_waiting = Advisory.state.in_((AdvisoryState.APPROVED, AdvisoryState.SCHEDULED))
    return is_waiting & _has_broadcast(Broadcast.starts_at <= now)


def _is_done() -> ColumnElement[bool]:
    """Match what is fanned out whole, with nobody queued or on the way any more."""
    is_whole = _has_broadcast(Broadcast.fanned_out_at.is_not(None))
    return (Advisory.state == AdvisoryState.SENDING) & is_whole & ~_has_messages(*_WAITING)


def _is_too_late(now: datetime) -> ColumnElement[bool]:
    """Match what is over before everybody had it.

    Whoever claimed the last messages may have expired them already.
    """
    unsent_states = [
        state
        for state in AdvisoryState
        if AdvisoryState.EXPIRED in TRANSITIONS[state] and state is not AdvisoryState.SENDING
    ]
    is_incomplete = or_(
        _has_messages(*_WAITING, OutboundState.EXPIRED),
        _has_broadcast(Broadcast.fanned_out_at.is_(None)),
    )
    is_on_the_way = (Advisory.state == AdvisoryState.SENDING) & is_incomplete
    is_unsent = Advisory.state.in_(unsent_states)
    return (Advisory.valid_until <= now) & or_(is_unsent, is_on_the_way)


def _has_broadcast(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Match advisories whose broadcast fulfils a condition."""
    broadcast = select(Broadcast.id).where(Broadcast.id == Advisory.broadcast_id, condition)
    return broadcast.exists()


def _has_messages(*states: OutboundState) -> ColumnElement[bool]:
    """Match advisories with a message in one of these states."""
    is_of_it = OutboundMessage.broadcast_id == Advisory.broadcast_id
    messages = select(OutboundMessage.id).where(is_of_it, OutboundMessage.state.in_(states))
    return messages.exists()


async def _move(
    session: AsyncSession,
    condition: ColumnElement[bool],
    state: AdvisoryState,
    now: datetime,
) -> list[int]:
    query = select(Advisory).where(condition).with_for_update(of=Advisory, skip_locked=True)
    advisories = list(await session.scalars(query))
    for advisory in advisories:
        advisory.state = check_move(TRANSITIONS, advisory.state, state)
        if state is AdvisoryState.SENT:
            advisory.sent_at = now
        if state is AdvisoryState.EXPIRED and advisory.broadcast_id is not None:
            await outbox.expire(session, advisory.broadcast_id, now)
        await lifecycle.note(
            session,
            None,
            state.value,
            advisory,
            now,
        )
    await session.flush()
    return [advisory.id for advisory in advisories]
