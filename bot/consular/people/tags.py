"""Tags: a word staff keep beside a person ("student", "pilgrim"), for choosing audiences. Never anything sensitive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Person, PersonTag, Staff
from bot.text import text

LETTERS = 40
MOST = 20  # of one person
OFFERED = 200  # in a form


async def of(session: AsyncSession, person_id: int) -> list[str]:
    """The tags of a person, in order."""
    mine = select(PersonTag.tag).where(PersonTag.person_id == person_id)
    return list(await session.scalars(mine.order_by(PersonTag.tag)))


async def known(session: AsyncSession, staff: Staff) -> list[tuple[str, int]]:
    """The tags in use among the people this account looks after, with how many have them; the commonest first."""
    people = func.count()
    query = (
        select(PersonTag.tag, people)
        .group_by(PersonTag.tag)
        .order_by(people.desc(), PersonTag.tag)
        .limit(OFFERED)
    )
    if staff.post_country:
        query = query.join(Person, Person.id == PersonTag.person_id).where(
            Person.country == staff.post_country
        )
    return [(tag, n) for tag, n in await session.execute(query)]


async def add(session: AsyncSession, staff: Staff, person_id: int, tag: str, now: datetime) -> None:
    """Puts a tag on a person; one that is there already stays. Raises ConsularError."""
    person = await _person(session, staff, person_id)
    words = text.clean(" ".join(tag.split()), LETTERS + 1)
    if not 1 <= len(words) <= LETTERS:
        raise ConsularError("A tag has 1 to {most} letters.", most=LETTERS)
    had = await of(session, person.id)
    if words in had:
        return
    if len(had) >= MOST:
        raise ConsularError("A person has at most {most} tags.", most=MOST)
    session.add(PersonTag(person_id=person.id, tag=words))
    await _changed(session, staff, person, "person.tagged", now)


async def remove(
    session: AsyncSession, staff: Staff, person_id: int, tag: str, now: datetime
) -> None:
    """Takes a tag away. Raises ConsularError."""
    person = await _person(session, staff, person_id)
    await session.execute(
        delete(PersonTag).where(PersonTag.person_id == person.id, PersonTag.tag == tag)
    )
    await _changed(session, staff, person, "person.untagged", now)


async def _person(session: AsyncSession, staff: Staff, person_id: int) -> Person:
    person = await session.get(Person, person_id, with_for_update=True)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(staff, "people", *([person.country] if staff.post_country else []))
    return person


async def _changed(
    session: AsyncSession, staff: Staff, person: Person, action: str, now: datetime
) -> None:
    """They may now be in other audiences. The trail says who and when; the word itself stays with the person."""
    person.changed_at = now
    await session.flush()
    await trail.note(session, roles.actor(staff), action, f"person:{person.id}", now)
