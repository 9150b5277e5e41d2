"""Search and views of people for staff. Every look is audited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import phonenumbers
from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people.facts import _self, name_words
from bot.consular.reference.places import STALE_AFTER
from bot.consular.staff import roles
from bot.models import Address, AuditNote, Case, CheckIn, NameWord, Person, Staff
from bot.text import text

R = TypeVar("R", CheckIn, Case)


FOUND = 50  # people a search shows


@dataclass(frozen=True, slots=True)
class Record:
    """All that staff see of one person."""

    person: Person
    addresses: list[Address]
    check_ins: list[CheckIn]  # latest first
    cases: list[Case]  # latest first
    notes: list[AuditNote]  # latest first


async def search(session: AsyncSession, staff: Staff, query: str, now: datetime) -> list[Person]:
    """People by words of their name (in any spelling) or by phone number; at most 50. Audited without the query."""
    roles.require(staff, "people")
    found = [] if not query.strip() else list(await session.scalars(_matching(staff, query)))
    await trail.note(
        session, roles.actor(staff), "people.searched", "people", now, found=len(found)
    )
    return found


def _matching(staff: Staff, query: str) -> Select[Person]:
    digits = re.sub(r"[\s()+.\-]", "", text.ascii_digits(query))
    chosen = _by_phone(staff, query) if digits.isdigit() and len(digits) >= 6 else _by_name(query)
    people = select(Person).where(Person.id.in_(chosen), Person.forgotten_at.is_(None))
    if staff.post_country:
        people = people.where(Person.country == staff.post_country)
    return people.order_by(Person.registered_at.desc(), Person.id.desc()).limit(FOUND)


def _by_name(query: str) -> Select[int]:
    words = name_words(query)
    matching = (
        select(NameWord.person_id).where(NameWord.word.in_(words)).group_by(NameWord.person_id)
    )
    return matching.having(func.count() == len(words))


def _by_phone(staff: Staff, query: str) -> Select[int]:
    numbers = sorted(_readings(query, staff.post_country))
    forms = [f"sms:{n}" for n in numbers] + [
        f"phone:{form}:{n}" for n in numbers for form in ("chat", "text")
    ]
    by_address = select(Address.person_id).where(Address.index.in_(forms))
    return select(Person.id).where(Person.phone_index.in_(numbers) | Person.id.in_(by_address))


def _readings(query: str, country: str | None) -> set[str]:
    """What a number as written may be in E.164: international, or as dialled at the post or in Libya."""
    digits = re.sub(r"[^\d+]", "", text.ascii_digits(query))
    plain = digits.removeprefix("00").lstrip("+")
    return {f"+{plain}"} | {
        e164 for region in ("LY", country) if region and (e164 := _dialled(digits, region))
    }


def _dialled(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def view(session: AsyncSession, staff: Staff, person_id: int, now: datetime) -> Record:
    """One person's record, and an audit note of the look. Raises ConsularError."""
    person = await session.get(Person, person_id)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(staff, "people", *([person.country] if staff.post_country else []))
    record = Record(
        person,
        list(
            await session.scalars(
                select(Address).where(Address.person_id == person_id).order_by(Address.id)
            )
        ),
        list(await session.scalars(_latest(CheckIn, person_id))),
        list(await session.scalars(_latest(Case, person_id))),
        await trail.of(session, _self(person)),
    )
    await trail.note(session, roles.actor(staff), "person.viewed", _self(person), now)
    return record


def _latest(kind: type[R], person_id: int) -> Select[R]:
    return select(kind).where(kind.person_id == person_id).order_by(kind.id.desc()).limit(50)


async def by_country(session: AsyncSession, now: datetime) -> list[tuple[str | None, int, int]]:
    """Rows of (country, people, of them stale), most people first; None for those who have not said where they are."""
    stale = func.sum(case((Person.placed_at < now - STALE_AFTER, 1), else_=0))
    people = func.count()
    query = (
        select(Person.country, people, stale)
        .where(Person.forgotten_at.is_(None))
        .group_by(Person.country)
    )
    return [
        (country, n, old)
        for country, n, old in await session.execute(query.order_by(people.desc()))
    ]
