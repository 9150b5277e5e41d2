"""Search and records of people for staff. The audit trail notes every look."""

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
from bot.consular.people.facts import name_words, subject
from bot.consular.reference.places import STALE_AFTER
from bot.consular.staff import roles
from bot.models import Address, AuditNote, Case, CheckIn, NameWord, Person, Staff, is_counted
from bot.text import text

History = TypeVar("History", CheckIn, Case)

MAX_RESULTS = 50  # people a search shows
MAX_HISTORY = 50  # check-ins or cases a record shows
MIN_PHONE_DIGITS = 6
HOME_REGION = "LY"
_PUNCTUATION = re.compile(r"[\s()+.\-]")
_NO_DIGITS = re.compile(r"[^\d+]")


@dataclass(frozen=True, slots=True)
class Record:
    """All that staff see of one person."""

    person: Person
    addresses: list[Address]
    check_ins: list[CheckIn]  # latest first
    cases: list[Case]  # latest first
    notes: list[AuditNote]  # latest first


async def search(
    session: AsyncSession,
    staff: Staff,
    query: str,
    now: datetime,
) -> list[Person]:
    """Find people by words of their name (in any spelling) or by phone number; at most 50.

    The audit note does not hold the query.
    """
    roles.require(staff, "people")
    people: list[Person] = []
    if query.strip():
        people = list(await session.scalars(_matching(staff, query)))
    actor = roles.actor(staff)
    await trail.note(
        session,
        actor,
        "people.searched",
        "people",
        now,
        found=len(people),
    )
    return people


def _matching(staff: Staff, query: str) -> Select[Person]:
    ids = _by_phone(staff, query) if _is_phone(query) else _by_name(query)
    people = select(Person).where(
        Person.id.in_(ids),
        Person.forgotten_at.is_(None),
    )
    if staff.post_country:
        people = people.where(Person.country == staff.post_country)
    latest = people.order_by(Person.registered_at.desc(), Person.id.desc())
    return latest.limit(MAX_RESULTS)


def _is_phone(query: str) -> bool:
    digits = _PUNCTUATION.sub("", text.ascii_digits(query))
    return digits.isdigit() and len(digits) >= MIN_PHONE_DIGITS


def _by_name(query: str) -> Select[int]:
    skeletons = name_words(query)
    return (
        select(NameWord.person_id)
        .where(NameWord.word.in_(skeletons))
        .group_by(NameWord.person_id)
        .having(func.count() == len(skeletons))
    )


def _by_phone(staff: Staff, query: str) -> Select[int]:
    numbers = sorted(_readings(query, staff.post_country))
    addresses: list[str] = []
    for number in numbers:
        addresses.append(f"sms:{number}")
        addresses.append(f"phone:chat:{number}")
        addresses.append(f"phone:text:{number}")
    by_address = select(Address.person_id).where(Address.index.in_(addresses))
    has_number = Person.phone_index.in_(numbers)
    return select(Person.id).where(has_number | Person.id.in_(by_address))


def _readings(query: str, country: str | None) -> set[str]:
    """Return what a number as written may be in E.164.

    International, or as people dial it at the post or in Libya.
    """
    digits = _NO_DIGITS.sub("", text.ascii_digits(query))
    international = digits.removeprefix("00").lstrip("+")
    readings = {f"+{international}"}
    for region in (HOME_REGION, country):
        number = _dialled(digits, region) if region else None
        if number is not None:
            readings.add(number)
    return readings


def _dialled(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def view(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    now: datetime,
) -> Record:
    """Return one person's record, and add an audit note of the look. Raises ConsularError."""
    person = await session.get(Person, person_id)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(staff, "people", person.country)
    addresses = select(Address).where(Address.person_id == person_id)
    record = Record(
        person,
        addresses=list(await session.scalars(addresses.order_by(Address.id))),
        check_ins=list(await session.scalars(_latest(CheckIn, person_id))),
        cases=list(await session.scalars(_latest(Case, person_id))),
        notes=await trail.of(session, subject(person)),
    )
    await trail.note(
        session,
        roles.actor(staff),
        "person.viewed",
        subject(person),
        now,
    )
    return record


def _latest(table: type[History], person_id: int) -> Select[History]:
    of_person = select(table).where(table.person_id == person_id)
    return of_person.order_by(table.id.desc()).limit(MAX_HISTORY)


async def by_country(
    session: AsyncSession,
    now: datetime,
) -> list[tuple[str | None, int, int]]:
    """Count people by country: (country, people, of them stale), most people first.

    The country is None for people who have not said where they are. Synthetic people do not count.
    """
    is_stale = Person.placed_at < now - STALE_AFTER
    stale = func.sum(case((is_stale, 1), else_=0))
    people = func.count()
    query = (
        select(Person.country, people, stale)
        .where(
            Person.forgotten_at.is_(None),
            is_counted(drill=False),
        )
        .group_by(Person.country)
        .order_by(people.desc())
    )
    rows = await session.execute(query)
    return [(country, count, stale_count) for country, count, stale_count in rows]
