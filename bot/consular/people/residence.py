"""Where somebody lives: it lasts while they travel, and is where they are after a trip."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.people.facts import subject
from bot.consular.reference import places
from bot.consular.reference.places import Place
from bot.models import Person, Residence, ResidenceSource


async def of(session: AsyncSession, person_id: int) -> Residence | None:
    """Return where a person lives; None where we do not know it."""
    return await session.get(Residence, person_id)


async def set_told(
    session: AsyncSession,
    person: Person,
    place: Place,
    told_at: datetime,
) -> None:
    """Set where a person lives, as they told it."""
    await _set(session, person, place, told_at, ResidenceSource.TOLD)


async def assume(session: AsyncSession, person: Person) -> None:
    """Take where a person is for where they live, before their first trip; what they told stays."""
    if person.country is None or await of(session, person.id) is not None:
        return
    place = places.place_of(person.city or person.country)
    told_at = person.placed_at or person.created_at
    await _set(session, person, place, told_at, ResidenceSource.BEFORE_TRIP)


async def _set(
    session: AsyncSession,
    person: Person,
    place: Place,
    told_at: datetime,
    source: ResidenceSource,
) -> None:
    residence = await of(session, person.id)
    if residence is None:
        residence = Residence(person_id=person.id)
        session.add(residence)
    residence.country = place.country
    residence.city = place.city
    residence.told_at = told_at
    residence.source = source
    await session.flush()
    name = subject(person)
    await trail.note(session, name, "person.resides", name, told_at, country=place.country)


async def confirm(session: AsyncSession, person_id: int, told_at: datetime) -> None:
    """Note that a person says again that they are where they live."""
    residence = await of(session, person_id)
    if residence is None or residence.told_at >= told_at:
        return
    residence.told_at = told_at
    await session.flush()


def place(residence: Residence) -> Place:
    """Return the place of a residence."""
    return places.place_of(residence.city or residence.country)


def is_at(residence: Residence, somewhere: Place) -> bool:
    """Tell whether a place is where somebody lives: the same city, or the country where we know
    no more of either.
    """
    if residence.country != somewhere.country:
        return False
    if residence.city is None or somewhere.city is None:
        return True
    return residence.city == somewhere.city
