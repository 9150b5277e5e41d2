"""Tags: words that staff keep beside a person ("student", "pilgrim") to choose audiences by.

Never anything sensitive.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import Subquery, and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people.facts import subject
from bot.consular.staff import roles
from bot.models import Person, PersonTag, Staff
from bot.text import text

MAX_TAG_CHARS = 40
MAX_TAGS = 20  # of one person
MAX_TAGS_OFFERED = 200  # in a form


async def of(session: AsyncSession, person_id: int) -> list[str]:
    """Return the tags of a person, in order."""
    query = select(PersonTag.words).where(PersonTag.person_id == person_id)
    tags = await session.scalars(query)
    return sorted(tags)


async def known(session: AsyncSession, staff: Staff) -> list[tuple[str, int]]:
    """Return (tag, people) of the tags among the account's people, the commonest first."""
    commonest = _commonest(staff)
    is_first = and_(
        PersonTag.tag == commonest.c.tag,
        PersonTag.person_id == commonest.c.first_person_id,
    )
    query = select(PersonTag, commonest.c.people).join(commonest, is_first)
    counts: Counter[str] = Counter()
    for tag, people in await session.execute(query):
        counts[tag.words] += people  # while a key is replaced, a tag may have two indexes
    return sorted(counts.items(), key=_commonest_first)


def _commonest(staff: Staff) -> Subquery:
    """Select the blind tags among the account's people, how many have each, and one who has it."""
    people = func.count().label("people")
    first_person_id = func.min(PersonTag.person_id).label("first_person_id")
    query = select(PersonTag.tag, people, first_person_id)
    covered = roles.countries(staff)
    if covered is not None:
        query = query.join(Person, Person.id == PersonTag.person_id)
        query = query.where(Person.country.in_(covered))
    by_tag = query.group_by(PersonTag.tag).order_by(people.desc(), PersonTag.tag)
    return by_tag.limit(MAX_TAGS_OFFERED).subquery()


def _commonest_first(count: tuple[str, int]) -> tuple[int, str]:
    words, people = count
    return -people, words


async def add(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    tag: str,
    now: datetime,
) -> None:
    """Put a tag on a person; one that is there already stays. Raises ConsularError."""
    person = await _person(session, staff, person_id)
    clean_tag = text.clean(" ".join(tag.split()), MAX_TAG_CHARS + 1)
    if not 1 <= len(clean_tag) <= MAX_TAG_CHARS:
        raise ConsularError("A tag has 1 to {most} letters.", most=MAX_TAG_CHARS)
    present = await of(session, person.id)
    if clean_tag in present:
        return
    if len(present) >= MAX_TAGS:
        raise ConsularError("A person has at most {most} tags.", most=MAX_TAGS)
    new = PersonTag(
        person_id=person.id,
        tag=clean_tag,
        words=clean_tag,
    )
    session.add(new)
    await _record_change(
        session,
        staff,
        person,
        "person.tagged",
        now,
    )


async def remove(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    tag: str,
    now: datetime,
) -> None:
    """Take a tag off a person. Raises ConsularError."""
    person = await _person(session, staff, person_id)
    statement = delete(PersonTag).where(
        PersonTag.person_id == person.id,
        PersonTag.tag == tag,
    )
    await session.execute(statement)
    await _record_change(
        session,
        staff,
        person,
        "person.untagged",
        now,
    )


async def _person(session: AsyncSession, staff: Staff, person_id: int) -> Person:
    person = await session.get(Person, person_id, with_for_update=True)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(staff, "people", person.country)
    return person


async def _record_change(
    session: AsyncSession,
    staff: Staff,
    person: Person,
    action: str,
    now: datetime,
) -> None:
    """Record that the person may now be in other audiences.

    The trail says who and when; the tag itself stays with the person.
    """
    person.changed_at = now
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        action,
        subject(person),
        now,
    )
