"""Whom to call in an emergency when a person does not answer.

Staff call them; no message ever goes to the number, and it links nobody to another record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people.facts import subject
from bot.models import Address, EmergencyContact, Person
from bot.text import text

MAX_NAME_CHARS = 80


class OwnNumberError(ValueError):
    """The number is the person's own: whoever calls it reaches nobody else."""


async def of(session: AsyncSession, person_id: int) -> EmergencyContact | None:
    """Return the emergency contact of a person."""
    return await session.get(EmergencyContact, person_id)


async def of_people(
    session: AsyncSession,
    person_ids: Sequence[int],
) -> dict[int, EmergencyContact]:
    """Return the emergency contacts of these people, by their ids."""
    query = select(EmergencyContact).where(EmergencyContact.person_id.in_(person_ids))
    contacts = await session.scalars(query)
    return {contact.person_id: contact for contact in contacts}


async def keep(
    session: AsyncSession,
    person: Person,
    phone: str,
    now: datetime,
    name: str | None = None,
    relation: str | None = None,
    actor: str = "",
) -> EmergencyContact:
    """Keep the contact of a person in place of an earlier one. `phone` is E.164.

    `actor` is staff, where they put it right. Raises OwnNumberError.
    """
    if await is_own(session, person, phone):
        raise OwnNumberError(phone)
    contact = await of(session, person.id)
    if contact is None:
        contact = EmergencyContact(person_id=person.id)
        session.add(contact)
    contact.name = (name and text.clean(" ".join(name.split()), MAX_NAME_CHARS)) or None
    contact.relation = relation
    contact.phone = phone
    contact.told_at = now
    await session.flush()
    name_of_person = subject(person)
    await trail.note(session, actor or name_of_person, "contact.kept", name_of_person, now)
    return contact


async def remove(session: AsyncSession, person: Person, now: datetime, actor: str = "") -> bool:
    """Forget the contact of a person; tell whether there was one."""
    contact = await of(session, person.id)
    if contact is None:
        return False
    await session.delete(contact)
    await session.flush()
    name_of_person = subject(person)
    await trail.note(session, actor or name_of_person, "contact.removed", name_of_person, now)
    return True


async def is_own(session: AsyncSession, person: Person, phone: str) -> bool:
    """Tell whether a number is one that the person writes from, or gave as theirs."""
    if person.phone == phone:
        return True
    query = select(Address).where(Address.person_id == person.id)
    for address in await session.scalars(query):
        if address.address.removeprefix("text:") == phone:
            return True
    return False
