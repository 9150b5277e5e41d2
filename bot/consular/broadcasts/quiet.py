"""Quiet hours: what can wait is not sent at night, by the clock where the person is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Select, literal
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import OutboundMessage, Person

BEGINS, ENDS = time(21), time(8)  # by the person's clock
_HOME = "Africa/Tripoli"  # while nobody told where they are


async def due(session: AsyncSession, people: Select[int], now: datetime) -> ColumnElement[datetime]:
    """When a routine message to each of these people may leave: now, or when their night is over."""
    kind: Any = OutboundMessage.__table__.c.due_at.type
    zones = set(await session.scalars(people.with_only_columns(Person.timezone).distinct()))
    moments = {zone: literal(morning(now, zone), kind) for zone in zones if zone}
    away = literal(morning(now, None), kind)
    return sql_case(moments, value=Person.timezone, else_=away) if moments else away


def morning(now: datetime, zone: str | None) -> datetime:
    """The moment from which it is not night in a zone (IANA name): `now` by day."""
    here = now.astimezone(_zone(zone or _HOME))
    if ENDS <= here.time() < BEGINS:
        return now
    day = here.date() + timedelta(days=1) if here.time() >= BEGINS else here.date()
    return datetime.combine(day, ENDS, here.tzinfo).astimezone(now.tzinfo)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(_HOME)
