"""Cases: somebody must look after this person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import crises
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.models import Case, CaseKind, CaseState, Person, Staff
from bot.text.text import clean

TRANSITIONS: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.OPEN: frozenset({CaseState.TAKEN, CaseState.CLOSED}),
    CaseState.TAKEN: frozenset({CaseState.CLOSED}),
    CaseState.CLOSED: frozenset(),
}
NOTE_LETTERS = 4000  # the latest words are kept
_TRIAGE = {kind: rank for rank, kind in enumerate(CaseKind)}


async def open_case(
    session: AsyncSession, person: Person, kind: CaseKind, note: str, now: datetime
) -> Case:
    """The person's open case of this kind, made when there is none; `note` is added to it."""
    mine = (Case.person_id == person.id, Case.kind == kind, Case.state != CaseState.CLOSED)
    row = await session.scalar(select(Case).where(*mine).order_by(Case.id).limit(1))
    if row is None:
        row = await _opened(session, person, kind, now)
    row.note = (
        "\n".join(filter(None, (row.note, clean(note, NOTE_LETTERS))))[-NOTE_LETTERS:] or None
    )
    await session.flush()
    return row


async def add_to_open(
    session: AsyncSession, person: Person, note: str, now: datetime
) -> Case | None:
    """Words that belong to what the person told us before: added to their newest open case, if there is one."""
    mine = (Case.person_id == person.id, Case.state != CaseState.CLOSED)
    row = await session.scalar(select(Case).where(*mine).order_by(Case.id.desc()).limit(1))
    return await open_case(session, person, row.kind, note, now) if row else None


async def _opened(session: AsyncSession, person: Person, kind: CaseKind, now: datetime) -> Case:
    crisis = await crises.covering(session, person.country)
    row = Case(
        person_id=person.id, crisis_id=crisis.id if crisis else None, kind=kind, opened_at=now
    )
    row.state = CaseState.OPEN
    session.add(row)
    await session.flush()
    subject = f"person:{person.id}"
    await trail.note(
        session, subject, "case.opened", f"case:{row.id}", now, kind=kind.value, person=person.id
    )
    return row


async def take(session: AsyncSession, staff: Staff, case: Case, now: datetime) -> None:
    """The account looks after the case from now on. Raises ConsularError."""
    await _lock(session, staff, case)
    case.state = check_move(TRANSITIONS, case.state, CaseState.TAKEN)
    case.owner_id, case.taken_at = staff.id, now
    await session.flush()
    await trail.note(session, roles.actor(staff), "case.taken", f"case:{case.id}", now)


async def close(session: AsyncSession, staff: Staff, case: Case, now: datetime) -> None:
    """The case is done. Raises ConsularError."""
    await _lock(session, staff, case)
    case.state = check_move(TRANSITIONS, case.state, CaseState.CLOSED)
    case.closed_at = now
    await session.flush()
    await trail.note(session, roles.actor(staff), "case.closed", f"case:{case.id}", now)


async def _lock(session: AsyncSession, staff: Staff, case: Case) -> None:
    await session.refresh(case, with_for_update=True)
    roles.require(staff, "cases", *([await _country(session, case)] if staff.post_country else []))


async def _country(session: AsyncSession, case: Case) -> str | None:
    return await session.scalar(select(Person.country).where(Person.id == case.person_id))


async def get(session: AsyncSession, case_id: int) -> Case:
    """The case. Raises ConsularError."""
    row = await session.get(Case, case_id)
    if row is None:
        raise ConsularError("There is no such case.")
    return row


async def waiting(session: AsyncSession, staff: Staff, limit: int = 100) -> list[Case]:
    """Cases that are not closed: by triage, then the oldest first."""
    roles.require(staff, "cases")
    query = select(Case).where(Case.state != CaseState.CLOSED)
    if staff.post_country:
        query = query.join(Person, Person.id == Case.person_id).where(
            Person.country == staff.post_country
        )
    order = sql_case(_TRIAGE, value=Case.kind)
    return list(await session.scalars(query.order_by(order, Case.opened_at, Case.id).limit(limit)))
