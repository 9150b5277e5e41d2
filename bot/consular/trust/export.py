"""Export of all that we keep about a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.people import tags
from bot.messages import Form
from bot.models import (
    Address,
    Broadcast,
    Case,
    CheckIn,
    InboundMessage,
    OutboundMessage,
    Person,
)

_NEVER_EXPORTED = {"phone_index", "index", "dialogue", "person_id", "address_id", "inbound_id"}


async def export(session: AsyncSession, person: Person) -> dict[str, Any]:
    """All that is kept about the person, as JSON: what they said, what they were sent, who looked."""
    notes = await trail.of(session, f"person:{person.id}", limit=10_000)
    return {
        "person": _row(person),
        "addresses": await _rows(session, Address, person.id),
        "tags": await tags.of(session, person.id),
        "check_ins": await _rows(session, CheckIn, person.id),
        "cases": await _rows(session, Case, person.id),
        "received": await _rows(session, InboundMessage, person.id),
        "sent": await _sent(session, person.id),
        "handled": [
            {"at": note.at.isoformat(), "by": note.actor.partition(":")[0], "what": note.action}
            for note in notes
        ],
    }


async def _rows(session: AsyncSession, table: Any, person_id: int) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(table).where(table.person_id == person_id).order_by(table.id)
    )
    return [_row(row) for row in rows]


async def _sent(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    query = (
        select(OutboundMessage, Broadcast)
        .outerjoin(Broadcast, Broadcast.id == OutboundMessage.broadcast_id)
        .where(OutboundMessage.person_id == person_id)
        .order_by(OutboundMessage.id)
    )
    return [
        _row(row) | {"content": _words(row, broadcast)}
        for row, broadcast in await session.execute(query)
    ]


def _words(row: OutboundMessage, broadcast: Broadcast | None) -> Any:
    if row.content is not None or broadcast is None:
        return row.content
    return fan_out.content(broadcast, row.language, row.form or Form.TEXT).to_json()


def _row(row: Any) -> dict[str, Any]:
    """A row's columns that mean something to the person, empty ones left out."""
    names = (attribute.key for attribute in inspect(type(row)).column_attrs)
    values = {name: getattr(row, name) for name in names if name not in _NEVER_EXPORTED}
    return {key: _plain(value) for key, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
