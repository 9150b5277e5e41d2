"""Retention: what we no longer need goes. The worker sweeps every hour; each table has one rule."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit.trail import SYSTEM
from bot.consular.staff.sessions import LONGEST_IDLE, LONGEST_LIFE
from bot.consular.trust import rights
from bot.models import (
    Address,
    Case,
    CaseState,
    CheckIn,
    InboundMessage,
    InboundState,
    OutboundMessage,
    Person,
    StaffLink,
    StaffSession,
)

# What people said and we answered; the facts we took from it stay with the person.
MESSAGE_LIFE = timedelta(days=90)
# Somebody who wrote once, never agreed to our keeping them, and has no open case.
STRANGER_LIFE = timedelta(days=30)
# For the last goodbye to leave.
FAREWELL_LIFE = timedelta(hours=24)
# From the last case's closing to the erasure that its person asked for.
CLOSED_CASE_REST = timedelta(hours=24)
SWEEP_ROWS = 1000  # of a table a sweep; the next sweep takes the rest


async def sweep(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Delete what is due, at most 1,000 rows of a table; return how many rows of each went."""
    return {
        "forgotten": await _erase(session, _forgotten(now), now),
        "waited": await _erase(session, _waited(now), now),
        "strangers": await _erase(session, _strangers(now), now),
        "received": await _delete(session, InboundMessage, _old_received(now)),
        "sent": await _delete(session, OutboundMessage, _old_replies(now)),
        "links": await _delete(session, StaffLink, StaffLink.expires_at <= now),
        "sessions": await _delete(session, StaffSession, _ended_sessions(now)),
    }


async def _erase(session: AsyncSession, due: Select[Person], now: datetime) -> int:
    locked = due.limit(SWEEP_ROWS).with_for_update(skip_locked=True, of=Person)
    people = list(await session.scalars(locked))
    for person in people:
        await rights.erase(session, person, SYSTEM, now)
    return len(people)


async def _delete(
    session: AsyncSession,
    table: type[InboundMessage | OutboundMessage | StaffLink | StaffSession],
    is_due: ColumnElement[bool],
) -> int:
    due = select(table.id).where(is_due).limit(SWEEP_ROWS)
    ids = list(await session.scalars(due))
    await session.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)


def _forgotten(now: datetime) -> Select[Person]:
    """Select erased people whose goodbye has left, or whose goodbye waited a day."""
    unsent = exists().where(
        OutboundMessage.person_id == Person.id,
        OutboundMessage.state.in_(rights.UNSENT_STATES),
    )
    unread = exists().where(
        InboundMessage.person_id == Person.id,
        InboundMessage.state == InboundState.PENDING,
    )
    is_old = Person.forgotten_at <= now - FAREWELL_LIFE
    return select(Person).where(
        Person.forgotten_at.is_not(None),
        or_(is_old, ~unsent & ~unread),
    )


def _waited(now: datetime) -> Select[Person]:
    """Select people who asked to be forgotten, a day after their last case was closed.

    Until then whoever closed it by mistake opens another, and nothing is lost.
    """
    is_looked_after = exists().where(
        Case.person_id == Person.id,
        or_(Case.closed_at.is_(None), Case.closed_at > now - CLOSED_CASE_REST),
    )
    return select(Person).where(
        Person.erasure_asked_at.is_not(None),
        Person.forgotten_at.is_(None),
        ~is_looked_after,
    )


def _strangers(now: datetime) -> Select[Person]:
    """Select people who never agreed to our keeping them and whom nobody looks after."""
    before = now - STRANGER_LIFE
    wrote = exists().where(
        Address.person_id == Person.id,
        Address.heard_at > before,
    )
    checked_in = exists().where(CheckIn.person_id == Person.id)
    has_open_case = exists().where(
        Case.person_id == Person.id,
        Case.state != CaseState.CLOSED,
    )
    return select(Person).where(
        Person.consented_at.is_(None),
        Person.created_at <= before,
        ~wrote,
        ~checked_in,
        ~has_open_case,
    )


def _old_received(now: datetime) -> ColumnElement[bool]:
    is_old = InboundMessage.received_at <= now - MESSAGE_LIFE
    is_handled = InboundMessage.state != InboundState.PENDING
    return is_old & is_handled


def _old_replies(now: datetime) -> ColumnElement[bool]:
    """Choose old replies. Messages of broadcasts stay: they are counts."""
    is_old = OutboundMessage.created_at <= now - MESSAGE_LIFE
    is_reply = OutboundMessage.broadcast_id.is_(None)
    return is_old & is_reply


def _ended_sessions(now: datetime) -> ColumnElement[bool]:
    return or_(
        StaffSession.seen_at <= now - LONGEST_IDLE,
        StaffSession.created_at <= now - LONGEST_LIFE,
    )
