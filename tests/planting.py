"""A person with the same words in every column that can hold words of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, Table, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper

from bot.consular.surveys import drafts
from bot.consular.trust import erasures
from bot.models import Base, Case, Crisis, Person, Survey, SurveyState
from bot.models.types import UTCDateTime
from tests import surveying

# Their rows belong to a crisis, a case or an address of the person.
OWNERS = frozenset({"people", "cases", "addresses", "inbound_messages", "case_files"})


def of_people() -> list[Mapper[Any]]:
    """List the tables whose rows go with a person: they point at them, or at a case of theirs."""
    owners = set(OWNERS)
    mappers: list[Mapper[Any]] = []
    for table in Base.metadata.sorted_tables:
        targets = {key.column.table.name for key in table.foreign_keys}
        if table.name in owners or targets & owners:
            owners.add(table.name)
            mappers.append(_mapper(table))
    return mappers


def _mapper(table: Table) -> Mapper[Any]:
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return mapper
    raise LookupError(table.name)


def sealed_columns() -> Iterator[str]:
    """Yield every encrypted column of those tables, `table.attribute`."""
    for mapper in of_people():
        yield from _sealed(mapper)


def _sealed(mapper: Mapper[Any]) -> Iterator[str]:
    for attribute in mapper.column_attrs:
        if getattr(attribute.columns[0].type, "is_sealed", False):
            yield f"{mapper.class_.__tablename__}.{attribute.key}"


async def plant(session: AsyncSession, person: Person, words: str, now: datetime) -> None:
    """Put the words into every encrypted column of a person, with rows of every table."""
    for attribute in inspect(Person).column_attrs:
        if getattr(attribute.columns[0].type, "is_sealed", False):
            setattr(person, attribute.key, _content(attribute.columns[0], words, now))
    await session.flush()
    for mapper in of_people():
        if mapper.class_ is Person:
            continue
        planted = await erasures.holding(session, words)
        if planted.keys() >= set(_sealed(mapper)):
            continue
        session.add(await _record(session, mapper, person, words, now))
        await session.flush()


async def _record(
    session: AsyncSession,
    mapper: Mapper[Any],
    person: Person,
    words: str,
    now: datetime,
) -> Any:
    """Make a row with the words in every encrypted column, and anything in the others."""
    values: dict[str, Any] = {}
    for attribute in mapper.column_attrs:
        column = attribute.columns[0]
        if attribute.key in {"id", "row_key"}:
            continue
        if column.foreign_keys:
            values[attribute.key] = await _target(session, column, person)
        elif _is_to_be_filled(column):
            values[attribute.key] = _content(column, words, now)
    return mapper.class_(**values)


def _is_to_be_filled(column: Any) -> bool:
    is_needed = not column.nullable and column.default is None
    return is_needed or getattr(column.type, "is_sealed", False)


async def _target(session: AsyncSession, column: Any, person: Person) -> Any:
    """Return what a foreign key points at: the person, a case of theirs, or any row there is."""
    (key,) = column.foreign_keys
    table = key.column.table
    if table.name == "people":
        return person.id
    query = select(key.column).order_by(key.column.desc()).limit(1)
    if table.name == Case.__tablename__:
        query = select(Case.id).where(Case.person_id == person.id).limit(1)
    found = await session.scalar(query)
    if found is None and table.name == Survey.__tablename__:
        return await _survey(session)
    if found is None and not column.nullable and table.name == Crisis.__tablename__:
        raise LookupError("open a crisis first")
    return found


async def _survey(session: AsyncSession) -> int:
    """Add a survey, which is nobody's."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    survey = drafts.unsaved(surveying.survey(at))
    survey.id = 1
    survey.state = SurveyState.OPEN
    survey.author_id = 1
    survey.created_at = at
    session.add(survey)
    await session.flush()
    return survey.id


def _content(column: Any, words: str, now: datetime) -> Any:
    """Return something that the column takes; the words, where it is encrypted."""
    kind = column.type
    if getattr(kind, "is_sealed", False):
        if "JSON" in type(kind).__name__:
            return {"text": words}
        return words.encode() if "Bytes" in type(kind).__name__ else words
    if isinstance(kind, Enum):
        members: type[StrEnum] = kind.enum_class  # type: ignore[assignment]
        return next(iter(members))
    if "Blind" in type(kind).__name__:
        return f"{column.table.name} {column.name}"
    if isinstance(kind, UTCDateTime):
        return now
    python = kind.python_type
    if python is date:
        return now.date()
    if python is bool:
        return False
    if python is int:
        return 1
    return "x"
