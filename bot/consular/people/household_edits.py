"""What officers put right in a household and its emergency contact; each change is audited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import emergency_contact, household, household_needs, search
from bot.consular.people.facts import subject
from bot.consular.staff import roles
from bot.models import Household, HouseholdMember, Person, Staff
from bot.text import text
from bot.text.text import ascii_digits


@dataclass(frozen=True, slots=True)
class MemberFields:
    """What a form says of a member: codes of `household_needs`; "" is what is not known."""

    relation: str
    name: str
    age: str
    needs: tuple[str, ...]


async def save_member(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    member_id: int | None,
    fields: MemberFields,
    now: datetime,
) -> None:
    """Change a member of a household, or add one (None). Raises ConsularError."""
    person = await search.mine(session, staff, person_id)
    _check(fields)
    if member_id is None:
        await _refuse_too_many(session, person_id)
        member = HouseholdMember(person_id=person_id)
        session.add(member)
    else:
        member = await _member(session, person_id, member_id)
    member.relation = fields.relation
    member.name = text.clean(" ".join(fields.name.split()), household.MAX_NAME_CHARS) or None
    member.age = fields.age or None
    member.needs = household_needs.joined(fields.needs)
    member.told_at = now
    await session.flush()
    await _finish(session, staff, person, now)


async def remove_member(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    member_id: int,
    now: datetime,
) -> None:
    """Take somebody out of a household; the party has one fewer. Raises ConsularError."""
    person = await search.mine(session, staff, person_id)
    member = await _member(session, person_id, member_id)
    await session.delete(member)
    await session.flush()
    if person.party_size is not None:
        person.party_size = max(1, person.party_size - 1)
    await _finish(session, staff, person, now)


async def save_own_needs(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    needs: Collection[str],
    now: datetime,
) -> None:
    """Set what the person needs themselves. Raises ConsularError."""
    person = await search.mine(session, staff, person_id)
    _check_needs(needs)
    own = await session.get(Household, person_id)
    if own is None:
        own = Household(person_id=person_id, rank=household_needs.NOBODY, told_at=now)
        session.add(own)
    own.own_needs = household_needs.joined(needs)
    await session.flush()
    await _finish(session, staff, person, now)


async def save_contact(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    name: str,
    relation: str,
    phone: str,
    now: datetime,
) -> None:
    """Set whom to call in an emergency; without a number nobody is. Raises ConsularError."""
    person = await search.mine(session, staff, person_id)
    actor = roles.actor(staff)
    if not phone.strip():
        await emergency_contact.remove(session, person, now, actor)
        return
    if relation and relation not in household_needs.RELATIONS:
        raise ConsularError("Choose what they are to the person.")
    number = _number(phone)
    try:
        await emergency_contact.keep(
            session, person, number, now, name or None, relation or None, actor
        )
    except emergency_contact.OwnNumberError:
        raise ConsularError("This is the number of the person: name somebody else.") from None


def _number(phone: str) -> str:
    """Return a number in E.164. Raises ConsularError."""
    try:
        number = phonenumbers.parse(ascii_digits(phone), None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise ConsularError("Write the number with its country, as +218912345678.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _check(fields: MemberFields) -> None:
    if fields.relation not in household_needs.RELATIONS:
        raise ConsularError("Choose what they are to the person.")
    if fields.age and fields.age not in household_needs.AGES:
        raise ConsularError("There is no such age.")
    _check_needs(fields.needs)


def _check_needs(needs: Collection[str]) -> None:
    if not set(needs) <= set(household_needs.NEEDS):
        raise ConsularError("There is no such need.")


async def _refuse_too_many(session: AsyncSession, person_id: int) -> None:
    query = select(func.count()).where(HouseholdMember.person_id == person_id)
    members = await session.scalar(query) or 0
    if members >= household.MAX_COMPANIONS:
        raise ConsularError("A household has at most {most} people.", most=household.MAX_COMPANIONS)


async def _member(session: AsyncSession, person_id: int, member_id: int) -> HouseholdMember:
    member = await session.get(HouseholdMember, member_id)
    if member is None or member.person_id != person_id:
        raise ConsularError("There is no such person in this household.")
    return member


async def _finish(session: AsyncSession, staff: Staff, person: Person, now: datetime) -> None:
    """Keep what lists are sorted by, and the size of the party; note the change."""
    await household.mark(session, person.id, now)
    members = (await household.of(session, person.id)).members
    if members:
        person.party_size = max(person.party_size or 0, len(members) + 1)
    await session.flush()
    await trail.note(session, roles.actor(staff), "household.corrected", subject(person), now)
