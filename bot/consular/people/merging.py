"""Two records that turn out to be one person become one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.models import (
    Address,
    Case,
    CheckIn,
    InboundMessage,
    NameWord,
    OutboundMessage,
    Person,
    PersonTag,
)

_KEPT = (
    "country", "city", "latitude", "longitude", "location", "placed_at", "party_size", "consented_at", "registered_at",
)  # fmt: skip


async def merge(session: AsyncSession, person: Person, other_id: int, now: datetime) -> None:
    """Moves everything of the other record to `person` and deletes it. What `person` says of themselves now, wins."""
    other = await session.get_one(Person, other_id, with_for_update=True)
    await _stop_addresses(session, other)
    await _move_rows(session, person.id, other.id)
    await _fill_gaps(session, person, other)
    await session.flush()
    session.expunge(other)
    await session.execute(delete(Person).where(Person.id == other_id))
    await trail.note(
        session, f"person:{person.id}", "person.merged", f"person:{person.id}", now, other=other_id
    )


async def _stop_addresses(session: AsyncSession, other: Person) -> None:
    """STOP was said by those addresses: it holds for them, not for the one the person writes from."""
    if other.stopped_at is not None:
        mine = (Address.person_id == other.id, Address.stopped_at.is_(None))
        await session.execute(
            update(Address)
            .where(*mine)
            .values(stopped_at=other.stopped_at, stop_reason="opted_out")
        )


async def _move_rows(session: AsyncSession, person_id: int, other_id: int) -> None:
    had = select(OutboundMessage.broadcast_id).where(
        OutboundMessage.person_id == person_id, OutboundMessage.broadcast_id.is_not(None)
    )
    # Both got the same broadcast: both rows count, and a person has one.
    both = (OutboundMessage.person_id == other_id, OutboundMessage.broadcast_id.in_(had))
    await session.execute(update(OutboundMessage).where(*both).values(person_id=None))
    tables: tuple[Any, ...] = (Address, CheckIn, Case, InboundMessage, OutboundMessage)
    for table in tables:
        await session.execute(
            update(table).where(table.person_id == other_id).values(person_id=person_id)
        )
    has = select(PersonTag.tag).where(PersonTag.person_id == person_id)
    new = (PersonTag.person_id == other_id, PersonTag.tag.not_in(has))
    await session.execute(update(PersonTag).where(*new).values(person_id=person_id))


async def _fill_gaps(session: AsyncSession, person: Person, other: Person) -> None:
    for field in _KEPT:
        if getattr(person, field) is None:
            setattr(person, field, getattr(other, field))
    if person.name is None and other.name is not None:
        person.name = other.name
        await session.execute(
            update(NameWord).where(NameWord.person_id == other.id).values(person_id=person.id)
        )
