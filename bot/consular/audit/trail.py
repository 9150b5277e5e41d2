"""The audit trail: who did what to whom, and when. Details never hold personal data."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import AuditNote

SYSTEM = "system"
# The user of the shell that a command runs in; empty in the web process and the worker.
SHELL_USER: ContextVar[str] = ContextVar("shell user", default="")
Detail = str | int | float | bool | None | list[str] | list[int]


async def note(
    session: AsyncSession, actor: str, action: str, subject: str, now: datetime, **detail: Detail
) -> AuditNote:
    """Record that an actor did something to a subject.

    An actor is `staff:1`, `person:7` or `system`; an action is `advisory.approved`. What is done
    at a shell says so, with the system's user.
    """
    shell_user = SHELL_USER.get()
    if shell_user:
        detail["shell"] = shell_user
    audit_note = AuditNote(
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
    )
    session.add(audit_note)
    return audit_note


async def of(
    session: AsyncSession,
    subject: str,
    limit: int = 100,
) -> list[AuditNote]:
    """Return the latest notes about a subject (`person:7`), newest first."""
    about_subject = select(AuditNote).where(AuditNote.subject == subject)
    latest = about_subject.order_by(AuditNote.id.desc()).limit(limit)
    return list(await session.scalars(latest))


async def recent(
    session: AsyncSession,
    limit: int = 100,
    before: int | None = None,
) -> list[AuditNote]:
    """Return the latest notes about anything, newest first; only those before a note's id."""
    latest = select(AuditNote).order_by(AuditNote.id.desc()).limit(limit)
    if before is not None:
        latest = latest.where(AuditNote.id < before)
    return list(await session.scalars(latest))
