"""The audit trail: who did what to whom, when. Details never hold personal data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import AuditNote

SYSTEM = "system"
Detail = str | int | float | bool | None | list[str] | list[int]


async def note(
    session: AsyncSession, actor: str, action: str, subject: str, now: datetime, **detail: Detail
) -> AuditNote:
    """Writes down that `actor` (`staff:1`, `person:7`, `system`) did `action` (`advisory.approved`) to `subject`."""
    row = AuditNote(at=now, actor=actor, action=action, subject=subject, detail=detail)
    session.add(row)
    return row


async def of(session: AsyncSession, subject: str, limit: int = 100) -> list[AuditNote]:
    """The latest notes about a subject (`person:7`), newest first."""
    query = (
        select(AuditNote)
        .where(AuditNote.subject == subject)
        .order_by(AuditNote.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(query))


async def recent(
    session: AsyncSession, limit: int = 100, before: int | None = None
) -> list[AuditNote]:
    """The latest notes about anything, newest first; `before` is the id to go on from."""
    query = select(AuditNote).order_by(AuditNote.id.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditNote.id < before)
    return list(await session.scalars(query))
