"""Keys of the search: made when a name or a number is set, and anew when their making changes.

Numbers that a person writes from and numbers that somebody typed have keys that never meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.people import name_keys
from bot.messages import Channel
from bot.models import SEARCH_VERSION, Address, NameWord, NumberEnding, Person, TypedEnding
from bot.runtime.database import Database
from bot.text import numbers

SLICE_PEOPLE = 500

Rows = list[dict[str, Any]]


def of_name(
    person_id: int,
    name: str | None,
) -> Rows:
    """Return the rows of `name_words` of a person."""
    rows: Rows = []
    for key in sorted(name_keys.stored(name or "")):
        rows.append(
            {
                "person_id": person_id,
                "word": key,
            }
        )
    return rows


def of_numbers(
    person_id: int,
    phones: Iterable[str],
) -> Rows:
    """Return the rows of `number_endings`, or `typed_endings`, of a person's numbers (E.164)."""
    endings: set[str] = set()
    for phone in phones:
        endings.update(numbers.endings(phone))
    rows: Rows = []
    for ending in sorted(endings):
        rows.append(
            {
                "person_id": person_id,
                "ending": ending,
            }
        )
    return rows


def phone_of(
    channel: Channel,
    address: str,
) -> str | None:
    """Return the number of an address; None where it has none, as on Telegram."""
    if channel is Channel.TELEGRAM:
        return None
    return address.rpartition(":")[2]


async def make(
    session: AsyncSession,
    people: Sequence[Person],
) -> None:
    """Make the keys of these people anew, from their names, numbers and addresses."""
    await make_of_names(session, people)
    await make_of_numbers(session, people)
    ids = [person.id for person in people]
    outdated = update(Person).where(Person.id.in_(ids))
    renewed = outdated.values(search_version=SEARCH_VERSION)
    unread = renewed.execution_options(synchronize_session=False)
    await session.execute(unread)


async def make_of_names(
    session: AsyncSession,
    people: Sequence[Person],
) -> None:
    """Make the keys of these people's names anew."""
    ids = [person.id for person in people]
    rows: Rows = []
    for person in people:
        rows.extend(of_name(person.id, person.name))
    await _replace(session, NameWord, ids, rows)


async def make_of_numbers(
    session: AsyncSession,
    people: Sequence[Person],
) -> None:
    """Make the keys of these people's numbers anew, those of their addresses and typed ones."""
    phones = await _phones(session, people)
    rows: Rows = []
    for person in people:
        rows.extend(of_numbers(person.id, phones[person.id]))
    await _replace(session, NumberEnding, list(phones), rows)
    await _make_typed(session, people, phones)


async def _make_typed(
    session: AsyncSession,
    people: Sequence[Person],
    phones: Mapping[int, list[str]],
) -> None:
    """Make the keys of numbers that somebody typed."""
    rows: Rows = []
    for person in people:
        typed_phone = _typed_phone(person, phones[person.id])
        if typed_phone is not None:
            rows.extend(of_numbers(person.id, [typed_phone]))
        elif person.phone_index is None:
            continue
        person.phone_index = typed_phone
    await session.flush()
    ids = list(phones)
    await _replace(session, TypedEnding, ids, rows)


def _typed_phone(person: Person, phones: Iterable[str]) -> str | None:
    """Return the number of a person that no network vouched for; None where it is an address."""
    if person.phone is None or person.phone in phones:
        return None
    return person.phone


async def _replace(
    session: AsyncSession,
    table: Any,
    ids: Sequence[int],
    rows: Rows,
) -> None:
    """Put rows in place of those that people have in a table."""
    earlier = delete(table).where(table.person_id.in_(ids))
    await session.execute(earlier)
    if rows:
        adding = insert(table)
        await session.execute(adding, rows)


async def _phones(
    session: AsyncSession,
    people: Sequence[Person],
) -> dict[int, list[str]]:
    """Look up the numbers that people write from, by person."""
    phones: dict[int, list[str]] = {}
    for person in people:
        phones[person.id] = []
    columns = select(
        Address.person_id,
        Address.channel,
        Address.address,
    )
    of_people = columns.where(Address.person_id.in_(phones))
    addresses = await session.execute(of_people)
    for person_id, channel, address in addresses:
        phone = phone_of(channel, address)
        if phone:
            phones[person_id].append(phone)
    return phones


async def renew(database: Database) -> int:
    """Make the keys of all people whose keys are of an earlier version; return how many.

    A slice of people a transaction: stopped in between, the next run goes on.
    """
    count = 0
    while True:
        async with database.begin() as session:
            outdated = Person.search_version.is_distinct_from(SEARCH_VERSION)
            query = select(Person).where(outdated).order_by(Person.id).limit(SLICE_PEOPLE)
            people = list(await session.scalars(query))
            if not people:
                return count
            await make(session, people)
        count += len(people)
