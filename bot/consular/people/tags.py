"""Tags: words that staff keep beside a person ("student", "pilgrim") to choose audiences by.

Never anything sensitive.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
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
    query = select(PersonTag.tag).where(PersonTag.person_id == person_id)
    return list(await session.scalars(query.order_by(PersonTag.tag)))


async def known(session: AsyncSession, staff: Staff) -> list[tuple[str, int]]:
    """Return (tag, people) of the tags among the account's people, the commonest first."""
    people = func.count()
    query = select(PersonTag.tag, people).group_by(PersonTag.tag)
    if staff.post_country:
        query = query.join(Person, Person.id == PersonTag.person_id)
        query = query.where(Person.country == staff.post_country)
    query = query.order_by(people.desc(), PersonTag.tag)
    rows = await session.execute(query.limit(MAX_TAGS_OFFERED))
    return [(tag, count) for tag, count in rows]


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
    session.add(PersonTag(person_id=person.id, tag=clean_tag))
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
