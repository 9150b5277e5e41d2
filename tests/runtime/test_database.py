"""What is committed to SQLite survives a power cut."""

from __future__ import annotations

from sqlalchemy import text

from bot.runtime.runtime import Runtime

FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


async def test_a_commit_reaches_the_disk_before_a_message_counts_as_accepted(
    runtime: Runtime,
) -> None:
    if not runtime.db.is_sqlite:
        return  # PostgreSQL's own default
    async with runtime.db.begin() as session:
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(text("PRAGMA synchronous")) == FULL
