"""What is committed to SQLite survives a power cut; PostgreSQL is reached as the address says."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bot.runtime.database import open_database
from bot.runtime.keys import Keyring
from bot.runtime.runtime import Runtime
from bot.runtime.settings import load

KEYS = Keyring.generate()
FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


async def test_a_commit_reaches_the_disk_before_a_message_counts_as_accepted(
    runtime: Runtime,
) -> None:
    if not runtime.db.is_sqlite:
        return  # PostgreSQL's own default
    async with runtime.db.begin() as session:
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(text("PRAGMA synchronous")) == FULL


async def test_a_database_that_cannot_encrypt_is_not_talked_to_where_that_is_asked_for(
    postgresql_url: str,
) -> None:
    settings = load(DATABASE_URL=f"{postgresql_url}?sslmode=require", TAMMEN_KEYS=KEYS)
    database = open_database(settings.database, settings.keyring())
    with pytest.raises(ConnectionError, match="rejected SSL"):
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
    await database.close()
