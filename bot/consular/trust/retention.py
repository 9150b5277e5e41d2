"""What is no longer needed goes. Called every hour; each kind of row has one rule."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit.trail import SYSTEM
from bot.consular.staff.sessions import SESSION_IDLE, SESSION_LIFE
from bot.consular.trust import rights
from bot.models import (
    Address,
    Case,
    CaseState,
    CheckIn,
    InboundMessage,
    InboundState,
    OutboundMessage,
    OutboundState,
    Person,
    StaffLink,
    StaffSession,
)

MESSAGES = timedelta(
    days=90
)  # what was said and answered; facts taken from it stay with the person
STRANGERS = timedelta(days=30)  # wrote once, never agreed to be kept, and has no open case
FAREWELL = timedelta(hours=24)  # for the last goodbye to leave
AT_ONCE = 1000  # rows of a kind a sweep; the next sweep takes the rest


async def sweep(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Deletes what is due, at most 1,000 rows of a kind. How many rows of each kind went."""
    return {
        "forgotten": await _erase(session, _forgotten(now), now),
        "strangers": await _erase(session, _strangers(now), now),
        "received": await _delete(session, InboundMessage, _old_received(now)),
        "sent": await _delete(session, OutboundMessage, _old_replies(now)),
        "links": await _delete(session, StaffLink, StaffLink.expires_at <= now),
        "sessions": await _delete(session, StaffSession, _ended_sessions(now)),
    }


async def _erase(session: AsyncSession, chosen: Select[Person], now: datetime) -> int:
    people = list(
        await session.scalars(chosen.limit(AT_ONCE).with_for_update(skip_locked=True, of=Person))
    )
    for person in people:
        await rights.erase(session, person, SYSTEM, now)
    return len(people)


async def _delete(
    session: AsyncSession,
    table: type[InboundMessage | OutboundMessage | StaffLink | StaffSession],
    due: ColumnElement[bool],
) -> int:
    ids = list(await session.scalars(select(table.id).where(due).limit(AT_ONCE)))
    await session.execute(delete(table).where(table.id.in_(ids)))
    return len(ids)


def _forgotten(now: datetime) -> Select[Person]:
    unsent = exists().where(
        OutboundMessage.person_id == Person.id,
        OutboundMessage.state.in_((OutboundState.QUEUED, OutboundState.SENDING)),
    )
    unread = exists().where(
        InboundMessage.person_id == Person.id, InboundMessage.state == InboundState.PENDING
    )
    due = or_(Person.forgotten_at <= now - FAREWELL, ~unsent & ~unread)
    return select(Person).where(Person.forgotten_at.is_not(None), due)


def _strangers(now: datetime) -> Select[Person]:
    before = now - STRANGERS
    wrote = exists().where(Address.person_id == Person.id, Address.heard_at > before)
    answered = exists().where(CheckIn.person_id == Person.id)
    looked_after = exists().where(Case.person_id == Person.id, Case.state != CaseState.CLOSED)
    return select(Person).where(
        Person.consented_at.is_(None), Person.created_at <= before, ~wrote, ~answered, ~looked_after
    )


def _old_received(now: datetime) -> ColumnElement[bool]:
    return (InboundMessage.received_at <= now - MESSAGES) & (
        InboundMessage.state != InboundState.PENDING
    )


def _old_replies(now: datetime) -> ColumnElement[bool]:
    """Rows of broadcasts stay: they are counts."""
    return (OutboundMessage.created_at <= now - MESSAGES) & OutboundMessage.broadcast_id.is_(None)


def _ended_sessions(now: datetime) -> ColumnElement[bool]:
    return or_(
        StaffSession.seen_at <= now - SESSION_IDLE, StaffSession.created_at <= now - SESSION_LIFE
    )
