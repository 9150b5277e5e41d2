"""What a warden sees of their people in a crisis: a number, a first name, how they are.

A telephone number is there only where its owner shares it, and no name where they hide it. Whoever
is silent comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import readings, standings
from bot.consular.crises import crises, reaching
from bot.consular.people import wardens
from bot.consular.people.addressing import first_name
from bot.models import (
    CheckIn,
    Crisis,
    Person,
    SharedWithWardens,
    WardenNumber,
    WardenSharing,
)

MAX_WARDS = 200  # of one warden in a list
PAGE_WARDS = 10  # in one message


@dataclass(frozen=True, slots=True)
class Ward:
    """A person of a warden's in a crisis. `name` is "" where it is hidden or was never told."""

    number: int
    person_id: int
    warden_id: int
    name: str
    phone: str | None
    standing: str

    @property
    def is_silent(self) -> bool:
        """Whether nothing is known of them."""
        return self.standing in standings.SILENT


async def crisis_of(session: AsyncSession, keeper: Person) -> Crisis | None:
    """Return the open crisis in which a warden looks after people.

    A real one before a drill, then the latest; None where the person is no warden in any.
    """
    areas = await wardens.active_of(session, keeper)
    countries = [warden.country for warden in areas]
    open_crises = await crises.open_in(session, countries)
    open_crises.sort(key=_real_and_latest_first)
    for crisis in open_crises:
        asks_such_people = crisis.drill if keeper.synthetic else crisis.real_people
        if asks_such_people:
            return crisis
    return None


def _real_and_latest_first(crisis: Crisis) -> tuple[bool, int]:
    return crisis.drill, -crisis.id


async def listed(session: AsyncSession, crisis: Crisis, keeper: Person) -> list[Ward]:
    """Return the people of a warden in a crisis, numbered, those who are silent first."""
    warden_ids = await _ward_ids(session, crisis, keeper)
    ids = list(warden_ids)
    if not ids:
        return []
    numbers = await _numbered(session, keeper, ids)
    people = await session.scalars(select(Person).where(Person.id.in_(ids)))
    sharing = await _sharing(session, ids)
    how_they_are = await _standings(session, crisis, ids)
    listed_wards: list[Ward] = []
    for person in people:
        name, phone = await _shown(session, person, sharing.get(person.id))
        ward = Ward(
            number=numbers[person.id],
            person_id=person.id,
            warden_id=warden_ids[person.id],
            name=name,
            phone=phone,
            standing=how_they_are.get(person.id, "not_asked"),
        )
        listed_wards.append(ward)
    listed_wards.sort(key=_silent_first)
    return listed_wards


async def _shown(
    session: AsyncSession,
    person: Person,
    shared: SharedWithWardens | None,
) -> tuple[str, str | None]:
    """Return the first name and the number that a warden sees of a person."""
    if shared is SharedWithWardens.NOTHING:
        return "", None
    name = first_name(person.name or "")
    if shared is SharedWithWardens.NUMBER:
        return name, await _number(session, person)
    return name, None


async def _number(session: AsyncSession, person: Person) -> str | None:
    addresses = await reaching.addresses(session, person)
    return reaching.number_to_call(person, addresses)


def _silent_first(ward: Ward) -> tuple[bool, int]:
    return not ward.is_silent, ward.number


async def _ward_ids(
    session: AsyncSession,
    crisis: Crisis,
    keeper: Person,
) -> dict[int, int]:
    """Return the people of a warden whom a crisis asks, 200 at most, each with the area's warden.

    In the order of their ids.
    """
    reading = await readings.read(session, crisis)
    warden_ids: dict[int, int] = {}
    for warden in await wardens.active_of(session, keeper):
        wards = await wardens.wards_of(session, warden)
        people = reading.join_questions(select(Person.id))
        people = people.where(reading.covers(), wards.condition())
        for person_id in await session.scalars(people.order_by(Person.id).limit(MAX_WARDS)):
            warden_ids.setdefault(person_id, warden.id)
    return warden_ids


async def _numbered(
    session: AsyncSession,
    keeper: Person,
    ids: Sequence[int],
) -> dict[int, int]:
    """Return the number of each person, given now to those who have none yet."""
    numbers = await numbers_of(session, keeper)
    last = max(numbers.values(), default=0)
    for person_id in ids:
        if person_id not in numbers:
            last += 1
            numbers[person_id] = last
            new = WardenNumber(keeper_id=keeper.id, person_id=person_id, number=last)
            session.add(new)
    await session.flush()
    return numbers


async def numbers_of(session: AsyncSession, keeper: Person) -> dict[int, int]:
    """Return the numbers that a warden was given, by the ids of the people."""
    known = select(WardenNumber).where(WardenNumber.keeper_id == keeper.id)
    numbers: dict[int, int] = {}
    for ward_number in await session.scalars(known):
        numbers[ward_number.person_id] = ward_number.number
    return numbers


async def _sharing(
    session: AsyncSession,
    ids: Sequence[int],
) -> Mapping[int, SharedWithWardens]:
    query = select(WardenSharing.person_id, WardenSharing.shared).where(
        WardenSharing.person_id.in_(ids),
    )
    sharing: dict[int, SharedWithWardens] = {}
    for person_id, shared in await session.execute(query):
        sharing[person_id] = shared
    return sharing


async def _standings(
    session: AsyncSession,
    crisis: Crisis,
    ids: Sequence[int],
) -> dict[int, str]:
    people = await session.execute(standings.standings(crisis.id, ids))
    return {person.id: person.standing for person in people}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many people of a warden a crisis asks, how many are silent, and how many were told of."""

    people: int
    silent: int
    reported: int


async def tally(
    session: AsyncSession,
    crisis: Crisis,
    wards: wardens.Wards,
) -> Tally:
    """Count the people of a warden in a crisis."""
    reading = await readings.read(session, crisis)
    people = reading.join_questions(select(func.count()).select_from(Person))
    everyone = people.where(reading.covers(), wards.condition())
    told_of = select(func.count(CheckIn.person_id.distinct())).select_from(Person)
    told_of = reading.join_questions(told_of).join(CheckIn, CheckIn.person_id == Person.id)
    told_of = told_of.where(
        reading.covers(),
        wards.condition(),
        CheckIn.crisis_id == crisis.id,
        CheckIn.via == "warden",
    )
    return Tally(
        people=await session.scalar(everyone) or 0,
        silent=await session.scalar(everyone.where(reading.is_silent())) or 0,
        reported=await session.scalar(told_of) or 0,
    )
