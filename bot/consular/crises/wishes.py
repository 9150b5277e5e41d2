"""Wishes to leave a crisis, and the order in which they get seats.

Whoever had a seat on a transport that was cancelled goes before all others, then the vulnerable,
then whoever asked first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from bot.consular.audit import trail
from bot.consular.people import household_needs
from bot.models import (
    Case,
    CaseKind,
    CaseState,
    Crisis,
    Person,
    Seat,
    SeatState,
)

# Whoever has no seat, and says again that they want to leave, waits for one again.
LEFT_STATES = frozenset({SeatState.DECLINED, SeatState.MISSED, SeatState.WITHDRAWN})
URGENT_CASES = (CaseKind.LIFE, CaseKind.MEDICAL)


async def note(
    session: AsyncSession,
    person: Person,
    crisis_id: int | None,
    now: datetime,
    actor: str = "",
) -> Seat | None:
    """Put the household of a person who wants to leave on the list of the crisis, once.

    Synthetic people want to leave a drill only. `actor` is staff who do it for the person, as the
    audit trail names them. None where the household is on the list already, or may not be.
    """
    if crisis_id is None:
        return None
    crisis = await session.get_one(Crisis, crisis_id)
    if person.synthetic and not crisis.drill:
        return None
    actor = actor or f"person:{person.id}"
    seat = await of(session, person.id, crisis_id)
    if seat is None:
        seat = Seat(crisis_id=crisis_id, person_id=person.id)
        session.add(seat)
    elif seat.state not in LEFT_STATES:
        return None
    seat.state = SeatState.WAITING
    seat.transport_id = None
    seat.people = None
    seat.asked_at = now
    seat.changed_at = now
    seat.changed_by = actor
    await session.flush()
    await trail.note(session, actor, "seat.asked", f"seat:{seat.id}", now, crisis=crisis_id)
    return seat


async def of(session: AsyncSession, person_id: int, crisis_id: int) -> Seat | None:
    """Return the seat of a person in a crisis, or the wish for one."""
    query = select(Seat).where(Seat.person_id == person_id, Seat.crisis_id == crisis_id)
    return await session.scalar(query)


async def queue(
    session: AsyncSession,
    crisis_id: int,
    countries: Sequence[str] | None,
) -> list[tuple[Seat, Person]]:
    """Return the households without a seat, in the order in which they get one.

    Those of all countries, or of these.
    """
    query = waiting(crisis_id, countries, Seat, Person).order_by(*order())
    query = query.options(defer(Person.dialogue))
    households: list[tuple[Seat, Person]] = []
    for seat, person in await session.execute(query):
        households.append((seat, person))
    return households


def waiting(
    crisis_id: int,
    countries: Sequence[str] | None,
    *columns: Any,
) -> Select[Any]:
    """Select those who wait for a seat in a crisis."""
    query = select(*columns).select_from(Seat).join(Person, Person.id == Seat.person_id)
    query = query.where(Seat.crisis_id == crisis_id, Seat.state == SeatState.WAITING)
    if countries is not None:
        query = query.where(Person.country.in_(countries))
    return query


def order() -> tuple[Any, ...]:
    """Return what orders the households that wait."""
    is_new: ColumnElement[bool] = Seat.returned_at.is_(None)
    return is_new, ~is_vulnerable(), Seat.asked_at, Seat.id


def is_vulnerable() -> ColumnElement[bool]:
    """Say in SQL whether a household goes before others: by its people, tags, cases, or staff.

    The query joins `Person`.
    """
    own_case = and_(
        Case.person_id == Seat.person_id,
        Case.relation.is_(None),
        Case.kind.in_(URGENT_CASES),
        Case.state != CaseState.CLOSED,
    )
    return or_(Seat.goes_first, exists().where(own_case), household_needs.is_vulnerable())


def size() -> ColumnElement[int]:
    """Say in SQL how many seats a household takes. The query joins `Person`."""
    return func.coalesce(Seat.people, Person.party_size, 1)


def size_of(seat: Seat, person: Person) -> int:
    """Return how many seats a household takes."""
    return seat.people or person.party_size or 1
