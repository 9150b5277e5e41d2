"""Copies of rows as JSON, and rows made of them again: what a merge must be able to give back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, delete, inspect
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Base, PersonTag
from bot.models.types import BlindIndex, UTCDateTime

Columns = dict[str, Any]

# A key of its own: the row has a new one, and its values are bound to that.
_LEFT_OUT = frozenset({"row_key"})
# What a blind column is made of, where the row cannot be without it.
_BLIND_SOURCES: dict[type[Base], dict[str, str]] = {PersonTag: {"tag": "words"}}


def copy(record: Any) -> Columns:
    """Return what the columns of a row say, as JSON; digests can be made anew."""
    columns: Columns = {}
    for attribute in inspect(type(record)).column_attrs:
        name = attribute.key
        column = attribute.columns[0]
        is_digest = isinstance(column.type, BlindIndex)
        if name in _LEFT_OUT or is_digest:
            continue
        content = getattr(record, name)
        columns[name] = as_json(content)
    return columns


def as_json(content: Any) -> Any:
    """Return a value of a column as JSON has it."""
    if isinstance(content, datetime):
        return content.isoformat()
    if isinstance(content, StrEnum):
        return content.value
    return content


def restored(table: type[Base], columns: Columns) -> Any:
    """Make a row of its copy."""
    record: Any = table()
    for name, copied in columns.items():
        content = read(table, name, copied)
        setattr(record, name, content)
    sources = _BLIND_SOURCES.get(table, {})
    for blind, source in sources.items():
        setattr(record, blind, columns[source])
    return record


async def remove(session: AsyncSession, record: Any) -> None:
    """Delete a row; one that is found by a digest is found by what the digest is made of."""
    table = type(record)
    if table not in _BLIND_SOURCES:
        await session.delete(record)
        await session.flush()
        return
    conditions = []
    for column in inspect(table).primary_key:
        name = column.name
        source = _BLIND_SOURCES[table].get(name, name)
        content = getattr(record, source)
        conditions.append(getattr(table, name) == content)
    session.expunge(record)
    removing = delete(table).where(*conditions)
    await session.execute(removing)


async def reassign(session: AsyncSession, record: Any, column: str, person_id: int) -> None:
    """Give a row to another person."""
    table = type(record)
    if table not in _BLIND_SOURCES:
        setattr(record, column, person_id)
        await session.flush()
        return
    columns = copy(record)
    await remove(session, record)
    columns[column] = person_id
    session.add(restored(table, columns))
    await session.flush()


def read(table: type[Base], name: str, content: Any) -> Any:
    """Return what a copy says of a column, as the column has it."""
    if content is None:
        return None
    attribute = inspect(table).column_attrs[name]
    kind = attribute.columns[0].type
    if isinstance(kind, UTCDateTime):
        return datetime.fromisoformat(content)
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(content)
    return content
