"""Two cases of one person that are one: the older goes on, with everything of the newer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import case_scope, cases
from bot.consular.crises.cases import TRIAGE
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Case, CaseFile, CaseLetter, CaseNote, CaseState, Person, Staff

NAMED = "👤 {name}"  # as the card of somebody is worded
_MOVED_TABLES: tuple[Any, ...] = (CaseNote, CaseLetter, CaseFile)


async def others(session: AsyncSession, case: Case) -> list[Case]:
    """Return the other open cases that the same person told, the oldest first."""
    query = select(Case).where(
        Case.person_id == case.person_id,
        Case.id != case.id,
        Case.state != CaseState.CLOSED,
    )
    return list(await session.scalars(query.order_by(Case.id)))


async def merge(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    older: Case,
    now: datetime,
) -> None:
    """Move words, notes, letters and files of a case to an older one, and close it.

    Raises ConsularError. It keeps its own words as they are, and a link to the older case.
    """
    await _lock(session, staff, case, older)
    _check(case, older)
    await _move(session, case, older)
    _add_words(case, older)
    _raise(case, older)
    _close(staff, case, older, now)
    await session.flush()
    actor = roles.actor(staff)
    await trail.note(session, actor, "case.merged", f"case:{case.id}", now, case=older.id)
    await trail.note(session, actor, "case.took_over", f"case:{older.id}", now, case=case.id)


async def _lock(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    older: Case,
) -> None:
    """Lock the person, then both cases in the order of their numbers."""
    await session.get_one(Person, case.person_id, with_for_update=True)
    for locked in sorted((case, older), key=_number):
        await session.refresh(locked, with_for_update=True)
        await case_scope.require(session, staff, locked)


def _number(case: Case) -> int:
    return case.id


def _check(case: Case, older: Case) -> None:
    """Refuse what are not two open cases of one person, the older one last."""
    if case.id == older.id:
        raise ConsularError("A case cannot be joined with itself.")
    if case.person_id != older.person_id:
        raise ConsularError("These are cases of two people: they cannot be joined.")
    if CaseState.CLOSED in {case.state, older.state}:
        raise ConsularError("One of the cases is closed: only open ones can be joined.")
    if older.id > case.id:
        raise ConsularError(
            "Case {number} is the older one: join the other into it.", number=case.id
        )


async def _move(session: AsyncSession, case: Case, older: Case) -> None:
    for table in _MOVED_TABLES:
        moving = update(table).where(table.case_id == case.id)
        await session.execute(moving.values(case_id=older.id))


def _add_words(case: Case, older: Case) -> None:
    """Add the words of the case to the older one, and whom it was about where that is another."""
    if older.about_name is None and older.relation == case.relation:
        older.about_name = case.about_name
    elif case.about_name and case.about_name != older.about_name:
        cases.add_words(older, NAMED.format(name=case.about_name))
    if older.relation == case.relation:
        older.matter = older.matter or case.matter
    if case.note:
        cases.add_words(older, case.note)


def _raise(case: Case, older: Case) -> None:
    """Give the older case what weighs more of both: kind, owner, hurry, conversation."""
    if TRIAGE[case.kind] < TRIAGE[older.kind]:
        older.kind = case.kind
    if older.owner_id is None and case.owner_id is not None:
        older.state = CaseState.TAKEN
        older.owner_id = case.owner_id
        older.taken_at = case.taken_at
    if older.seen_at is None:
        older.seen_at = case.seen_at
    last_letters = [at for at in (older.last_letter_at, case.last_letter_at) if at is not None]
    older.last_letter_at = max(last_letters, default=None)
    older.crisis_id = older.crisis_id or case.crisis_id


def _close(
    staff: Staff,
    case: Case,
    older: Case,
    now: datetime,
) -> None:
    case.state = CaseState.CLOSED
    case.merged_into = older.id
    case.last_letter_at = None
    case.closed_at = now
    case.closed_by = staff.id
