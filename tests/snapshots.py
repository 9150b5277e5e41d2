"""The rows of a database, put back into an empty one in place of making them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeDecorator

from bot.models import Base


def _as_stored() -> list[Table]:
    """Return all tables, each after those it refers to, with columns that show what is stored.

    A blind index, for one, can be written only as plain text and never read as such.
    """
    stored = MetaData()
    tables = [table.to_metadata(stored) for table in Base.metadata.sorted_tables]
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, TypeDecorator):
                column.type = column.type.impl_instance
    return tables


TABLES = _as_stored()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of every table that has some."""

    rows: Mapping[str, list[dict[str, Any]]]

    async def put_back(self, session: AsyncSession) -> None:
        """Insert the rows. New ones get higher numbers."""
        for table in TABLES:
            if table.name in self.rows:
                await session.execute(insert(table), self.rows[table.name])
                await _number_on(session, table)


async def snapshot(session: AsyncSession) -> Snapshot:
    """Read every row."""
    rows = {}
    for table in TABLES:
        every = (await session.execute(select(table).order_by(*table.primary_key))).mappings().all()
        if every:
            rows[table.name] = [dict(columns) for columns in every]
    return Snapshot(rows)


async def _number_on(session: AsyncSession, table: Table) -> None:
    """Let PostgreSQL count on from the highest number; SQLite does so by itself."""
    number = table.autoincrement_column
    if number is None or session.get_bind().dialect.name != "postgresql":
        return
    sequence = func.pg_get_serial_sequence(table.name, number.name)
    await session.execute(select(func.setval(sequence, select(func.max(number)).scalar_subquery())))
