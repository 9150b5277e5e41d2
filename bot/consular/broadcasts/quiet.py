"""Quiet hours: a routine message waits for the morning, by the clock where the person is."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Select, literal
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import OutboundMessage, Person

NIGHT_BEGINS, NIGHT_ENDS = time(21), time(8)  # by the person's clock
CALM_BEGINS, CALM_ENDS = time(10), time(19)  # for what can wait for days
HOME_ZONE = "Africa/Tripoli"  # of those who have told us no place


async def due(
    session: AsyncSession,
    people: Select[int],
    now: datetime,
) -> ColumnElement[datetime]:
    """Return when a routine message to each person may leave: now, or when their night is over."""
    moment_type: Any = OutboundMessage.__table__.c.due_at.type
    zones = people.with_only_columns(Person.timezone).distinct()
    mornings: dict[str, Any] = {}
    for zone in await session.scalars(zones):
        if zone:
            local_morning = morning(now, zone)
            mornings[zone] = literal(local_morning, moment_type)
    morning_at_home = literal(morning(now, None), moment_type)
    if not mornings:
        return morning_at_home
    return sql_case(mornings, value=Person.timezone, else_=morning_at_home)


def is_calm_day(now: datetime, zone: str | None) -> bool:
    """Tell whether it is day in a zone (IANA name), and will be for some hours.

    A question that nobody waits for must not reach a phone at night, should the queue be long.
    """
    local = now.astimezone(_zone(zone or HOME_ZONE))
    return CALM_BEGINS <= local.time() < CALM_ENDS


def morning(now: datetime, zone: str | None) -> datetime:
    """Return the moment from which it is not night in a zone (IANA name): `now` by day."""
    local_zone = _zone(zone or HOME_ZONE)
    local = now.astimezone(local_zone)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return now
    day = local.date()
    is_evening = local.time() >= NIGHT_BEGINS
    if is_evening:
        day += timedelta(days=1)
    end_of_night = datetime.combine(day, NIGHT_ENDS, local_zone)
    return end_of_night.astimezone(now.tzinfo)


@cache
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(HOME_ZONE)
