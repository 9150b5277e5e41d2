"""People whose place was told long ago, and the questions that they get."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.broadcasts import place_questions
from bot.models import OutboundMessage, Person
from bot.runtime.runtime import Runtime
from tests import builders

PER_HOUR = 300


async def registered(
    session: AsyncSession, now: datetime, days: int, *indices: str, **columns: Any
) -> Person:
    """Add somebody registered in Istanbul who confirmed their place so many days ago."""
    at = now - timedelta(days=days)
    told = {"city": "TR/Istanbul", "timezone": "Europe/Istanbul", "placed_at": at}
    agreed = {"consented_at": at, "registered_at": at}
    return await builders.person(session, now, *indices, **told | agreed | columns)


async def ask(
    runtime: Runtime,
    now: datetime | None = None,
    per_hour: int = PER_HOUR,
    has_link: bool = True,
) -> int:
    """Ask whose turn it is, as the worker does."""
    async with runtime.db.begin() as session:
        return await place_questions.ask(session, per_hour, now or runtime.clock(), has_link)


async def asked(runtime: Runtime) -> list[int | None]:
    """Return who got a question, in the order of the questions."""
    async with runtime.db.read() as session:
        messages = select(OutboundMessage.person_id).order_by(OutboundMessage.id)
        return list(await session.scalars(messages))
