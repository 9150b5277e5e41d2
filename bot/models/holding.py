"""Holding addresses that are about to be added, while two keys make indexes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models.digests import keyring_of


async def hold(session: AsyncSession, indexes: Iterable[str]) -> bool:
    """Let nobody else add these addresses until the transaction ends.

    With one key, the database refuses the second row of an address. With two, processes may have
    different keys in front, and then the digests differ. Returns whether to look again, because
    somebody may have added one meanwhile. SQLite has one writer at a time.
    """
    dialect = session.get_bind().dialect
    keyring = keyring_of(dialect)
    if dialect.name == "sqlite" or len(keyring.ids) == 1:
        return False
    for plain in sorted(indexes):
        number = keyring.lock_number(plain, b"address")
        lock = func.pg_advisory_xact_lock(number)
        await session.execute(select(lock))
    return True
