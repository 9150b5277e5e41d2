"""The end of old notes of the audit trail, without breaking the chain of their seals.

A checkpoint says through which note all are gone, signed with the keyring. The database lets notes
go that a checkpoint covers and that are older than a year, and no others; their seals stay.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.models import AuditCheckpoint, AuditNote, AuditSeal
from bot.runtime.keys import Keyring

NOTES_A_RUN = 1000
PURPOSE = b"audit checkpoint"


async def expire(
    session: AsyncSession,
    keyring: Keyring,
    before: datetime,
    now: datetime,
) -> int:
    """Remove the oldest notes, all written before then and sealed; return how many."""
    note_ids = await _due(session, before)
    if not note_ids:
        return 0
    last_id = note_ids[-1]
    checkpoint = AuditCheckpoint(
        at=now,
        note_id=last_id,
        notes=len(note_ids),
        digest=keyring.seal(_signed(now, last_id, len(note_ids)), PURPOSE),
    )
    session.add(checkpoint)
    await session.flush()
    await session.execute(delete(AuditNote).where(AuditNote.id <= last_id))
    await trail.note(
        session,
        trail.SYSTEM,
        "audit.expired",
        f"audit:{last_id}",
        now,
        notes=len(note_ids),
    )
    return len(note_ids)


async def is_due(session: AsyncSession, before: datetime) -> bool:
    """Tell whether notes may go that were written before then."""
    return bool(await _due(session, before))


async def last_expired(session: AsyncSession, keyring: Keyring) -> int:
    """Return the number of the last note that is gone by a checkpoint of ours; 0 for none."""
    checkpoints = await session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.id))
    last_id = 0
    for checkpoint in checkpoints:
        signed = _signed(checkpoint.at, checkpoint.note_id, checkpoint.notes)
        if keyring.sealer(signed, PURPOSE, checkpoint.digest) is not None:
            last_id = max(last_id, checkpoint.note_id)
    return last_id


async def _due(session: AsyncSession, before: datetime) -> list[int]:
    """Return the numbers of the oldest notes that may go, none of them after one that stays."""
    is_sealed = select(AuditSeal.note_id).where(AuditSeal.note_id == AuditNote.id).exists()
    staying = select(func.min(AuditNote.id)).where((AuditNote.at > before) | ~is_sealed)
    first_staying = await session.scalar(staying)
    due = select(AuditNote.id).order_by(AuditNote.id).limit(NOTES_A_RUN)
    if first_staying is not None:
        due = due.where(AuditNote.id < first_staying)
    return list(await session.scalars(due))


def _signed(
    at: datetime,
    note_id: int,
    notes: int,
) -> bytes:
    in_utc = at.astimezone(UTC)
    return json.dumps([in_utc.isoformat(), note_id, notes]).encode()
