"""Many rows at once: by COPY on PostgreSQL, which takes less time than INSERT.

A portion is encrypted and digested apart from its way into the database, so that a thread can make
the next one while the database takes this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Dialect, insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models.digests import BlindIndex

Rows = list[dict[str, Any]]
Records = list[tuple[Any, ...]]
Write = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Portion:
    """Rows of the table of a model; on PostgreSQL as `records`, with the columns in this order.

    All rows have the same columns, by their names in the database. What they leave out the
    database fills, with NULL or a number: no default of the model holds.
    """

    model: Any
    rows: Rows
    names: Sequence[str] = ()
    records: Records | None = None


def portion(dialect: Dialect, model: Any, rows: Rows) -> Portion:
    """Make a portion for a database; this may happen in a thread."""
    if dialect.name != "postgresql" or not rows:
        return Portion(model, rows)
    names = list(rows[0])
    columns = model.__table__.columns
    writes = [(name, _write(columns[name], dialect)) for name in names]
    records: Records = []
    for row in rows:
        record = [write(row[name]) for name, write in writes]
        records.append(tuple(record))
    return Portion(model, [], names, records)


async def add(session: AsyncSession, added: Portion) -> None:
    """Add a portion, not through the session, which makes objects."""
    connection = await session.connection()
    if added.rows:
        await connection.execute(insert(added.model), added.rows)
    if added.records:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(
            added.model.__tablename__,
            records=added.records,
            columns=added.names,
        )


def _write(column: Column[Any], dialect: Dialect) -> Write:
    """Return what writes a column; of many people, few names and needs are different."""
    kind = column.type.dialect_impl(dialect)
    write = kind.bind_processor(dialect) or _as_it_is
    if isinstance(column.type, BlindIndex):
        return cache(write)
    return write


def _as_it_is(content: Any) -> Any:
    return content
