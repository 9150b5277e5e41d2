"""Merging of two records that turn out to be one person; for 30 days it can be undone.

What says whose row was whose is kept encrypted with the merge (`Merge.parts`): the duplicate's
columns, the numbers of the rows that moved, and the rows that had no place beside the record's own.
`splitting` gives all of it back.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people import (
    carried,
    former_answers,
    household,
    household_merging,
    merge_notes,
    placement,
    row_copies,
    search_keys,
)
from bot.consular.people.carried import Carried, Way
from bot.models import Address, DistinctPeople, Merge, OutboundMessage, Person, closures

# Where somebody is: of one record as a whole, so that no city stands in another's country.
PLACE_COLUMNS = (
    "country",
    "city",
    "position",
    "location",
    "place_words",
    "bound_for",
    "placed_at",
    "timezone",
)
FILLED_COLUMNS = (
    "name",
    "phone",
    "party_size",
    "no_calls_at",  # whoever may not be called on one record may not be called at all
    "erasure_asked_at",  # nor does a wish to be forgotten end
)
EARLIEST_COLUMNS = ("consented_at", "registered_at")

Parts = dict[str, Any]


async def merge(
    session: AsyncSession,
    person: Person,
    duplicate_id: int,
    actor: str,
    now: datetime,
) -> Merge:
    """Move everything of a duplicate record to the person and delete the duplicate.

    What the person says of themselves now wins. The caller holds the person's row. Open cases of
    both stay open, each with its holder, and have a note that says so.
    """
    duplicate = await session.get_one(
        Person,
        duplicate_id,
        with_for_update=True,
    )
    told_there = await household.of(session, duplicate.id)
    cases = await merge_notes.open_cases(session, person.id, duplicate_id)
    parts = await _move_rows(session, person, duplicate)
    parts["changed"] = _fill_gaps(person, duplicate)
    await household_merging.settle(session, person, told_there.own_needs, now)
    await session.flush()
    session.expunge(duplicate)
    deleting = delete(Person).where(Person.id == duplicate_id)
    await session.execute(deleting)
    await search_keys.make(session, [person])
    pair = (person.id, duplicate_id)
    await merge_notes.write(session, merge_notes.MERGED, cases, pair, actor, now)
    return await _record(
        session,
        person,
        duplicate_id,
        parts,
        actor,
        now,
    )


async def _move_rows(session: AsyncSession, person: Person, duplicate: Person) -> Parts:
    """Move the rows of the duplicate; return what was there before, as it was."""
    parts: Parts = {
        "person": row_copies.copy(duplicate),
        "dropped": [],
    }
    pair = (person.id, duplicate.id)
    parts["closed"] = await _stop_addresses(session, duplicate)
    parts["released"] = await _release_shared_broadcasts(session, *pair)
    await _drop_verdict(session, *pair, parts)
    for member in await household_merging.named_twice(session, *pair):
        await _drop(session, member, parts)
    parts["moved"] = await _move_many(session, *pair)
    parts["keys"] = await _move_one_each(session, *pair, parts)
    await former_answers.seal(session, person.id)
    return parts


async def _record(
    session: AsyncSession,
    person: Person,
    duplicate_id: int,
    parts: Parts,
    actor: str,
    now: datetime,
) -> Merge:
    merged = Merge(
        person_id=person.id,
        duplicate_id=duplicate_id,
        at=now,
        actor=actor,
        parts=parts,
    )
    session.add(merged)
    await session.flush()
    subject = f"person:{person.id}"
    await trail.note(
        session,
        actor,
        "person.merged",
        subject,
        now,
        other=duplicate_id,
        merge=merged.id,
    )
    return merged


async def _stop_addresses(session: AsyncSession, duplicate: Person) -> list[int]:
    """Send no broadcasts to the duplicate's addresses when they said STOP there.

    The person's own address goes on, and START opens all. Return the addresses that are closed.
    """
    if duplicate.stopped_at is None:
        return []
    is_open = select(Address.id).where(
        Address.person_id == duplicate.id,
        Address.stopped_at.is_(None),
    )
    closed_ids = list(await session.scalars(is_open))
    await session.execute(closures.opting_out(duplicate.id, duplicate.stopped_at))
    return closed_ids


async def _release_shared_broadcasts(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
) -> list[int]:
    """Let the duplicate's messages of a broadcast that both received belong to nobody.

    Both messages count, and a person has one message of a broadcast. Return which they are.
    """
    received = select(OutboundMessage.broadcast_id).where(
        OutboundMessage.person_id == person_id,
        OutboundMessage.broadcast_id.is_not(None),
    )
    shared = select(OutboundMessage.id).where(
        OutboundMessage.person_id == duplicate_id,
        OutboundMessage.broadcast_id.in_(received),
    )
    ids = list(await session.scalars(shared))
    releasing = update(OutboundMessage).where(OutboundMessage.id.in_(ids))
    await session.execute(releasing.values(person_id=None))
    return ids


async def _drop_verdict(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
    parts: Parts,
) -> None:
    """Take back that these two are two people: whoever merges them knows better."""
    pair = [person_id, duplicate_id]
    between = select(DistinctPeople).where(
        DistinctPeople.person_id.in_(pair),
        DistinctPeople.other_id.in_(pair),
    )
    for verdict in await session.scalars(between):
        await _drop(session, verdict, parts)


async def _move_many(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
) -> dict[str, list[int]]:
    """Move all rows of the duplicate; return their numbers by column."""
    moved: dict[str, list[int]] = {}
    for entry in carried.of_way(Way.MANY):
        column = getattr(entry.table, entry.column)
        of_duplicate = select(entry.table.id).where(column == duplicate_id)
        moved[entry.name] = list(await session.scalars(of_duplicate))
        moving = update(entry.table).where(column == duplicate_id)
        await session.execute(moving.values({entry.column: person_id}))
    return moved


async def _move_one_each(
    session: AsyncSession,
    person_id: int,
    duplicate_id: int,
    parts: Parts,
) -> dict[str, list[list[Any]]]:
    """Move the rows that the person does not have; return what is one of its kind, by column."""
    keys: dict[str, list[list[Any]]] = {}
    for entry in carried.of_way(Way.ONE_EACH):
        moved: list[list[Any]] = []
        present = await _rows(session, entry, person_id)
        for record in await _rows(session, entry, duplicate_id):
            if await _makes_room(session, entry, record, present, parts):
                moved.append(entry.key(record))
                await row_copies.reassign(
                    session,
                    record,
                    entry.column,
                    person_id,
                )
        keys[entry.name] = moved
    return keys


async def _makes_room(
    session: AsyncSession,
    entry: Carried,
    record: Any,
    present: list[Any],
    parts: Parts,
) -> bool:
    """Drop one of two rows of a kind; tell whether the duplicate's goes along."""
    key = entry.key(record)
    for own in present:
        if entry.key(own) != key:
            continue
        if not carried.is_better(record, own):
            await _drop(session, record, parts)
            return False
        await _drop(session, own, parts)
    return True


async def _rows(session: AsyncSession, entry: Carried, person_id: int) -> list[Any]:
    """Lock and return the rows of a person in a table where they are one of each kind."""
    column = getattr(entry.table, entry.column)
    query = select(entry.table).where(column == person_id).with_for_update()
    return list(await session.scalars(query))


async def _drop(session: AsyncSession, record: Any, parts: Parts) -> None:
    """Delete a row, and keep what it said for whoever undoes the merge."""
    dropped = {"table": record.__tablename__, "columns": row_copies.copy(record)}
    parts["dropped"].append(dropped)
    await row_copies.remove(session, record)


def _fill_gaps(person: Person, duplicate: Person) -> dict[str, list[Any]]:
    """Fill what the person has not told from the duplicate.

    Return what changed, by column: what was there, and what is there now.
    """
    changed: dict[str, list[Any]] = {}
    for name, content in merged_columns(person, duplicate).items():
        earlier = getattr(person, name)
        if content != earlier:
            changed[name] = [row_copies.as_json(earlier), row_copies.as_json(content)]
            setattr(person, name, content)
    placement.mark(person)
    return changed


def merged_columns(person: Person, duplicate: Person) -> dict[str, Any]:
    """Return what the merged record says, by column."""
    columns: dict[str, Any] = {}
    place_owner = duplicate if _has_better_place(person, duplicate) else person
    for name in PLACE_COLUMNS:
        columns[name] = getattr(place_owner, name)
    for name in FILLED_COLUMNS:
        own = getattr(person, name)
        columns[name] = own if own is not None else getattr(duplicate, name)
    for name in EARLIEST_COLUMNS:
        times = [getattr(person, name), getattr(duplicate, name)]
        known_times = [at for at in times if at is not None]
        columns[name] = min(known_times, default=None)
    return columns


def _has_better_place(person: Person, duplicate: Person) -> bool:
    """Tell whether the person told no place, or only the country in which the duplicate's is."""
    if person.country is None:
        return duplicate.country is not None or person.place_words is None
    has_no_spot = person.city is None and person.place_words is None
    return has_no_spot and person.country == duplicate.country and duplicate.city is not None
