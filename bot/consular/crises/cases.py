"""Cases: tasks for staff to look after a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy import case as sql_case
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
MAX_NOTE_CHARS = 4000  # the latest words stay
_TRIAGE = {kind: rank for rank, kind in enumerate(CaseKind)}


async def open_case(
    session: AsyncSession,
    person: Person,
    kind: CaseKind,
    note: str,
    now: datetime,
) -> Case:
    """Add a note to the person's open case of this kind; open one when there is none."""
    query = _open_cases(person).where(Case.kind == kind).order_by(Case.id)
    case = await session.scalar(query.limit(1))
    if case is None:
        case = await _open(session, person, kind, now)
    _add_note(case, note)
    await session.flush()
    return case


async def add_to_open(
    session: AsyncSession,
    person: Person,
    note: str,
    now: datetime,
) -> Case | None:
    """Add words to the person's newest open case; None when there is no open case."""
    query = _open_cases(person).order_by(Case.id.desc())
    case = await session.scalar(query.limit(1))
    if case is None:
        return None
    return await open_case(session, person, case.kind, note, now)


def _open_cases(person: Person) -> Select[Case]:
    return select(Case).where(
        Case.person_id == person.id,
        Case.state != CaseState.CLOSED,
    )


def _add_note(case: Case, note: str) -> None:
    notes = [case.note or "", clean(note, MAX_NOTE_CHARS)]
    text = "\n".join(filter(None, notes))
    case.note = text[-MAX_NOTE_CHARS:] or None


async def _open(
    session: AsyncSession,
    person: Person,
    kind: CaseKind,
    now: datetime,
) -> Case:
    crisis = await crises.covering(session, person.country)
    case = Case(
        person_id=person.id,
        crisis_id=crisis.id if crisis else None,
        kind=kind,
        state=CaseState.OPEN,
        opened_at=now,
    )
    session.add(case)
    await session.flush()
    await trail.note(
        session,
        f"person:{person.id}",
        "case.opened",
        f"case:{case.id}",
        now,
        kind=kind.value,
        person=person.id,
    )
    return case


async def take(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Make the account look after the case from now on. Raises ConsularError."""
    await _lock(session, staff, case)
    case.state = check_move(TRANSITIONS, case.state, CaseState.TAKEN)
    case.owner_id = staff.id
    case.taken_at = now
    await session.flush()
    await trail.note(session, roles.actor(staff), "case.taken", f"case:{case.id}", now)


async def close(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Close a case that is done. Raises ConsularError."""
    await _lock(session, staff, case)
    case.state = check_move(TRANSITIONS, case.state, CaseState.CLOSED)
    case.closed_at = now
    await session.flush()
    await trail.note(session, roles.actor(staff), "case.closed", f"case:{case.id}", now)


async def _lock(session: AsyncSession, staff: Staff, case: Case) -> None:
    """Lock the case; refuse an account that does not look after its person's country."""
    await session.refresh(case, with_for_update=True)
    country = await session.scalar(select(Person.country).where(Person.id == case.person_id))
    roles.require(staff, "cases", country)


async def get(session: AsyncSession, case_id: int) -> Case:
    """Return the case of a number. Raises ConsularError."""
    case = await session.get(Case, case_id)
    if case is None:
        raise ConsularError("There is no such case.")
    return case


async def waiting(session: AsyncSession, staff: Staff, limit: int = 100) -> list[Case]:
    """Return the account's cases that are not closed: by triage, then the oldest first."""
    roles.require(staff, "cases")
    query = select(Case).where(Case.state != CaseState.CLOSED)
    if staff.post_country:
        query = query.join(Person, Person.id == Case.person_id)
        query = query.where(Person.country == staff.post_country)
    triage = sql_case(_TRIAGE, value=Case.kind)
    query = query.order_by(triage, Case.opened_at, Case.id)
    return list(await session.scalars(query.limit(limit)))
