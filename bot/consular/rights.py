"""The rights of a person: to have all that is kept about them, and to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular import audit, broadcasts, tags
from bot.messages import Form
from bot.models import (
    Address,
    Broadcast,
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
_NEVER_EXPORTED = {"phone_index", "index", "dialogue", "person_id", "address_id", "inbound_id"}


async def erase(
    session: AsyncSession, person: Person, actor: str, now: datetime, farewell: Address | None = None
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
    await audit.note(session, actor, "person.erased", f"person:{person.id}", now)


async def _let_go_of_mail(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Replies go; a broadcast's row stays as one recipient without a person, no longer to be sent."""
    mine = OutboundMessage.person_id == person_id
    await session.execute(delete(OutboundMessage).where(mine, OutboundMessage.broadcast_id.is_(None)))
    unsent = OutboundMessage.state.in_(_UNSENT)
    nobody = dict.fromkeys(("person_id", "address_id", "content", "provider_id", "inbound_id"))
    final = {
        "state": case((unsent, OutboundState.DROPPED), else_=OutboundMessage.state),
        "finished_at": case((unsent, now), else_=OutboundMessage.finished_at),
    }
    await session.execute(update(OutboundMessage).where(mine).values(nobody | final))


async def _empty(session: AsyncSession, person: Person, farewell: Address, now: datetime) -> None:
    handled = InboundMessage.state != InboundState.PENDING
    await session.execute(delete(InboundMessage).where(InboundMessage.person_id == person.id, handled))
    here = (InboundMessage.person_id == person.id, InboundMessage.address_id != farewell.id)
    await session.execute(update(InboundMessage).where(*here).values(address_id=farewell.id))
    await session.execute(delete(Address).where(Address.person_id == person.id, Address.id != farewell.id))
    for table in (CheckIn, Case, NameWord, PersonTag):
        await session.execute(delete(table).where(table.person_id == person.id))
    kept = {"id", "created_at", "language", "language_chosen", "synthetic"}
    for column in inspect(Person).columns:
        if column.key not in kept:
            setattr(person, column.key, None)
    person.forgotten_at = now
    await session.flush()


async def export(session: AsyncSession, person: Person) -> dict[str, Any]:
    """All that is kept about the person, as JSON: what they said, what they were sent, who looked."""
    notes = await audit.of(session, f"person:{person.id}", limit=10_000)
    return {
        "person": _row(person),
        "addresses": await _rows(session, Address, person.id),
        "tags": await tags.of(session, person.id),
        "check_ins": await _rows(session, CheckIn, person.id),
        "cases": await _rows(session, Case, person.id),
        "received": await _rows(session, InboundMessage, person.id),
        "sent": await _sent(session, person.id),
        "handled": [
            {"at": note.at.isoformat(), "by": note.actor.partition(":")[0], "what": note.action} for note in notes
        ],
    }


async def _rows(session: AsyncSession, table: Any, person_id: int) -> list[dict[str, Any]]:
    rows = await session.scalars(select(table).where(table.person_id == person_id).order_by(table.id))
    return [_row(row) for row in rows]


async def _sent(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    query = (
        select(OutboundMessage, Broadcast)
        .outerjoin(Broadcast, Broadcast.id == OutboundMessage.broadcast_id)
        .where(OutboundMessage.person_id == person_id)
        .order_by(OutboundMessage.id)
    )
    return [_row(row) | {"content": _words(row, broadcast)} for row, broadcast in await session.execute(query)]


def _words(row: OutboundMessage, broadcast: Broadcast | None) -> Any:
    if row.content is not None or broadcast is None:
        return row.content
    return broadcasts.content(broadcast, row.language, row.form or Form.TEXT).to_json()


def _row(row: Any) -> dict[str, Any]:
    """A row's columns that mean something to the person, empty ones left out."""
    names = (attribute.key for attribute in inspect(type(row)).column_attrs)
    values = {name: getattr(row, name) for name in names if name not in _NEVER_EXPORTED}
    return {key: _plain(value) for key, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
