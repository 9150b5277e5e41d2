"""The right to be forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, delete, inspect, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.models import (
    Address,
    Case,
    CheckIn,
    InboundMessage,
    InboundState,
    NameWord,
    OutboundMessage,
    OutboundState,
    Person,
    PersonTag,
)

_UNSENT = (OutboundState.QUEUED, OutboundState.SENDING)


async def erase(
    session: AsyncSession,
    person: Person,
    actor: str,
    now: datetime,
    farewell: Address | None = None,
) -> None:
    """Everything about the person goes. What stays names nobody: audit notes, and the counts of broadcasts.

    With `farewell`, the address a last goodbye goes to, that bare address stays until the goodbye has left;
    `retention.sweep` takes it then. The messages still waiting to be handled stay as long.
    """
    await _let_go_of_mail(session, person.id, now)
    if farewell is None:
        session.expunge(person)
        await session.execute(delete(Person).where(Person.id == person.id))
    else:
        await _empty(session, person, farewell, now)
    await trail.note(session, actor, "person.erased", f"person:{person.id}", now)


async def _let_go_of_mail(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Replies go; a broadcast's row stays as one recipient without a person, no longer to be sent."""
    mine = OutboundMessage.person_id == person_id
    await session.execute(
        delete(OutboundMessage).where(mine, OutboundMessage.broadcast_id.is_(None))
    )
    unsent = OutboundMessage.state.in_(_UNSENT)
    nobody = dict.fromkeys(("person_id", "address_id", "content", "provider_id", "inbound_id"))
    final = {
        "state": case((unsent, OutboundState.DROPPED), else_=OutboundMessage.state),
        "finished_at": case((unsent, now), else_=OutboundMessage.finished_at),
    }
    await session.execute(update(OutboundMessage).where(mine).values(nobody | final))


async def _empty(session: AsyncSession, person: Person, farewell: Address, now: datetime) -> None:
    handled = InboundMessage.state != InboundState.PENDING
    await session.execute(
        delete(InboundMessage).where(InboundMessage.person_id == person.id, handled)
    )
    here = (InboundMessage.person_id == person.id, InboundMessage.address_id != farewell.id)
    await session.execute(update(InboundMessage).where(*here).values(address_id=farewell.id))
    await session.execute(
        delete(Address).where(Address.person_id == person.id, Address.id != farewell.id)
    )
    for table in (CheckIn, Case, NameWord, PersonTag):
        await session.execute(delete(table).where(table.person_id == person.id))
    kept = {"id", "created_at", "language", "language_chosen", "synthetic"}
    for column in inspect(Person).columns:
        if column.key not in kept:
            setattr(person, column.key, None)
    person.forgotten_at = now
    await session.flush()
