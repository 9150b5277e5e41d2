"""Changes of what people are told of a transport: checked when proposed, told when approved."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.changes.kinds import TransportWords
from bot.consular.crises import transports
from bot.models import Staff


async def check(
    session: AsyncSession,
    staff: Staff,
    change: TransportWords,
    now: datetime,
) -> tuple[str, str | None]:
    """Return what a change is about, as in the audit trail, and its country.

    Raises ConsularError unless it can be done.
    """
    transport = await transports.get(session, change.transport_id)
    transports.check_announcement(staff, transport, _announced(change), now)
    return f"transport:{transport.id}", transport.country


def _announced(change: TransportWords) -> transports.Words:
    """Return the words that a change would announce."""
    return transports.Words(
        datetime.fromisoformat(change.departs_at),
        change.destinations,
        change.meeting_points,
        change.luggage,
    )


async def announce(
    session: AsyncSession,
    change: TransportWords,
    actor: str,
    now: datetime,
) -> None:
    """Tell people what a second person approved. Raises ConsularError."""
    transport = await transports.get(session, change.transport_id)
    await transports.announce(session, transport, _announced(change), actor, now)
