"""What a merge of two records would make: shown side by side before anybody decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import checkins, coverage, crises
from bot.consular.people import duplicates, merging
from bot.consular.staff import roles
from bot.models import (
    Address,
    Call,
    Case,
    CaseState,
    CheckIn,
    CheckInStatus,
    Crisis,
    InboundMessage,
    Person,
    Seat,
    Staff,
)

COUNTED: Mapping[str, Any] = {
    "answers": CheckIn,
    "cases": Case,
    "seats": Seat,
    "calls": Call,
    "received": InboundMessage,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records: its addresses, crises, open cases, last answer, and counts of rows."""

    person: Person
    addresses: list[Address]
    crises: list[Crisis]
    open_cases: list[Case]
    last_answer: CheckInStatus | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """Two records, and the columns of the one that they would be."""

    person: Side
    duplicate: Side
    columns: Mapping[str, Any]

    @property
    def is_in_two_crises(self) -> bool:
        """Whether the two are in different open crises."""
        own = {crisis.id for crisis in self.person.crises}
        other = {crisis.id for crisis in self.duplicate.crises}
        return bool(own) and bool(other) and own != other

    @property
    def answers_differ(self) -> bool:
        """Whether both answered, and not the same."""
        answers = {self.person.last_answer, self.duplicate.last_answer}
        return None not in answers and len(answers) > 1


async def preview(
    session: AsyncSession,
    staff: Staff,
    person_id: int,
    duplicate_id: int,
    now: datetime,
) -> Preview:
    """Return what a merge would make, and note the look at both. Raises ConsularError."""
    person, duplicate = await duplicates.both(session, staff, person_id, duplicate_id)
    for viewed in (person, duplicate):
        subject = f"person:{viewed.id}"
        await trail.note(session, roles.actor(staff), "person.viewed", subject, now)
    return Preview(
        await _side(session, person, now),
        await _side(session, duplicate, now),
        merging.merged_columns(person, duplicate),
    )


async def _side(session: AsyncSession, person: Person, now: datetime) -> Side:
    addresses = select(Address).where(Address.person_id == person.id)
    open_cases = select(Case).where(
        Case.person_id == person.id,
        Case.state != CaseState.CLOSED,
    )
    return Side(
        person,
        list(await session.scalars(addresses.order_by(Address.id))),
        await _crises_of(session, person, now),
        list(await session.scalars(open_cases.order_by(Case.id))),
        await _last_answer(session, person),
        await _counts(session, person),
    )


async def _last_answer(session: AsyncSession, person: Person) -> CheckInStatus | None:
    latest = await checkins.latest(session, person)
    if latest is None:
        return None
    return latest.answer


async def _counts(session: AsyncSession, person: Person) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, table in COUNTED.items():
        count = select(func.count()).where(table.person_id == person.id)
        counts[name] = await session.scalar(count) or 0
    return counts


async def _crises_of(session: AsyncSession, person: Person, now: datetime) -> list[Crisis]:
    """Return the open crises that cover a person or asked them."""
    around = await coverage.covering(session, person)
    asked = await crises.asked(session, person.id, now)
    by_number = {crisis.id: crisis for crisis in (around, asked) if crisis is not None}
    return list(by_number.values())
