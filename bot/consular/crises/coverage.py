"""The crisis that covers a person: an open one that asks them, where they are."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import selection, standings
from bot.models import Crisis, CrisisCountry, CrisisState, OutboundMessage, Person


async def covering(session: AsyncSession, person: Person) -> Crisis | None:
    """Return the open crisis that covers a person.

    For real people a real one before a drill that asks them too, then the latest; for synthetic
    people a drill.
    """
    if person.country is None:
        return None
    query = (
        select(Crisis)
        .join(CrisisCountry, CrisisCountry.crisis_id == Crisis.id)
        .where(
            CrisisCountry.country == person.country,
            Crisis.state == CrisisState.OPEN,
            _means(person.synthetic),
        )
        .order_by(Crisis.drill, Crisis.id.desc())
    )
    for crisis in await session.scalars(query):
        if crisis.area is None or await _is_within(session, crisis, person):
            return crisis
    return None


async def _is_within(
    session: AsyncSession,
    crisis: Crisis,
    person: Person,
) -> bool:
    """Tell whether a person was asked in a crisis, or is within its area now."""
    question = exists().where(
        OutboundMessage.person_id == person.id,
        OutboundMessage.broadcast_id.in_(standings.broadcast_ids(crisis.id)),
    )
    if await session.scalar(select(question)):
        return True
    area = crisis.area or {}
    await selection.prepare(session, area)
    await session.flush()  # the place may have been told a moment ago
    everyone = selection.everyone_in(area, crisis.opened_at, drill=True)
    within = everyone.where(Person.id == person.id)
    return await session.scalar(within) is not None


def _means(synthetic: bool) -> ColumnElement[bool]:
    """Say in SQL whether a crisis asks such people: drills ask synthetic ones."""
    return Crisis.drill.is_(True) if synthetic else Crisis.real_people.is_(True)


def is_open_in(country: str | None, synthetic: bool = False) -> ColumnElement[bool]:
    """Return the condition that there is an open crisis in a country that asks people there."""
    crisis = select(Crisis.id).join(CrisisCountry, CrisisCountry.crisis_id == Crisis.id)
    return crisis.where(
        Crisis.state == CrisisState.OPEN,
        CrisisCountry.country == country,
        _means(synthetic),
    ).exists()


async def is_left(
    session: AsyncSession,
    country: str | None,
    destination: str,
    synthetic: bool = False,
) -> bool:
    """Tell whether a destination is outside every open crisis that covers a country.

    Those are meant that ask such people.
    """
    if country is None or country == destination:
        return False
    around_here = await session.scalars(_open_in(country, synthetic))
    crisis_ids = set(around_here)
    if not crisis_ids:
        return False
    around_there = await session.scalars(_open_in(destination, synthetic))
    return crisis_ids.isdisjoint(around_there)


def _open_in(country: str, synthetic: bool) -> Select[int]:
    """Select the open crises that cover a country and ask such people."""
    crisis_ids = select(Crisis.id).join(
        CrisisCountry,
        CrisisCountry.crisis_id == Crisis.id,
    )
    return crisis_ids.where(
        Crisis.state == CrisisState.OPEN,
        CrisisCountry.country == country,
        _means(synthetic),
    )
