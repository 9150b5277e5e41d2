"""Erasures that must hold: after a backup is restored, and in every table.

A restored backup brings back whoever was erased since. The numbers of the erased are kept as long
as backups are, and can be taken out of the database to lie beside them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper

from bot.models import Base, ErasedPerson, Person
from bot.models.upserts import insert_into

PEOPLE = Person.__tablename__
SCANNED_ROWS = 500  # of a table at a time


@dataclass(frozen=True, slots=True)
class Erased:
    """The number that an erased person had, and when they were erased."""

    person_id: int
    erased_at: datetime


async def remember(
    session: AsyncSession,
    person_id: int,
    now: datetime,
) -> None:
    """Remember that the person of a number was erased, for whoever restores a backup."""
    adding = insert_into(session, ErasedPerson).values(person_id=person_id, erased_at=now)
    await session.execute(adding.on_conflict_do_nothing())


async def listed(session: AsyncSession) -> list[Erased]:
    """List who was erased while any backup may still hold them, the first one first."""
    query = select(ErasedPerson).order_by(
        ErasedPerson.erased_at,
        ErasedPerson.person_id,
    )
    return [Erased(erased.person_id, erased.erased_at) for erased in await session.scalars(query)]


async def returned(
    session: AsyncSession,
    erased: Erased,
) -> Person | None:
    """Return somebody erased whom a backup brought back; None where nobody came back.

    Whoever came after the erasure has their number by chance: a restored database counts on from
    an older one.
    """
    person = await session.get(Person, erased.person_id, with_for_update=True)
    if person is None or person.created_at > erased.erased_at:
        return None
    return person


# --- what is left ---------------------------------------------------------------------------------


async def remaining(
    session: AsyncSession,
    person_id: int,
) -> dict[str, int]:
    """Count the rows that still belong to a person, by table; none means they are gone."""
    counts: dict[str, int] = {}
    for table, column in _links():
        query = select(func.count()).select_from(table).where(table.c[column] == person_id)
        count = await session.scalar(query) or 0
        if count:
            counts[f"{table.name}.{column}"] = count
    return counts


def _links() -> Iterator[tuple[Table, str]]:
    """Yield every column that names a person by their number."""
    for table in Base.metadata.sorted_tables:
        if table.name == PEOPLE:
            yield table, "id"
        for key in table.foreign_keys:
            if key.column.table.name == PEOPLE:
                yield table, key.parent.name


async def holding(
    session: AsyncSession,
    phrase: str,
) -> dict[str, int]:
    """Count the rows that hold some words in any column, decrypted, by table and column."""
    counts: dict[str, int] = {}
    for mapper in sorted(Base.registry.mappers, key=_table_name):
        async for record in _rows(session, mapper):
            for column, content in record.items():
                if phrase in _as_text(content):
                    name = f"{_table_name(mapper)}.{column}"
                    counts[name] = counts.get(name, 0) + 1
    return counts


def _table_name(mapper: Mapper[Any]) -> str:
    table = mapper.local_table
    return str(getattr(table, "name", ""))


async def _rows(
    session: AsyncSession,
    mapper: Mapper[Any],
) -> Any:
    """Yield the rows of a table with all that can be read of them."""
    names = [attribute.key for attribute in mapper.column_attrs]
    columns = [getattr(mapper.class_, name) for name in names]
    order = inspect(mapper).primary_key
    offset = 0
    while True:
        query = select(*columns).order_by(*order).limit(SCANNED_ROWS).offset(offset)
        batch = (await session.execute(query)).all()
        for record in batch:
            yield dict(zip(names, record, strict=True))
        offset += SCANNED_ROWS
        if len(batch) < SCANNED_ROWS:
            return


def _as_text(content: Any) -> str:
    """Write what a column holds as a text that can be searched."""
    match content:
        case None:
            return ""
        case str():
            return content
        case bytes():
            return content.decode("utf-8", "replace")
        case Mapping() | list():
            return json.dumps(content, ensure_ascii=False, default=str)
        case _:
            return str(content)
