"""Seals of the audit trail: a chain of keyed digests that shows every change and every gap.

The worker seals notes shortly after they were written. Whoever changes or removes a note later
breaks the chain, and cannot mend it without the keyring.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import expiry
from bot.models import AuditNote, AuditSeal
from bot.runtime.keys import Keyring

SEALS_A_RUN = 1000
NUMBERS_LOOKED_BACK = 10_000
PURPOSE = b"audit"
FIRST = b""  # what the first seal follows


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found.

    `broken` are the numbers of notes that were changed or removed; `waiting` are not sealed yet.
    """

    sealed: int
    waiting: int
    broken: tuple[int, ...]
    last_seal: str  # hexadecimal: keep it elsewhere, to see later that the end was not cut off


async def seal(session: AsyncSession, keyring: Keyring) -> int:
    """Seal the next notes, each together with the seal before; return how many.

    A transaction may commit a note after later ones were sealed, so the last numbers are looked
    through again.
    """
    last = await _last(session)
    query = select(AuditNote).where(~_is_sealed()).order_by(AuditNote.id)
    previous = FIRST
    if last is not None:
        query = query.where(AuditNote.id > last.note_id - NUMBERS_LOOKED_BACK)
        previous = last.digest
    count = 0
    for note in await session.scalars(query.limit(SEALS_A_RUN)):
        previous = _digest(keyring, previous, note)
        audit_seal = AuditSeal(note_id=note.id, digest=previous)
        session.add(audit_seal)
        count += 1
    await session.flush()
    return count


async def verify(session: AsyncSession, keyring: Keyring) -> Verdict:
    """Compare every note with its seal, from the first one on; what expired has none any more."""
    last_expired = await expiry.last_expired(session, keyring)
    broken: list[int] = []
    previous = FIRST
    sealed = 0
    rows = await session.stream(_chain())
    async for row in rows:
        audit_seal: AuditSeal = row[0]
        note: AuditNote | None = row[1]
        sealed += 1
        has_expired = note is None and audit_seal.note_id <= last_expired
        if not has_expired and not _fits(keyring, previous, note, audit_seal):
            broken.append(audit_seal.note_id)
        previous = audit_seal.digest
    waiting = await session.scalar(_unsealed())
    return Verdict(
        sealed,
        waiting or 0,
        tuple(broken),
        previous.hex(),
    )


def _chain() -> Select[AuditSeal, AuditNote]:
    """Select every seal with its note, which may be gone."""
    is_sealed = AuditNote.id == AuditSeal.note_id
    chain = select(AuditSeal, AuditNote).outerjoin(AuditNote, is_sealed)
    return chain.order_by(AuditSeal.id)


def _fits(
    keyring: Keyring,
    previous: bytes,
    note: AuditNote | None,
    audit_seal: AuditSeal,
) -> bool:
    """Tell whether a note is what was sealed."""
    if note is None:
        return False
    return _digest(keyring, previous, note) == audit_seal.digest


def _unsealed() -> Select[int]:
    """Count the notes that no seal covers yet."""
    count = select(func.count()).select_from(AuditNote)
    return count.where(~_is_sealed())


def _is_sealed() -> ColumnElement[bool]:
    """Say in SQL whether a note has its seal."""
    seals = select(AuditSeal.note_id)
    return seals.where(AuditSeal.note_id == AuditNote.id).exists()


async def _last(session: AsyncSession) -> AuditSeal | None:
    """Lock the newest seal, so that two workers never go on from the same one."""
    newest = select(AuditSeal).order_by(AuditSeal.id.desc())
    return await session.scalar(newest.limit(1).with_for_update())


def _digest(
    keyring: Keyring,
    previous: bytes,
    note: AuditNote,
) -> bytes:
    in_utc = note.at.astimezone(UTC)
    written = [
        note.id,
        in_utc.isoformat(),
        note.actor,
        note.action,
        note.subject,
        note.detail,
    ]
    text = json.dumps(
        written,
        ensure_ascii=False,
        sort_keys=True,
    )
    return keyring.seal(previous + text.encode(), PURPOSE)
