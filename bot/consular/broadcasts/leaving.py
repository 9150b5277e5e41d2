"""First questions of a crisis that are left to another one, which asks the same people already."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, literal, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import overlaps
from bot.models import Broadcast, Crisis, OutboundMessage, OutboundState

_TABLE: Any = OutboundMessage.__table__


async def is_left_to_another(
    session: AsyncSession,
    broadcast: Broadcast,
    now: datetime,
) -> ColumnElement[bool]:
    """Say in SQL whether the question to a `Person` is left to a crisis that asks them already.

    Only a crisis that asks again leaves anybody: its next round asks them, if they stay silent.
    """
    leaving = select(Crisis.id).where(
        Crisis.broadcast_id == broadcast.id,
        Crisis.drill.is_(False),
        Crisis.ask_again_minutes.is_not(None),
    )
    if await session.scalar(leaving) is None:
        return false()
    own = select(Broadcast.id).where(Broadcast.id == broadcast.id)
    return await overlaps.is_asked_by_another(session, own, now)


def columns(
    is_left: ColumnElement[bool],
    state: ColumnElement[OutboundState],
    reason: ColumnElement[str | None],
    now: datetime,
) -> dict[str, Any]:
    """Return the columns of rows that say which are left to another crisis: these are dropped."""
    types = _TABLE.c
    dropped = literal(OutboundState.DROPPED, types.state.type)
    asked_elsewhere = literal(overlaps.ASKED_ELSEWHERE, types.reason.type)
    ended_at = literal(now, types.finished_at.type)
    return {
        "state": sql_case((is_left, dropped), else_=state),
        "reason": sql_case((is_left, asked_elsewhere), else_=reason),
        "finished_at": sql_case((is_left, ended_at)),
    }
