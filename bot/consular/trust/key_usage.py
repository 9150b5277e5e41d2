"""How many values name each key: which key is still needed, and which may go."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, ColumnElement, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.trust import key_parts
from bot.models import Base, StaffRecoveryCode
from bot.models.digests import DIGEST_BYTES
from bot.runtime.keys import BOUND, KEY_ID_BYTES, Keyring

Counts = Counter[str]  # by the id of the key

HEADER_BYTES = len(BOUND) + KEY_ID_BYTES
EARLIER = ""  # of digests that name no key: some older one made them


@dataclass(frozen=True, slots=True)
class Usage:
    """How many values there are by key. `codes` are recovery codes that were not used yet."""

    encrypted: Counts = field(default_factory=Counter)
    indexes: Counts = field(default_factory=Counter)
    codes: Counts = field(default_factory=Counter)

    def total(self, key_id: str) -> int:
        """Count what needs a key."""
        together = self.encrypted + self.indexes + self.codes
        return together[key_id]

    def missing(self, keyring: Keyring) -> list[str]:
        """Return the ids of keys that are needed and not in the ring."""
        together = self.encrypted + self.indexes + self.codes
        needed_ids = set(together)
        needed_ids.discard(EARLIER)
        return sorted(needed_ids.difference(keyring.ids))

    def outdated(self, keyring: Keyring) -> int:
        """Count what a rotation would make anew."""
        together = self.encrypted + self.indexes
        return together.total() - together[keyring.current_id]


async def read(session: AsyncSession) -> Usage:
    """Count the values in every table."""
    usage = Usage()
    for table in Base.metadata.sorted_tables:
        for column in key_parts.sealed_columns(table):
            counts = await _count(session, column)
            usage.encrypted.update(counts)
        for column in key_parts.blind_columns(table):
            if str(column) not in (key_parts.KEPT_COLUMN, key_parts.PASSING_COLUMN):
                counts = await _count_digests(session, column)
                usage.indexes.update(counts)
    unused_codes = await _unused_codes(session)
    usage.codes.update(unused_codes)
    return usage


async def _unused_codes(session: AsyncSession) -> Counts:
    table = key_parts.table_of(StaffRecoveryCode)
    [code] = key_parts.blind_columns(table)
    is_unused = StaffRecoveryCode.used_at.is_(None)
    return await _count_digests(session, code, is_unused)


async def _count(
    session: AsyncSession,
    column: Column[Any],
    condition: ColumnElement[bool] | None = None,
) -> Counts:
    """Count the values of a column by the key that they name."""
    if condition is None:
        condition = true()
    header = key_parts.beginning(column, HEADER_BYTES)
    query = select(header, func.count())
    query = query.where(column.is_not(None))
    query = query.where(condition)
    query = query.group_by(header)
    counts: Counts = Counter()
    for stored, count in await session.execute(query):
        name = _key_id(bytes(stored))
        counts[name] += count
    return counts


def _key_id(header: bytes) -> str:
    """Return the id of the key that a value names, after the mark of a row where it has one."""
    unmarked = header.removeprefix(BOUND)
    key_id = unmarked[:KEY_ID_BYTES]
    return key_id.decode(errors="replace")


async def _count_digests(
    session: AsyncSession,
    column: Column[Any],
    condition: ColumnElement[bool] | None = None,
) -> Counts:
    """Count the digests of a column by key, those that name none under EARLIER."""
    if condition is None:
        condition = true()
    length = func.length(key_parts.raw(column))
    names_key = length == DIGEST_BYTES
    counts = await _count(
        session,
        column,
        names_key & condition,
    )
    nameless = select(func.count())
    nameless = nameless.where(column.is_not(None))
    nameless = nameless.where(~names_key, condition)
    earlier = await session.scalar(nameless)
    if earlier:
        counts[EARLIER] = earlier
    return counts
