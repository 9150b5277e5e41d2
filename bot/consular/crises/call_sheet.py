"""The call list as an officer reads it: names, numbers to dial, and how long nobody answered.

Each look at it is written into the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import standings
from bot.consular.audit import lists
from bot.consular.crises import crises
from bot.consular.errors import ConsularError
from bot.consular.people import dialling, emergency_contact, household_needs
from bot.consular.staff import roles
from bot.models import Call, Crisis, EmergencyContact, Person, Staff, is_counted

PAGE_CALLS = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A person to call. `numbers` are E.164, the one they gave first.

    `contact` is whom to call next where the person does not answer; nobody writes to them.
    """

    call: Call
    person: Person
    numbers: Sequence[str]
    is_vulnerable: bool = False
    contact: EmergencyContact | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the calls to make, and how many there are in all."""

    lines: Sequence[Line]
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_CALLS))


async def look(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    officer_id: int | None,
    page: int,
    now: datetime,
) -> Sheet:
    """Return a page (from 1) of the calls of an officer, or of all (None). Raises ConsularError.

    A post sees those of its country.
    """
    roles.require(staff, "cases")
    if not crises.concerns(staff, crisis):
        raise ConsularError("There is no such crisis.")
    calls = _calls(staff, crisis, officer_id)
    counted = select(func.count()).select_from(calls.subquery())
    total = await session.scalar(counted) or 0
    lines = await _lines(session, calls, page)
    if lines:
        await _note_look(
            session,
            staff,
            crisis,
            lines,
            now,
        )
    return Sheet(lines, total)


async def _lines(
    session: AsyncSession,
    calls: Select[Call],
    page: int,
) -> list[Line]:
    """Return a page of calls with their people: the vulnerable first, then who waits longest."""
    pairs = await session.execute(_of_page(calls, page))
    shown = pairs.all()
    person_ids = [person.id for _call, person, _is_vulnerable in shown]
    contacts = await emergency_contact.of_people(session, person_ids)
    addresses = await dialling.addresses_of(session, person_ids)
    lines: list[Line] = []
    for call, person, is_vulnerable in shown:
        own_addresses = addresses.get(person.id, [])
        numbers = dialling.numbers_to_dial(person, own_addresses)
        contact = contacts.get(person.id)
        lines.append(Line(call, person, numbers, bool(is_vulnerable), contact))
    return lines


def _of_page(calls: Select[Call], page: int) -> Select[Any]:
    """Select the calls of a page, their people, and whether they go first."""
    with_people = calls.add_columns(Person, household_needs.is_vulnerable())
    ordered = with_people.order_by(household_needs.order(), Call.listed_at, Call.person_id)
    first = (page - 1) * PAGE_CALLS
    return ordered.limit(PAGE_CALLS).offset(first)


async def _note_look(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    lines: Sequence[Line],
    now: datetime,
) -> None:
    await lists.note(
        session,
        roles.actor(staff),
        "calls.viewed",
        f"crisis:{crisis.id}",
        now,
        [line.person.id for line in lines],
        people=len(lines),
    )


def _calls(staff: Staff, crisis: Crisis, officer_id: int | None) -> Select[Call]:
    """Select the calls to make that an account may see."""
    is_in_scope: ColumnElement[bool] = true()
    covered = roles.countries(staff)
    if covered is not None:
        is_in_scope = Person.country.in_(covered)
    calls = (
        select(Call)
        .join(Person, Person.id == Call.person_id)
        .where(
            Call.crisis_id == crisis.id,
            standings.is_one_of(crisis.id, standings.SILENT),
            is_counted(crisis.drill, crisis.real_people),
            is_in_scope,
        )
    )
    if officer_id is not None:
        calls = calls.where(Call.officer_id == officer_id)
    return calls
