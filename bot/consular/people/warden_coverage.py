"""Which people have a warden, by place: what a post sees before a crisis shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists
from bot.consular.people import wardens
from bot.consular.staff import roles
from bot.models import Person, Staff, Warden, WardenState, is_counted

MOST_WARDS = 50  # of one warden: more than that, nobody reaches in a night


@dataclass(frozen=True, slots=True)
class Coverage:
    """The people of a place who are registered, and its wardens. `city` is None where unknown."""

    country: str
    city: str | None
    people: int
    wardens: int

    @property
    def without(self) -> int:
        """Count the people who have no warden for the place."""
        return 0 if self.wardens else self.people

    @property
    def is_thin(self) -> bool:
        """Whether each warden would have to reach too many."""
        return self.wardens > 0 and self.people > self.wardens * MOST_WARDS


async def by_place(
    session: AsyncSession,
    staff: Staff,
    country: str | None = None,
) -> list[Coverage]:
    """Return each place with people, those with most people without a warden first."""
    roles.require(staff, "people")
    groups = await _groups(session, staff, country)
    cities = await _cities(session, [group.somebody_id for group in groups])
    active = await _active(session)
    places: list[Coverage] = []
    for group in groups:
        city = cities.get(group.somebody_id)
        count = _wardens_of(
            active,
            group.country,
            city,
        )
        places.append(
            Coverage(
                group.country,
                city,
                group.people,
                count,
            )
        )
    places.sort(key=_most_alone_first)
    return places


async def _groups(
    session: AsyncSession,
    staff: Staff,
    country: str | None,
) -> Sequence[Any]:
    """Count the registered people of each place, with the number of one of them."""
    people = select(
        Person.country,
        Person.city_index,
        func.count().label("people"),
        func.min(Person.id).label("somebody_id"),
    )
    people = people.where(
        Person.registered_at.is_not(None),
        Person.forgotten_at.is_(None),
        Person.country.is_not(None),
        is_counted(drill=False),
        roles.is_covered(staff, Person.country),
    )
    if country is not None:
        people = people.where(Person.country == country)
    groups = await session.execute(people.group_by(Person.country, Person.city_index))
    return groups.all()


async def _cities(session: AsyncSession, person_ids: Sequence[int]) -> dict[int, str | None]:
    people = await session.execute(
        select(Person.id, Person.city).where(Person.id.in_(person_ids)),
    )
    return {person.id: person.city for person in people}


async def _active(session: AsyncSession) -> list[Warden]:
    query = select(Warden).join(Person, Person.id == Warden.person_id)
    active = query.where(Warden.state == WardenState.ACTIVE, is_counted(drill=False))
    return list(await session.scalars(active))


def _wardens_of(
    active: Sequence[Warden],
    country: str,
    city: str | None,
) -> int:
    """Count the wardens of a city; where it has none, those of its country."""
    of_city = 0
    of_country = 0
    for warden in active:
        area = wardens.area_of(warden)
        if area.country != country or area.community is not None:
            continue
        if area.city is None:
            of_country += 1
        elif area.city == city:
            of_city += 1
    return of_city or of_country


def _most_alone_first(place: Coverage) -> tuple[int, int, str, str]:
    return -place.without, -place.people, place.country, place.city or ""


async def listed(
    session: AsyncSession,
    staff: Staff,
    country: str | None = None,
    state: WardenState | None = None,
) -> list[tuple[Warden, Person]]:
    """Return the wardens whom an account may see, those of one country or state; newest first."""
    roles.require(staff, "people")
    query = select(Warden, Person).join(Person, Person.id == Warden.person_id)
    query = query.where(roles.is_covered(staff, Warden.country))
    if country is not None:
        query = query.where(Warden.country == country)
    if state is not None:
        query = query.where(Warden.state == state)
    pairs = await session.execute(query.order_by(Warden.id.desc()))
    return [(warden, person) for warden, person in pairs]


async def note_look(
    session: AsyncSession,
    staff: Staff,
    shown: Sequence[tuple[Warden, Person]],
    now: datetime,
) -> None:
    """Note that an account saw the names of these wardens."""
    person_ids = [person.id for _warden, person in shown]
    await lists.note(session, roles.actor(staff), "wardens.viewed", "people", now, person_ids)
