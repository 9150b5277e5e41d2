"""Rotation of keys: what is stored comes under the first key of the ring, while the line works.

Each encrypted value and each blind index names its key. A walk goes through a table in the order
of its rows and takes, in one short transaction, some that name another key. Rows that somebody else
holds are left for the next walk, so that a rotation never waits and nobody waits long for it. How
far a walk came is committed with its rows: a rotation that was killed goes on there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import seals
from bot.consular.people import search_keys
from bot.consular.trust import key_parts
from bot.consular.trust.key_parts import Columns, Part
from bot.models import KeyRotation, Person, binding
from bot.models.padding import FILLING
from bot.runtime.clock import Clock
from bot.runtime.database import Database
from bot.runtime.keys import Keyring, KeyringError

BATCH_ROWS = 200
MAX_WALKS = 20  # through one table, while others go on writing under an older key
REST_SECONDS = 0.2  # before a table is walked again
TURN_SECONDS = 0.05  # in which others write: SQLite has one writer, and those who wait look seldom
SEARCH_KEYS = "search keys"
PEOPLE = key_parts.table_of(Person)


@dataclass(frozen=True, slots=True)
class Report:
    """What a rotation leaves behind, for each part: rows still to be done, and why."""

    left: int = 0
    unreadable: int = 0  # rows, and people to search for, with a value that no key opens
    is_trail_whole: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether everything is under the first key."""
        return self.is_trail_whole and not self.left and not self.unreadable


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a walk, up to the number `last`; None at the end."""

    last: int | None
    renewed: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """What is made anew in a part: how to take some rows, and which are to be done."""

    part: str
    take: Callable[[AsyncSession, int], Awaitable[Batch]]
    outdated: Select[int]  # counts them


Listener = Callable[[str, int], None]  # a part, and how many of its rows were made anew


async def rotate(
    db: Database,
    keyring: Keyring,
    clock: Clock,
    tell: Listener,
) -> Report:
    """Bring everything under the first key."""
    left = 0
    unreadable = 0
    works = [_work_of(part, keyring) for part in key_parts.parts()]
    works.append(_search_work(keyring))
    for work in works:
        report = await _finish(db, keyring, clock, work, tell)
        left += report.left
        unreadable += report.unreadable
    async with db.begin() as session:
        is_trail_whole = await seals.renew(session, keyring, clock())
    return Report(left, unreadable, is_trail_whole)


async def _finish(
    db: Database,
    keyring: Keyring,
    clock: Clock,
    work: Work,
    tell: Listener,
) -> Report:
    """Walk through a part until nothing is left that can be done."""
    for _ in range(MAX_WALKS):
        unreadable = await _walk(db, keyring, work, tell)
        async with db.begin() as session:
            outdated = await session.scalar(work.outdated) or 0
            left = max(0, outdated - unreadable)
            if not left:
                await _note_end(session, keyring, work.part, clock)
                return Report(unreadable=unreadable)
        await asyncio.sleep(REST_SECONDS)
    return Report(left=left, unreadable=unreadable)


async def _walk(
    db: Database,
    keyring: Keyring,
    work: Work,
    tell: Listener,
) -> int:
    """Go through a part once; return how many of its rows no key opens."""
    unreadable = 0
    while True:
        async with db.begin() as session:
            rotation = await _rotation(session, keyring, work.part)
            batch = await work.take(session, rotation.cursor)
            rotation.cursor = batch.last or 0  # the next walk begins anew
        unreadable += batch.unreadable
        tell(work.part, batch.renewed)
        if batch.last is None:
            return unreadable
        if db.is_sqlite:
            await asyncio.sleep(TURN_SECONDS)


async def _rotation(
    session: AsyncSession,
    keyring: Keyring,
    part: str,
) -> KeyRotation:
    """Lock how far a part came; one of another key begins anew."""
    query = select(KeyRotation).where(KeyRotation.part == part)
    rotation = await session.scalar(query.with_for_update())
    if rotation is None:
        rotation = KeyRotation(part=part, key_id=keyring.current_id, cursor=0)
        session.add(rotation)
    elif rotation.key_id != keyring.current_id:
        rotation.key_id = keyring.current_id
        rotation.cursor = 0
    rotation.finished_at = None
    return rotation


async def _note_end(
    session: AsyncSession,
    keyring: Keyring,
    part: str,
    clock: Clock,
) -> None:
    rotation = await _rotation(session, keyring, part)
    rotation.finished_at = clock()


# --- values and indexes of one row ----------------------------------------------------------------


def _work_of(part: Part, keyring: Keyring) -> Work:
    async def take(session: AsyncSession, cursor: int) -> Batch:
        return await _renew_rows(session, keyring, part, cursor)

    outdated = select(func.count()).select_from(part.table).where(part.is_outdated(keyring))
    return Work(part.table.name, take, outdated)


async def _renew_rows(
    session: AsyncSession,
    keyring: Keyring,
    part: Part,
    cursor: int,
) -> Batch:
    """Make the next rows of a table anew."""
    is_next = and_(part.number > cursor, part.is_outdated(keyring))
    last = await _last_number(session, part.number, is_next)
    if last is None:
        return Batch(None)
    changes: list[Columns] = []
    gone: list[int] = []
    unreadable = 0
    for columns in await _held(session, part, is_next, last):
        try:
            change = _renewed(keyring, part, columns)
        except KeyringError:
            unreadable += 1
            continue
        if change is None:
            gone.append(columns[part.number.name])
        else:
            changes.append(change)
    await _write(session, part, changes)
    await _delete(session, part, gone)
    return Batch(last, len(changes), unreadable)


async def _held(
    session: AsyncSession,
    part: Part,
    is_next: ColumnElement[bool],
    last: int,
) -> list[dict[str, Any]]:
    """Lock the rows of a batch that nobody else holds, and read them as they are stored."""
    stored: list[ColumnElement[Any]] = []
    for column in part.table.columns:
        labelled = key_parts.as_stored(column).label(column.name)
        stored.append(labelled)
    query = select(*stored)
    query = query.where(is_next)
    query = query.where(part.number <= last)
    locked = query.with_for_update(
        skip_locked=True,
        of=part.table,
    )
    rows = await session.execute(locked)
    return [dict(row) for row in rows.mappings()]


async def _last_number(
    session: AsyncSession,
    number: Column[Any],
    is_next: ColumnElement[bool],
) -> int | None:
    """Look up the number of the last row of a batch, None where there is no row left."""
    query = select(number)
    query = query.where(is_next)
    query = query.order_by(number)
    batch = query.limit(BATCH_ROWS).subquery()
    highest = func.max(batch.c[0])
    last: int | None = await session.scalar(select(highest))
    return last


def _renewed(
    keyring: Keyring,
    part: Part,
    columns: dict[str, Any],
) -> Columns | None:
    """Return the new columns of a row; None where it may go. Raises KeyringError."""
    change: dict[str, Any] = {}
    for column in part.table.primary_key:
        change[f"row_{column.name}"] = columns[column.name]
    row_key = columns["row_key"] or binding.new_row_key()
    change["new_row_key"] = row_key
    for column in part.sealed:
        plain = key_parts.opened(keyring, column, columns)
        change[f"new_{column.name}"] = key_parts.sealed(
            keyring,
            column,
            plain,
            row_key,
        )
        columns[column.name] = _as_text(plain)
    for column in part.indexed:
        digest = key_parts.indexed(keyring, column, columns)
        if digest is None and not column.nullable:
            return None
        change[f"new_{column.name}"] = digest
    return change


def _as_text(plain: bytes | None) -> str | None:
    if plain is None:
        return None
    return plain.decode().rstrip(FILLING)


async def _write(
    session: AsyncSession,
    part: Part,
    changes: Sequence[Columns],
) -> None:
    if not changes:
        return
    columns: dict[str, Any] = {}
    row_key = part.table.c.row_key
    for column in (row_key, *part.sealed, *part.indexed):
        columns[column.name] = bindparam(f"new_{column.name}", type_=LargeBinary())
    renewing = update(part.table).where(*_is_row(part)).values(columns)
    await session.execute(renewing, changes)


def _is_row(part: Part) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column in part.table.primary_key:
        stored = key_parts.as_stored(column)
        conditions.append(stored == bindparam(f"row_{column.name}", type_=stored.type))
    return conditions


async def _delete(
    session: AsyncSession,
    part: Part,
    numbers: Sequence[int],
) -> None:
    """Delete rows whose index cannot be made anew: groups, which are told once more."""
    if not numbers:
        return
    is_gone = part.number.in_(numbers)
    await session.execute(delete(part.table).where(is_gone))


# --- keys of the search ---------------------------------------------------------------------------


def _search_work(keyring: Keyring) -> Work:
    async def take(session: AsyncSession, cursor: int) -> Batch:
        return await _renew_search(session, keyring, cursor)

    outdated = select(func.count()).select_from(Person).where(_is_search_outdated(keyring))
    return Work(SEARCH_KEYS, take, outdated)


async def _renew_search(
    session: AsyncSession,
    keyring: Keyring,
    cursor: int,
) -> Batch:
    """Make the keys of the next people anew."""
    is_next = and_(Person.id > cursor, _is_search_outdated(keyring))
    last = await _last_number(session, PEOPLE.c.id, is_next)
    if last is None:
        return Batch(None)
    query = select(Person.id)
    query = query.where(is_next)
    query = query.where(Person.id <= last)
    locked = query.with_for_update(
        skip_locked=True,
        of=Person,
    )
    ids = list(await session.scalars(locked))
    people = await _readable(session, ids)
    await search_keys.make(session, people)
    return Batch(last, len(people), unreadable=len(ids) - len(people))


async def _readable(session: AsyncSession, ids: Sequence[int]) -> list[Person]:
    """Load people, without those of whom no key opens something."""
    try:
        return list(await session.scalars(select(Person).where(Person.id.in_(ids))))
    except KeyringError:
        return await _readable_one_by_one(session, ids)


async def _readable_one_by_one(session: AsyncSession, ids: Sequence[int]) -> list[Person]:
    people: list[Person] = []
    for person_id in ids:
        try:
            person = await session.get_one(Person, person_id)
        except KeyringError:
            continue
        people.append(person)
    return people


def _is_search_outdated(keyring: Keyring) -> ColumnElement[bool]:
    """Say in SQL whether a person has keys of the search that are not of the first key."""
    conditions = [key_parts.is_indexed_otherwise(PEOPLE.c.phone_index, keyring)]
    for table in key_parts.SEARCHED_TABLES:
        [column] = key_parts.blind_columns(key_parts.table_of(table))
        of_person = column.table.c.person_id == Person.__table__.c.id
        conditions.append(
            exists().where(of_person, key_parts.is_indexed_otherwise(column, keyring))
        )
    return or_(*conditions)
