"""Undoing of a merge within 30 days: the duplicate is a person again, under its own number.

What was its own goes back to it; what came after the merge stays with the record that went on.
Only what protects somebody holds for both: STOP, no calls, the wish to be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import (
    carried,
    former_answers,
    household_merging,
    merge_notes,
    placement,
    row_copies,
    search_keys,
)
from bot.consular.people.carried import Carried, Way
from bot.models import (
    Address,
    Base,
    InboundMessage,
    InboundState,
    Merge,
    OutboundMessage,
    OutboundState,
    Person,
    closures,
)

UNDO_LIFE = timedelta(days=30)
SLICE_ROWS = 500
PROTECTING_COLUMNS = ("stopped_at", "no_calls_at", "erasure_asked_at")

Parts = dict[str, Any]


async def of_person(session: AsyncSession, person_id: int, now: datetime) -> list[Merge]:
    """Return the merges into a person that can be undone still, the latest first."""
    query = select(Merge).where(
        Merge.person_id == person_id,
        Merge.undone_at.is_(None),
        Merge.at > now - UNDO_LIFE,
    )
    return list(await session.scalars(query.order_by(Merge.id.desc())))


async def going_on(session: AsyncSession, person_id: int) -> int:
    """Return the number of the record that goes on for a person: their own, or the merged one."""
    query = (
        select(Merge.person_id)
        .where(
            Merge.duplicate_id == person_id,
            Merge.undone_at.is_(None),
        )
        .order_by(Merge.id.desc())
        .limit(1)
    )
    return await session.scalar(query) or person_id


async def undo(session: AsyncSession, merge_id: int, actor: str, now: datetime) -> Person:
    """Make two records of one again; return the one that comes back. Raises ConsularError."""
    merged, person = await _locked(session, merge_id, now)
    parts: Parts = merged.parts or {}
    duplicate = await _revive(session, merged, parts)
    await _move_back(session, parts, person.id, duplicate.id)
    await _restore_dropped(session, parts)
    _empty_filled(person, parts)
    await _protect_both(session, merged, person, duplicate, parts)
    await _follow_addresses(session, person.id, duplicate.id)
    merged.undone_at = now
    merged.undone_by = actor
    merged.parts = None
    await session.flush()
    await _derive(session, [person, duplicate], now)
    await merge_notes.write_split(session, person.id, duplicate.id, actor, now)
    await _note(session, person, duplicate, merged, actor, now)
    return duplicate


async def _derive(session: AsyncSession, people: Sequence[Person], now: datetime) -> None:
    """Make anew what is made of records."""
    for person in people:
        placement.mark(person)
        await former_answers.recount(session, person.id)
        await household_merging.mark_again(session, person.id, now)
    await search_keys.make(session, people)


async def _locked(
    session: AsyncSession,
    merge_id: int,
    now: datetime,
) -> tuple[Merge, Person]:
    """Lock the person, then the merge, and check that it can be undone. Raises ConsularError."""
    merged = await session.get(Merge, merge_id)
    if merged is None:
        raise ConsularError("There is no such merge: perhaps the person was forgotten since.")
    person = await session.get_one(Person, merged.person_id, with_for_update=True)
    await session.refresh(merged, with_for_update=True)
    if merged.undone_at is not None:
        raise ConsularError("This merge is undone already.")
    if merged.at <= now - UNDO_LIFE:
        days = UNDO_LIFE.days
        raise ConsularError("A merge can be undone for {days} days: these are over.", days=days)
    if person.forgotten_at is not None or merged.parts is None:
        raise ConsularError("There is no such merge: perhaps the person was forgotten since.")
    return merged, person


async def _revive(session: AsyncSession, merged: Merge, parts: Parts) -> Person:
    """Make the duplicate a person again, under the number that their links and notes name."""
    duplicate: Person = row_copies.restored(Person, parts["person"])
    duplicate.id = merged.duplicate_id
    session.add(duplicate)
    await session.flush()
    return duplicate


async def _move_back(
    session: AsyncSession,
    parts: Parts,
    person_id: int,
    duplicate_id: int,
) -> None:
    """Give back the rows that moved and are still the person's."""
    for name, ids in parts["moved"].items():
        entry = carried.named(name)
        column = getattr(entry.table, entry.column)
        await _assign(session, entry.table, ids, column == person_id, entry.column, duplicate_id)
    is_nobodys = OutboundMessage.person_id.is_(None)
    released = parts["released"]
    await _assign(session, OutboundMessage, released, is_nobodys, "person_id", duplicate_id)
    for entry in carried.of_way(Way.ONE_EACH):
        keys = parts["keys"].get(entry.name, [])
        await _move_one_each(session, entry, keys, person_id, duplicate_id)


async def _assign(
    session: AsyncSession,
    table: Any,
    ids: Sequence[int],
    is_due: Any,
    column: str,
    person_id: int,
) -> None:
    for start in range(0, len(ids), SLICE_ROWS):
        numbers = ids[start : start + SLICE_ROWS]
        assigning = update(table).where(table.id.in_(numbers), is_due)
        await session.execute(assigning.values({column: person_id}))


async def _move_one_each(
    session: AsyncSession,
    entry: Carried,
    keys: Sequence[list[Any]],
    person_id: int,
    duplicate_id: int,
) -> None:
    column = getattr(entry.table, entry.column)
    records = await session.scalars(select(entry.table).where(column == person_id))
    for record in list(records):
        if entry.key(record) in keys:
            await row_copies.reassign(session, record, entry.column, duplicate_id)


async def _restore_dropped(session: AsyncSession, parts: Parts) -> None:
    """Make the rows again that had no place, unless a newer one is in their stead."""
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for dropped in parts["dropped"]:
        table = tables[dropped["table"]]
        record = row_copies.restored(table, dropped["columns"])
        if await _has_room(session, table, record):
            session.add(record)
            await session.flush()


async def _has_room(session: AsyncSession, table: Any, record: Any) -> bool:
    """Tell whether the people of a row are there, and have no other of its kind."""
    for entry in carried.CARRIED:
        if entry.table is not table:
            continue
        owner_id = getattr(record, entry.column)
        if await session.get(Person, owner_id) is None:
            return False
        if entry.way is Way.MANY:
            continue
        column = getattr(table, entry.column)
        present = await session.scalars(select(table).where(column == owner_id))
        if any(entry.key(other) == entry.key(record) for other in present):
            return False
    return True


def _empty_filled(person: Person, parts: Parts) -> None:
    """Take back what the merge filled, where nobody told anything else since."""
    for name, (earlier, filled) in parts["changed"].items():
        if row_copies.as_json(getattr(person, name)) == filled:
            setattr(person, name, row_copies.read(Person, name, earlier))


async def _protect_both(
    session: AsyncSession,
    merged: Merge,
    person: Person,
    duplicate: Person,
    parts: Parts,
) -> None:
    """Let what the person said since for their protection hold for both.

    Whoever said START since has opened the addresses: their STOP of before is over.
    """
    closed = select(Address).where(Address.id.in_(parts["closed"]))
    addresses = list(await session.scalars(closed))
    if any(address.stopped_at is None for address in addresses):
        duplicate.stopped_at = None
    for address in addresses:
        if address.stop_reason == closures.OPTED_OUT:
            address.stopped_at = None
            address.stop_reason = None
    for column in PROTECTING_COLUMNS:
        at = getattr(person, column)
        if at is not None and at > merged.at:
            setattr(duplicate, column, at)
    await session.flush()


async def _follow_addresses(session: AsyncSession, person_id: int, duplicate_id: int) -> None:
    """Let messages that wait belong to whoever has their address: no reply goes astray."""
    addresses = select(Address.id).where(Address.person_id == duplicate_id)
    waiting = update(InboundMessage).where(
        InboundMessage.person_id == person_id,
        InboundMessage.state == InboundState.PENDING,
        InboundMessage.address_id.in_(addresses),
    )
    await session.execute(waiting.values(person_id=duplicate_id))
    unsent = update(OutboundMessage).where(
        OutboundMessage.person_id == person_id,
        OutboundMessage.state == OutboundState.QUEUED,
        OutboundMessage.broadcast_id.is_(None),
        OutboundMessage.address_id.in_(addresses),
    )
    await session.execute(unsent.values(person_id=duplicate_id))


async def _note(
    session: AsyncSession,
    person: Person,
    duplicate: Person,
    merged: Merge,
    actor: str,
    now: datetime,
) -> None:
    """Write it down at both records."""
    for subject, other in ((person, duplicate), (duplicate, person)):
        await trail.note(
            session,
            actor,
            "person.unmerged",
            f"person:{subject.id}",
            now,
            other=other.id,
            merge=merged.id,
        )
