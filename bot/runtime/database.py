"""The database and its sessions: PostgreSQL or SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot.runtime.keys import NO_ROW_KEY, ROW_KEY_MARK, Keyring

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # A provider that was answered 200 never sends a message again, so a commit must survive a power
    # cut. With NORMAL the write-ahead log reaches the disk only at the next checkpoint.
    "synchronous=FULL",
    "busy_timeout=30000",
    "foreign_keys=ON",
)


@dataclass(frozen=True, slots=True)
class Database:
    """Two ways in: `begin` for a transaction that writes, `read` for one that does not.

    SQLite has one writer; on PostgreSQL both use the same pool.
    """

    writer: AsyncEngine
    reader: AsyncEngine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """Open a session in a transaction: committed at the end, rolled back on an error."""
        async with AsyncSession(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session that only reads."""
        async with AsyncSession(self.reader, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """Open a session that only reads, all of it as it was at one moment."""
        async with self.read() as session:
            if not self.is_sqlite:
                await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.writer.dialect.name == "sqlite"

    async def close(self) -> None:
        """Give all connections back."""
        await self.writer.dispose()
        if self.reader is not self.writer:
            await self.reader.dispose()


def open_database(url: str, keyring: Keyring) -> Database:
    """Open the engines for a database address; columns encrypt with `keyring`."""
    if url.startswith("sqlite"):
        writer, reader = _sqlite(url, "BEGIN IMMEDIATE", 1), _sqlite(url, "BEGIN", 4)
    else:
        writer = reader = create_async_engine(
            url,
            pool_size=20,
            max_overflow=10,
            pool_pre_ping=False,
            pool_recycle=1800,
            pool_timeout=30,
            # Compiling a query costs more than it saves, even over half a million people.
            connect_args={"server_settings": {"jit": "off"}},
            hide_parameters=True,
        )
    for engine in (writer, reader):
        # read by models.types
        engine.sync_engine.dialect.keyring = keyring  # type: ignore[attr-defined]
    return Database(writer, reader)


def _with_row_key(row_key: bytes | None, sealed: bytes | None) -> bytes | None:
    """Put the key of a row before a value of it, as PostgreSQL does in SQL."""
    if sealed is None:
        return None
    return ROW_KEY_MARK + (row_key or NO_ROW_KEY) + sealed


def _sqlite(url: str, begin: str, size: int) -> AsyncEngine:
    """Open an engine on a SQLite file; each transaction starts with the statement `begin`."""
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"timeout": 30},
        hide_parameters=True,
    )
    sync = engine.sync_engine

    @event.listens_for(sync, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions by itself
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        # For models.digests and models.binding.
        connection.create_function("from_hex", 1, bytes.fromhex)
        connection.create_function("with_row_key", 2, _with_row_key)

    @event.listens_for(sync, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
