"""What the database holds, byte by byte: which keys its values name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, LargeBinary, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Base
from bot.models.digests import BlindIndex
from bot.models.types import Encrypted, EncryptedJSON
from bot.runtime.database import Database
from bot.runtime.keys import BOUND

NEW_KEY = "b:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWI="
NAMELESS = b"nameless"  # a digest of before digests named their keys


async def key_ids(db: Database) -> set[bytes]:
    """The ids of all keys in the raw bytes of every encrypted value and blind index."""
    ids: set[bytes] = set()
    async with db.read() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Encrypted | EncryptedJSON | BlindIndex):
                    ids |= {_key_id(column, value) for value in await raw(session, column)}
    return ids


async def raw(session: AsyncSession, column: Column[Any]) -> list[bytes]:
    """The bytes of a column."""
    stored = type_coerce(column, LargeBinary())
    values = await session.scalars(select(stored).where(column.is_not(None)))
    return [bytes(value) for value in values]


def _key_id(column: Column[Any], value: bytes) -> bytes:
    if isinstance(column.type, BlindIndex) and len(value) == 16:
        return NAMELESS
    return value.removeprefix(BOUND)[:1]
