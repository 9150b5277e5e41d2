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

Condition = ColumnElement[bool]
_WAITING = (OutboundState.QUEUED, OutboundState.SENDING)


async def settle(session: AsyncSession, now: datetime) -> list[int]:
    """Move on what time moves on, and return the ids: begun, over, or the last message sent."""
    is_due = _is_due(now)
    begun = await _move(session, is_due, AdvisoryState.SENDING, now)
    is_too_late = _is_too_late(now)
    over = await _move(session, is_too_late, AdvisoryState.EXPIRED, now)
    is_done = _is_done()
    sent = await _move(session, is_done, AdvisoryState.SENT, now)
    return begun + over + sent


def _is_due(now: datetime) -> Condition:
    before_sending = [AdvisoryState.APPROVED, AdvisoryState.SCHEDULED]
    is_approved = Advisory.state.in_(before_sending)
    has_begun = Broadcast.starts_at <= now
    return is_approved & _has_broadcast(has_begun)


def _is_done() -> Condition:
    """Match what is fanned out whole, with nobody queued or on the way any more.

    Phones that are off are tried for days: that does not hold it open.
    """
    is_sending = Advisory.state == AdvisoryState.SENDING
    is_fanned_out = Broadcast.fanned_out_at.is_not(None)
    is_waiting = _has_messages(*_WAITING, besides=outbox.waits_for_phone())
    is_whole = _has_broadcast(is_fanned_out)
    return is_sending & is_whole & ~is_waiting


def _is_too_late(now: datetime) -> Condition:
    """Match what is over before everybody had it.

    Whoever claimed the last messages may have expired them already.
    """
    is_over = Advisory.valid_until <= now
    is_sending = Advisory.state == AdvisoryState.SENDING
    is_open = Broadcast.fanned_out_at.is_(None)
    is_not_fanned_out = _has_broadcast(is_open)
    has_waiting = _has_messages(*_WAITING)
    has_expired = _has_messages(OutboundState.EXPIRED)
    is_incomplete = or_(has_waiting, has_expired, is_not_fanned_out)
    is_unfinished = is_sending & is_incomplete
    unsent_states = _unsent_states()
    is_unsent = Advisory.state.in_(unsent_states)
    return is_over & or_(is_unsent, is_unfinished)


def _unsent_states() -> list[AdvisoryState]:
    """Return the states that may expire and in which nothing was sent yet."""
    states: list[AdvisoryState] = []
    for state in AdvisoryState:
        may_expire = AdvisoryState.EXPIRED in TRANSITIONS[state]
        if may_expire and state is not AdvisoryState.SENDING:
            states.append(state)
    return states


def _has_broadcast(condition: Condition) -> Condition:
    """Match advisories whose broadcast fulfils a condition."""
    is_its_own = Broadcast.id == Advisory.broadcast_id
    broadcast = select(Broadcast.id).where(is_its_own, condition)
    return broadcast.exists()


def _has_messages(*states: OutboundState, besides: Condition | None = None) -> Condition:
    """Match advisories with a message in one of these states, `besides` some."""
    is_of_it = OutboundMessage.broadcast_id == Advisory.broadcast_id
    is_in_state = OutboundMessage.state.in_(states)
    messages = select(OutboundMessage.id).where(is_of_it, is_in_state)
    if besides is not None:
        messages = messages.where(~besides)
    return messages.exists()


async def _move(
    session: AsyncSession,
    condition: Condition,
    state: AdvisoryState,
    now: datetime,
) -> list[int]:
    query = select(Advisory).where(condition)
    unlocked = query.with_for_update(of=Advisory, skip_locked=True)
    moved: list[int] = []
    for advisory in await session.scalars(unlocked):
        advisory.state = check_move(TRANSITIONS, advisory.state, state)
        if state is AdvisoryState.SENT:
            advisory.sent_at = now
        if state is AdvisoryState.EXPIRED:
            await _expire_messages(session, advisory, now)
        event = state.value
        await lifecycle.note(session, None, event, advisory, now)
        moved.append(advisory.id)
    await session.flush()
    return moved


async def _expire_messages(
    session: AsyncSession,
    advisory: Advisory,
    now: datetime,
) -> None:
    broadcast_id = advisory.broadcast_id
    if broadcast_id is not None:
        await outbox.expire(session, broadcast_id, now)
