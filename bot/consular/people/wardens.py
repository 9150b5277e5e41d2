"""Wardens: staff ask somebody to look after a place or a community; they agree, or not, in chat.

A person has one warden at most for the place where they are, and one for each community they are
of. A city's warden goes before the country's; several of one area share its people evenly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.errors import ConsularError
from bot.consular.people import tags
from bot.consular.people.facts import subject
from bot.consular.reference import places
from bot.consular.staff import roles
from bot.models import Person, PersonTag, Staff, Warden, WardenState

# Of the words that a warden agrees to ("warden_invitation"): raise it when they change.
AGREEMENT = "2026-11"
TRANSITIONS: Mapping[WardenState, frozenset[WardenState]] = {
    WardenState.INVITED: frozenset(
        {WardenState.ACTIVE, WardenState.DECLINED, WardenState.ENDED},
    ),
    WardenState.ACTIVE: frozenset({WardenState.ENDED}),
    WardenState.DECLINED: frozenset({WardenState.ACTIVE, WardenState.ENDED}),
    WardenState.ENDED: frozenset(),
}
# What the audit trail says of an answer.
_ANSWERS: Mapping[WardenState, str] = {
    WardenState.ACTIVE: "warden.active",
    WardenState.DECLINED: "warden.declined",
    WardenState.ENDED: "warden.ended",
}
# Of an area: who has one of these looks after it, or was asked to.
STANDING_STATES = (WardenState.INVITED, WardenState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Area:
    """What a warden looks after: a city, the people of a tag in a country, or all of a country."""

    country: str
    city: str | None = None
    community: str | None = None


def area_of(warden: Warden) -> Area:
    """Return what a warden looks after."""
    return Area(
        warden.country,
        warden.city,
        warden.community,
    )


async def appoint(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    area: Area,
    now: datetime,
) -> Warden:
    """Make a person the warden of an area, once they agree. Raises ConsularError.

    `warden_words.invite` asks them.
    """
    person = await _lock(
        session,
        staff,
        person_id,
    )
    await _check_area(
        session,
        staff,
        area,
    )
    if person.registered_at is None:
        raise ConsularError("Only somebody who is registered can be a warden.")
    for other in await _of_person(session, person.id):
        if other.state in STANDING_STATES and area_of(other) == area:
            raise ConsularError("This person is the warden of it already, or was asked.")
    warden = Warden(
        person_id=person.id,
        country=area.country,
        city=area.city,
        community=area.community,
        state=WardenState.INVITED,
        invited_at=now,
        invited_by=staff.id,
    )
    session.add(warden)
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "warden.invited",
        subject(person),
        now,
        country=area.country,
    )
    return warden


async def _lock(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
) -> Person:
    person = await session.get(
        Person,
        person_id,
        with_for_update=True,
    )
    if person is None or person.forgotten_at is not None:
        raise ConsularError("There is no such person.")
    roles.require(
        staff,
        "people",
        person.country,
    )
    return person


async def _check_area(
    session: AsyncSession,
    staff: Staff,
    area: Area,
) -> None:
    """Raise ConsularError for an area that is none, or that the account does not look after."""
    if area.country not in places.COUNTRIES:
        raise ConsularError("Choose a country.")
    roles.require(
        staff,
        "people",
        area.country,
    )
    if area.city is not None and area.community is not None:
        raise ConsularError("A warden looks after a city or a community, not both.")
    if area.city is not None:
        is_there = places.is_city(area.city) and area.city.startswith(f"{area.country}/")
        if not is_there:
            raise ConsularError("There is no such city in this country.")
    if area.community is not None and not await _is_tag(session, area.community):
        raise ConsularError("Nobody has this tag.")


async def _is_tag(session: AsyncSession, tag: str) -> bool:
    tagged = exists().where(PersonTag.tag.in_([tag]))
    return await session.scalar(select(tagged)) or False


async def answer(
    session: AsyncSession,
    person: Person,
    warden_id: int,
    agrees: bool,
    now: datetime,
) -> Warden | None:
    """Keep whether a person agrees to be a warden; None where nobody asks them any more."""
    warden = await session.get(
        Warden,
        warden_id,
        with_for_update=True,
    )
    if warden is None or warden.person_id != person.id:
        return None
    state = _state_after(warden, agrees)
    if warden.state is state:
        return warden
    if state not in TRANSITIONS[warden.state]:
        return None
    _move(
        warden,
        state,
        now,
    )
    await session.flush()
    name = subject(person)
    action = _ANSWERS[state]
    await trail.note(
        session,
        name,
        action,
        name,
        now,
        country=warden.country,
    )
    return warden


def _state_after(warden: Warden, agrees: bool) -> WardenState:
    """Return what a yes or no makes of a warden."""
    if agrees:
        return WardenState.ACTIVE
    if warden.state is WardenState.ACTIVE:
        return WardenState.ENDED
    return WardenState.DECLINED


def _move(
    warden: Warden,
    state: WardenState,
    now: datetime,
) -> None:
    warden.state = state
    if state is WardenState.ENDED:
        warden.ended_at = now
        return
    warden.answered_at = now
    if state is WardenState.ACTIVE:
        warden.agreement = AGREEMENT


async def end(
    session: AsyncSession,
    staff: Staff,
    warden_id: int,
    now: datetime,
) -> Warden:
    """End that somebody is a warden, or that they are asked. Raises ConsularError."""
    warden = await session.get(
        Warden,
        warden_id,
        with_for_update=True,
    )
    if warden is None:
        raise ConsularError("There is no such warden.")
    roles.require(
        staff,
        "people",
        warden.country,
    )
    if WardenState.ENDED not in TRANSITIONS[warden.state]:
        raise ConsularError("This warden has ended already.")
    warden.state = WardenState.ENDED
    warden.ended_at = now
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "warden.ended",
        f"person:{warden.person_id}",
        now,
        country=warden.country,
    )
    return warden


async def active(
    session: AsyncSession,
    staff: Staff,
    warden_id: int,
) -> Warden:
    """Return an active warden whom the account looks after. Raises ConsularError."""
    warden = await session.get(
        Warden,
        warden_id,
        with_for_update=True,
    )
    if warden is None or warden.state is not WardenState.ACTIVE:
        raise ConsularError("There is no such warden.")
    roles.require(
        staff,
        "people",
        warden.country,
    )
    return warden


async def active_of(session: AsyncSession, person: Person) -> list[Warden]:
    """Return the areas that a person looks after, the oldest first."""
    of_person = await _of_person(session, person.id)
    return [warden for warden in of_person if warden.state is WardenState.ACTIVE]


async def of_person(session: AsyncSession, person_id: int) -> list[Warden]:
    """Return all that a person was asked to look after, the oldest first."""
    return await _of_person(session, person_id)


async def _of_person(session: AsyncSession, person_id: int) -> list[Warden]:
    query = select(Warden).where(Warden.person_id == person_id).order_by(Warden.id)
    return list(await session.scalars(query))


# --- whom they look after -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wards:
    """The people of one warden, as a condition on `Person`.

    Of `sharers` wardens of the same area, this one has every person whose number leaves `place`.
    """

    warden: Warden
    other_cities: tuple[str, ...] = ()
    sharers: int = 1
    place: int = 0

    def condition(self) -> ColumnElement[bool]:
        """Say in SQL whether a `Person` is one of them."""
        warden = self.warden
        conditions = [
            Person.country == warden.country,
            Person.id != warden.person_id,
            Person.registered_at.is_not(None),
            Person.forgotten_at.is_(None),
        ]
        if self.sharers > 1:
            conditions.append(Person.id % self.sharers == self.place)
        if warden.city is not None:
            conditions.append(Person.city_index.in_([warden.city]))
        elif warden.community is not None:
            conditions.append(_is_tagged(warden.community))
        elif self.other_cities:
            is_elsewhere = Person.city_index.not_in(self.other_cities)
            conditions.append(or_(Person.city_index.is_(None), is_elsewhere))
        return and_(*conditions)


def _is_tagged(tag: str) -> ColumnElement[bool]:
    tagged = exists().where(PersonTag.person_id == Person.id, PersonTag.tag.in_([tag]))
    return tagged.correlate(Person)


async def wards_of(session: AsyncSession, warden: Warden) -> Wards:
    """Return the people of a warden who is active."""
    colleagues = await active_in(session, [warden.country])
    return wards_among(warden, colleagues)


async def active_in(session: AsyncSession, countries: Sequence[str]) -> list[Warden]:
    """Return the active wardens of countries, the oldest first."""
    query = select(Warden).where(
        Warden.country.in_(countries),
        Warden.state == WardenState.ACTIVE,
    )
    return list(await session.scalars(query.order_by(Warden.id)))


def wards_among(warden: Warden, colleagues: Sequence[Warden]) -> Wards:
    """Return the people of a warden, who is one of the active wardens of the country."""
    area = area_of(warden)
    sharers: list[int] = []
    cities: set[str] = set()
    for colleague in colleagues:
        if area_of(colleague) == area:
            sharers.append(colleague.id)
        if colleague.country == warden.country and colleague.city is not None:
            cities.add(colleague.city)
    place = sharers.index(warden.id) if warden.id in sharers else 0
    return Wards(
        warden,
        other_cities=tuple(sorted(cities)),
        sharers=max(1, len(sharers)),
        place=place,
    )


async def looking_after(session: AsyncSession, person: Person) -> list[Warden]:
    """Return the active wardens who look after a person."""
    if person.country is None or person.registered_at is None:
        return []
    colleagues = await active_in(session, [person.country])
    own_tags = set(await tags.of(session, person.id))
    own: list[Warden] = []
    for warden in colleagues:
        if _looks_after(
            wards_among(warden, colleagues),
            person,
            own_tags,
        ):
            own.append(warden)
    return own


def _looks_after(
    wards: Wards,
    person: Person,
    own_tags: set[str],
) -> bool:
    """Tell what `Wards.condition` says of one person."""
    warden = wards.warden
    if person.id == warden.person_id or person.id % wards.sharers != wards.place:
        return False
    if warden.city is not None:
        return person.city == warden.city
    if warden.community is not None:
        return warden.community in own_tags
    return person.city not in wards.other_cities
