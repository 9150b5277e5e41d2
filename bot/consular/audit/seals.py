"""Seals of the audit trail: a chain of keyed digests that shows every change and every gap.

The worker seals notes shortly after they were written. Whoever changes or removes a note later
breaks the chain, and cannot mend it without the keyring.

A chain outlives its keys: `renew` adds a note with the sum of all notes and seals so far. Sealed
under the new key, it vouches for what came before, once the old key is gone.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import expiry, trail
from bot.models import AuditNote, AuditSeal
from bot.runtime.keys import Keyring

SEALS_A_RUN = 1000
NUMBERS_LOOKED_BACK = 10_000
PURPOSE = b"audit"
RENEWAL = "audit.key_renewed"
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
    keys: Mapping[str, int]  # how many seals need a key; those that a renewal covers need its key


@dataclass(slots=True)
class Reading:
    """How far the chain was read, seal by seal."""

    keyring: Keyring
    last_expired: int  # the number of the last note that is gone by a checkpoint
    sealed: int = 0
    previous: bytes = FIRST
    broken: list[int] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)
    sums: Any = field(default_factory=hashlib.sha256)

    def take(self, note: AuditNote | None, audit_seal: AuditSeal) -> None:
        """Read the next seal with its note, which may be gone."""
        written = b""
        sealer = None
        if note is not None:
            written = _written(self.previous, note)
            sealer = self.keyring.sealer(
                written,
                PURPOSE,
                audit_seal.digest,
            )
        has_expired = note is None and audit_seal.note_id <= self.last_expired
        if note is not None and sealer is not None:
            self._count(note, sealer)
        elif not has_expired:
            self.broken.append(audit_seal.note_id)
        self.sums.update(written)
        self.sums.update(audit_seal.digest)
        self.sealed += 1
        self.previous = audit_seal.digest

    def _count(self, note: AuditNote, sealer: str) -> None:
        """Count a seal that fits. A renewal with the right sum stands for all before it."""
        if self._is_vouched_by(note):
            self.broken.clear()
            self.keys.clear()
            self.keys[sealer] = self.sealed
        self.keys[sealer] += 1

    def _is_vouched_by(self, note: AuditNote) -> bool:
        """Tell whether a note vouches for everything before it."""
        if note.action != RENEWAL:
            return False
        total = self.sums.hexdigest()
        is_same: bool = note.detail.get("sum") == total
        return is_same


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
        previous = keyring.seal(_written(previous, note), PURPOSE)
        audit_seal = AuditSeal(note_id=note.id, digest=previous)
        session.add(audit_seal)
        count += 1
    await session.flush()
    return count


async def verify(session: AsyncSession, keyring: Keyring) -> Verdict:
    """Compare every note with its seal, from the first one on; what expired has none any more."""
    reading = await _read(session, keyring)
    waiting = await session.scalar(_unsealed())
    return Verdict(
        reading.sealed,
        waiting or 0,
        tuple(reading.broken),
        reading.previous.hex(),
        dict(reading.keys),
    )


async def renew(
    session: AsyncSession,
    keyring: Keyring,
    now: datetime,
) -> bool:
    """Let the current key vouch for the chain, where an older one made seals of it.

    A broken chain is left as it is. Returns whether the chain is whole.
    """
    while await seal(session, keyring):
        pass
    reading = await _read(session, keyring)
    if reading.broken:
        return False
    older_ids = set(reading.keys)
    older_ids.discard(keyring.current_id)
    if older_ids:
        await _vouch(
            session,
            reading,
            now,
        )
    return True


async def expire(
    session: AsyncSession,
    keyring: Keyring,
    before: datetime,
    now: datetime,
) -> int:
    """Remove the oldest notes, all written before then and sealed; return how many.

    A broken chain keeps its notes: they are evidence. Once keys were replaced, the sum of a renewal
    covers the notes that go, so a new one vouches for what is left.
    """
    if not await expiry.is_due(session, before):
        return 0
    is_renewed = await _is_renewed(session)
    if is_renewed:
        reading = await _read(session, keyring)
        if reading.broken:
            return 0
    count = await expiry.expire(
        session,
        keyring,
        before,
        now,
    )
    if is_renewed:
        while await seal(session, keyring):
            pass
        reading = await _read(session, keyring)
        await _vouch(
            session,
            reading,
            now,
        )
    return count


async def _is_renewed(session: AsyncSession) -> bool:
    """Tell whether a renewal vouches for a part of the chain."""
    renewals = select(AuditNote.id).where(AuditNote.action == RENEWAL)
    return await session.scalar(renewals.limit(1)) is not None


async def _vouch(
    session: AsyncSession,
    reading: Reading,
    now: datetime,
) -> None:
    """Add the note of a renewal, and seal it before any other: its sum is of the seals up to it."""
    total = reading.sums.hexdigest()
    note = await trail.note(
        session,
        trail.SYSTEM,
        RENEWAL,
        "audit",
        now,
        sum=total,
    )
    await session.flush()
    written = _written(reading.previous, note)
    digest = reading.keyring.seal(written, PURPOSE)
    audit_seal = AuditSeal(note_id=note.id, digest=digest)
    session.add(audit_seal)
    await session.flush()


async def _read(session: AsyncSession, keyring: Keyring) -> Reading:
    last_expired = await expiry.last_expired(session, keyring)
    reading = Reading(keyring, last_expired)
    rows = await session.stream(_chain())
    async for audit_seal, note in rows:
        reading.take(note, audit_seal)
    return reading


def _chain() -> Select[AuditSeal, AuditNote]:
    """Select every seal with its note, which may be gone."""
    is_sealed = AuditNote.id == AuditSeal.note_id
    chain = select(AuditSeal, AuditNote).outerjoin(AuditNote, is_sealed)
    return chain.order_by(AuditSeal.id)


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


def _written(previous: bytes, note: AuditNote) -> bytes:
    """Write what a seal covers: the seal before, and the note."""
    in_utc = note.at.astimezone(UTC)
    columns = [
        note.id,
        in_utc.isoformat(),
        note.actor,
        note.action,
        note.subject,
        note.detail,
    ]
    text = json.dumps(
        columns,
        ensure_ascii=False,
        sort_keys=True,
    )
    return previous + text.encode()
