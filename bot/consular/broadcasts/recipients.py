"""The row that each recipient of a broadcast gets: where it goes, when, or why nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, SmallInteger, exists, literal
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.consular.broadcasts import quiet, variants
from bot.consular.reference import country_reach
from bot.messages import Channel
from bot.models import (
    Address,
    Broadcast,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    closures,
)

_TABLE: Any = OutboundMessage.__table__


async def columns(
    session: AsyncSession,
    broadcast: Broadcast,
    people: Select[int],
    now: datetime,
) -> dict[str, Any]:
    """Return the columns of a row, for each of the people with their best address."""
    types = _TABLE.c
    no_channel = literal(OutboundState.NO_CHANNEL, types.state.type)
    queued = literal(OutboundState.QUEUED, types.state.type)
    is_unreachable = Address.id.is_(None)
    return {
        "person_id": Person.id,
        "address_id": Address.id,
        "channel": Address.channel,
        "form": Address.form,
        "language": Person.language,
        "lane": literal(int(broadcast.lane), SmallInteger),
        "state": sql_case((is_unreachable, no_channel), else_=queued),
        "reason": sql_case((is_unreachable, _reason(broadcast))),
        "broadcast_id": literal(broadcast.id, types.broadcast_id.type),
        "attempts": literal(0, SmallInteger),
        "created_at": literal(now, types.created_at.type),
        "due_at": await _due(session, broadcast, people, now),
    }


async def _due(
    session: AsyncSession,
    broadcast: Broadcast,
    people: Select[int],
    now: datetime,
) -> ColumnElement[datetime]:
    if broadcast.lane == Lane.ROUTINE:
        return await quiet.due(session, people, now)
    return literal(now, _TABLE.c.due_at.type)


def _reason(broadcast: Broadcast) -> ColumnElement[str | None]:
    """Say in SQL why a `Person` without a usable address has none, where their country is why."""
    reason_type = _TABLE.c.reason.type
    number = aliased(Address)
    refused_number = exists().where(
        number.person_id == Person.id,
        number.channel == Channel.SMS,
        closures.is_open(number),
        number.region.in_(country_reach.closed(variants.ways(broadcast))),
    )
    refused = literal(closures.COUNTRY_REFUSES, reason_type)
    return sql_case((refused_number.correlate(Person), refused))
