"""Search and records of people for staff. The audit trail notes every look."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import phonenumbers
from sqlalchemy import Select, case, func, intersect, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.consular.audit import lists, trail
from bot.consular.errors import ConsularError
from bot.consular.people import household_needs, name_keys
from bot.consular.people.facts import subject
from bot.consular.reference import freshness
from bot.consular.staff import roles
from bot.messages import Form
from bot.models import (
    Address,
    AuditNote,
    Case,
    CheckIn,
    NameWord,
    NumberEnding,
    Person,
    Staff,
    TypedEnding,
    is_counted,
)
from bot.text import numbers, text
from nlu.language.folding import fold

History = TypeVar("History", CheckIn, Case)

MAX_RESULTS = 50  # people a search shows
FIRST_IDS = 200  # looked at first, for those that an account may see
MOST_IDS = 5000
MAX_HISTORY = 50  # check-ins or cases a record shows
HOME_REGION = "LY"
# Words before a number.
_LABELS = frozenset(
    fold("رقم رقمه رقمها الرقم هاتف الهاتف جوال tel phone mobile number no whatsapp واتساب").split()
)
# The digits of a number, apart or together.
_NUMBER = re.compile(r"[+(]*\d(?:[\s()+./\-]*\d){3,}[)+]*")


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
    country: str = "",
) -> list[Person]:
    """Find people by parts of their name (in any spelling) and digits of a number; at most 50.

    The digits are a whole number, as dialled anywhere, or its last four and more. Vulnerable
    people come first among those whose number is proven alike. `country` (alpha-2) limits the
    search to the people there.

    The audit note does not hold the query.
    """
    chosen_countries = [country] if country else []
    roles.require(staff, "people", *chosen_countries)
    people: list[Person] = []
    conditions = _conditions(staff, query)
    if conditions:
        seen_countries = chosen_countries or roles.countries(staff)
        people = await _matching(session, seen_countries, conditions)
    confirmed = await with_confirmed_number(session, people)
    first = await vulnerable_among(session, people)

    def order(person: Person) -> tuple[bool, bool]:
        # A typed number proves nothing.
        return person.id not in confirmed, person.id not in first

    people.sort(key=order)
    actor = roles.actor(staff)
    await lists.note(
        session,
        actor,
        "people.searched",
        "people",
        now,
        [person.id for person in people],
        found=len(people),
    )
    return people


async def with_confirmed_number(session: AsyncSession, people: Sequence[Person]) -> set[int]:
    """Return the ids of those whose number the network vouched for: it is an address of theirs."""
    if not people:
        return set()
    addresses = select(Address).where(
        Address.person_id.in_([person.id for person in people]),
        Address.form == Form.TEXT,
    )
    addresses_of: dict[int, list[Address]] = {}
    for address in await session.scalars(addresses):
        addresses_of.setdefault(address.person_id, []).append(address)
    confirmed: set[int] = set()
    for person in people:
        if is_number_confirmed(person, addresses_of.get(person.id, [])):
            confirmed.add(person.id)
    return confirmed


def is_number_confirmed(person: Person, addresses: Sequence[Address]) -> bool:
    """Tell whether the network vouched for a person's number, by all their addresses."""
    own_numbers: set[str] = set()
    for address in addresses:
        if address.form is Form.TEXT:
            number = address.address.removeprefix("text:")
            own_numbers.add(number)
    is_typed_only = person.phone is not None and person.phone not in own_numbers
    return bool(own_numbers) and not is_typed_only


async def vulnerable_among(session: AsyncSession, people: Sequence[Person]) -> set[int]:
    """Return the ids of those who go first."""
    ids = [person.id for person in people]
    return set(await session.scalars(household_needs.vulnerable_among(ids)))


def _conditions(staff: Staff, query: str) -> list[Select[int]]:
    """Return selects of people: those who are meant are in each, by part of a name or number."""
    written = text.without_invisible(text.ascii_digits(query))
    conditions: list[Select[int]] = []
    for match in _NUMBER.finditer(written):
        conditions.append(_by_phone(staff, match[0]))
    words = _NUMBER.sub(" ", written).split()
    is_label = bool(conditions) and all(fold(word.strip(":")) in _LABELS for word in words)
    if not is_label:
        for keys in name_keys.searched(" ".join(words)):
            conditions.append(_by_name(keys))
    return conditions


async def _matching(
    session: AsyncSession,
    countries: Sequence[str] | None,
    conditions: Sequence[Select[int]],
) -> list[Person]:
    """Look up people who are in each select and in one of some countries, the latest first.

    Ids come first, from the keys alone, a few and then more: a common name has thousands.
    """
    people: list[Person] = []
    below: int | None = None
    size = FIRST_IDS
    while len(people) < MAX_RESULTS:
        ids = await _ids(session, conditions, below, size)
        if ids:
            latest = _visible(countries, ids).limit(MAX_RESULTS - len(people))
            people.extend(await session.scalars(latest))
        if len(ids) < size:
            break
        below = ids[-1]
        size = MOST_IDS
    return people


async def _ids(
    session: AsyncSession,
    conditions: Sequence[Select[int]],
    below: int | None,
    size: int,
) -> list[int]:
    """Look up the highest ids that are in each select, those from `below` on left out."""
    candidates = intersect(*conditions).subquery()
    person_id = candidates.c[0]
    query = select(person_id).distinct().order_by(person_id.desc()).limit(size)
    if below is not None:
        query = query.where(person_id < below)
    return list(await session.scalars(query))


def _visible(countries: Sequence[str] | None, ids: Sequence[int]) -> Select[Person]:
    """Select those of these people who are in some countries (None: in any), the latest first."""
    people = select(Person).where(
        Person.id.in_(ids),
        Person.forgotten_at.is_(None),
    )
    if countries is not None:
        people = people.where(Person.country.in_(countries))
    return people.order_by(Person.id.desc())


def _by_name(keys: Collection[str]) -> Select[int]:
    return select(NameWord.person_id).where(NameWord.word.in_(sorted(keys)))


def _by_phone(staff: Staff, query: str) -> Select[int]:
    endings = sorted(_endings(query, roles.countries(staff) or ()))
    ends_so = select(NumberEnding.person_id).where(NumberEnding.ending.in_(endings))
    typed_so = select(TypedEnding.person_id).where(TypedEnding.ending.in_(endings))
    numbers_in_full = [f"+{digits}" for digits in endings]
    has_number = select(Person.id).where(Person.phone_index.in_(numbers_in_full))
    return select(union(ends_so, typed_so, has_number).subquery().c[0])


def _endings(query: str, countries: Sequence[str]) -> set[str]:
    """Return the digits that a number may end with.

    As written, without the zeros before a country or an area, and as dialled at the post or in
    Libya.
    """
    digits = numbers.dialled(query).lstrip("+")
    readings = {digits}
    without_zeros = digits.lstrip("0")
    if len(without_zeros) >= numbers.MIN_ENDING_DIGITS:
        readings.add(without_zeros)
    for region in (HOME_REGION, *countries):
        number = _dialled(digits, region)
        if number is not None:
            readings.add(number.lstrip("+"))
    return readings


def _dialled(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


async def mine(session: AsyncSession, staff: Staff, person_id: int) -> Person:
    """Return a person of the account's countries. Raises ConsularError."""
    person = await session.get(Person, person_id)
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(staff, "people", person.country)
    return person


async def view(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    now: datetime,
) -> Record:
    """Return one person's record, and add an audit note of the look. Raises ConsularError."""
    person = await mine(session, staff, person_id)
    addresses = select(Address).where(Address.person_id == person_id)
    record = Record(
        person,
        addresses=list(await session.scalars(addresses.order_by(Address.id))),
        check_ins=list(await session.scalars(_latest(CheckIn, person_id, CheckIn.at))),
        cases=list(await session.scalars(_latest(Case, person_id, Case.id))),
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


def _latest(
    table: type[History],
    person_id: int,
    order: InstrumentedAttribute[Any],
) -> Select[History]:
    of_person = select(table).where(table.person_id == person_id)
    return of_person.order_by(order.desc()).limit(MAX_HISTORY)


async def by_country(
    session: AsyncSession,
    now: datetime,
) -> list[tuple[str | None, int, int]]:
    """Count people by country: (country, people, of them stale), most people first.

    The country is None for people who have not said where they are. Synthetic people do not count.
    """
    stale = func.sum(case((freshness.is_stale(now), 1), else_=0))
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
