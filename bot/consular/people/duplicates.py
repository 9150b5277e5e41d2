"""Records that may be of one person: offered to staff, who merge them or say that they are two.

Two records may be one when a number that one typed is the other's, or when a name has the same
parts, in any spelling, and the place is the same. The latest records are looked at first, a slice
at a time: each is compared with all others by indexes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Select, delete, intersect, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists, trail
from bot.consular.errors import ConsularError
from bot.consular.people import merging, name_keys, search, splitting
from bot.consular.staff import roles
from bot.models import Address, DistinctPeople, Merge, NameWord, Person, Staff

SLICE_PEOPLE = 100
MOST_PEOPLE = 400  # looked at for one page
PAGE_PAIRS = 25
MIN_NAME_PARTS = 2
MAX_NAMESAKES = 10  # in one place

Ids = tuple[int, int]  # the higher number first


class Reason(Enum):
    """Why two records may be one."""

    PHONE = "phone"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records that may be one, the later one first, and why."""

    later: Person
    earlier: Person
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """Pairs, and the number below which the search goes on; None at its end."""

    pairs: list[Pair]
    below: int | None


async def look(session: AsyncSession, staff: Staff, below: int | None, now: datetime) -> Slice:
    """Find pairs among the account's people, the latest first, and note the look."""
    roles.require(staff, "people")
    pairs: dict[Ids, set[Reason]] = {}
    looked_at = 0
    people = await _latest(session, staff, below)
    while people:
        await _add_pairs(session, staff, people, pairs)
        below = people[-1].id
        looked_at += len(people)
        if len(pairs) >= PAGE_PAIRS or looked_at >= MOST_PEOPLE:
            break
        people = await _latest(session, staff, below)
    undecided = await _undecided(session, staff, pairs)
    shown = [(pair.earlier.id, pair.later.id) for pair in undecided]
    await lists.note(
        session,
        roles.actor(staff),
        "duplicates.viewed",
        "people",
        now,
        itertools.chain.from_iterable(shown),
        found=len(undecided),
    )
    return Slice(undecided, below if people else None)


async def _latest(session: AsyncSession, staff: Staff, below: int | None) -> list[Person]:
    query = _visible(staff).order_by(Person.id.desc()).limit(SLICE_PEOPLE)
    if below is not None:
        query = query.where(Person.id < below)
    return list(await session.scalars(query))


def _visible(staff: Staff) -> Select[Person]:
    """Select the people of an account; a number that never wrote is nobody yet."""
    has_told = or_(Person.name.is_not(None), Person.consented_at.is_not(None))
    return select(Person).where(
        Person.forgotten_at.is_(None),
        has_told,
        roles.is_covered(staff, Person.country),
    )


async def _add_pairs(
    session: AsyncSession,
    staff: Staff,
    people: Sequence[Person],
    pairs: dict[Ids, set[Reason]],
) -> None:
    for ids in await _same_numbers(session, people):
        pairs.setdefault(ids, set()).add(Reason.PHONE)
    for person in people:
        for ids in await _namesakes(session, staff, person):
            pairs.setdefault(ids, set()).add(Reason.NAME)


async def _same_numbers(session: AsyncSession, people: Sequence[Person]) -> set[Ids]:
    """Pair people with those who typed the same number, and with those who write from it."""
    owners = await _owners(session, people)
    pairs = set()
    for person in people:
        for other_id in owners.get(person.phone or "", set()):
            if other_id != person.id:
                pairs.add(_ordered(person.id, other_id))
    return pairs


async def _owners(session: AsyncSession, people: Sequence[Person]) -> dict[str, set[int]]:
    """Look up who typed the numbers that these people typed, or writes from them."""
    owners: dict[str, set[int]] = {}
    for person in people:
        if person.phone is not None:
            owners[person.phone] = set()
    typed_so = select(Person).where(Person.phone_index.in_(list(owners)))
    for other in await session.scalars(typed_so):
        if other.phone in owners:
            owners[other.phone].add(other.id)
    indexes = [f"sms:{phone}" for phone in owners]
    write_from = select(Address).where(Address.index.in_(indexes))
    for address in await session.scalars(write_from):
        owners[address.address].add(address.person_id)
    return owners


def _ordered(first_id: int, second_id: int) -> Ids:
    return max(first_id, second_id), min(first_id, second_id)


async def _namesakes(session: AsyncSession, staff: Staff, person: Person) -> set[Ids]:
    """Pair a person with those in the same place whose name has all parts of theirs."""
    groups = name_keys.searched(person.name or "")
    if len(groups) < MIN_NAME_PARTS or person.country is None:
        return set()
    with_parts = map(_with_part, groups)
    candidates = intersect(*with_parts).subquery()
    candidate_ids = select(candidates.c[0])
    nearby = _visible(staff).where(
        Person.id.in_(candidate_ids),
        Person.id != person.id,
        Person.country == person.country,
    )
    limited = nearby.limit(MAX_NAMESAKES)
    pairs = set()
    for other in await session.scalars(limited):
        cities = {person.city, other.city} - {None}
        if len(cities) <= 1:
            pairs.add(_ordered(person.id, other.id))
    return pairs


def _with_part(keys: Iterable[str]) -> Select[int]:
    return select(NameWord.person_id).where(NameWord.word.in_(sorted(keys)))


async def _undecided(
    session: AsyncSession,
    staff: Staff,
    pairs: dict[Ids, set[Reason]],
) -> list[Pair]:
    """Return the pairs that the account may see and nobody decided about."""
    ids = set(itertools.chain.from_iterable(pairs))
    query = _visible(staff).where(Person.id.in_(ids))
    visible = await session.scalars(query)
    people = {person.id: person for person in visible}
    decided = await _decided(session, ids)
    undecided = []
    for pair in sorted(pairs, reverse=True):
        later = people.get(pair[0])
        earlier = people.get(pair[1])
        if later is None or earlier is None or pair in decided:
            continue
        if later.synthetic != earlier.synthetic:
            continue
        reasons = [reason for reason in Reason if reason in pairs[pair]]
        undecided.append(Pair(later, earlier, tuple(reasons)))
    return undecided


async def _decided(session: AsyncSession, ids: Iterable[int]) -> set[Ids]:
    columns = select(
        DistinctPeople.person_id,
        DistinctPeople.other_id,
    )
    verdicts = columns.where(DistinctPeople.person_id.in_(ids))
    decided = set()
    for person_id, other_id in await session.execute(verdicts):
        decided.add((person_id, other_id))
    return decided


async def both(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    other_id: int,
    is_locked: bool = False,
) -> tuple[Person, Person]:
    """Return two people of the account, locked on demand. Raises ConsularError."""
    if person_id == other_id:
        raise ConsularError("These are one record already.")
    people = {}
    for number in sorted((person_id, other_id)):
        if is_locked:
            await session.get(Person, number, with_for_update=True, populate_existing=True)
        people[number] = await search.mine(session, staff, number)
    person, other = people[person_id], people[other_id]
    if person.synthetic != other.synthetic:
        raise ConsularError("One of them was made up for an exercise: they cannot be merged.")
    return person, other


async def merge(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    duplicate_id: int,
    now: datetime,
) -> Merge:
    """Let one record become part of another; for 30 days it can be undone. Raises ConsularError."""
    person, _duplicate = await both(session, staff, person_id, duplicate_id, is_locked=True)
    return await merging.merge(session, person, duplicate_id, roles.actor(staff), now)


async def unmerge(session: AsyncSession, staff: Staff, merge_id: int, now: datetime) -> Person:
    """Undo a merge; return the person who is back. Raises ConsularError.

    The account looks after the countries of both.
    """
    merged = await session.get(Merge, merge_id)
    if merged is not None:
        await search.mine(session, staff, merged.person_id)
    if merged is not None and merged.parts is not None:
        roles.require(staff, "people", merged.parts["person"]["country"])
    return await splitting.undo(session, merge_id, roles.actor(staff), now)


async def set_apart(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    other_id: int,
    now: datetime,
) -> None:
    """Remember that two records are two people, and offer them no more. Raises ConsularError."""
    await both(session, staff, person_id, other_id, is_locked=True)
    pair = ((person_id, other_id), (other_id, person_id))
    for first_id, second_id in pair:
        earlier = delete(DistinctPeople).where(
            DistinctPeople.person_id == first_id,
            DistinctPeople.other_id == second_id,
        )
        await session.execute(earlier)
        verdict = DistinctPeople(
            person_id=first_id,
            other_id=second_id,
            decided_at=now,
            decided_by=staff.id,
        )
        session.add(verdict)
    await session.flush()
    for first_id, second_id in pair:
        await trail.note(
            session,
            roles.actor(staff),
            "person.set_apart",
            f"person:{first_id}",
            now,
            other=second_id,
        )
