"""What officers do with a case: see, take, hand on, sort, note, close and reopen it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import case_scope, letters
from bot.consular.crises.cases import TRANSITIONS
from bot.consular.errors import ConsularError, check_move
from bot.consular.staff import roles
from bot.models import (
    Case,
    CaseKind,
    CaseNote,
    CaseNoteKind,
    CaseOutcome,
    CaseState,
    Staff,
)
from bot.text.text import clean

MAX_WORDS_CHARS = 2000
UNDO_TIME = timedelta(seconds=30)  # whoever closed a case may undo it for so long


async def see(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Remember that an officer has looked at a case; the first look alone is noted."""
    await _lock(session, staff, case)
    if case.seen_at is not None:
        return
    case.seen_at = now
    await _note(session, staff, "case.seen", case, now)


async def take(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Make the account look after the case from now on. Raises ConsularError."""
    await _lock(session, staff, case)
    _check_open(case)
    case.state = check_move(TRANSITIONS, case.state, CaseState.TAKEN)
    _give(case, staff, now)
    await _note(session, staff, "case.taken", case, now)


async def hand(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    colleague: Staff,
    now: datetime,
) -> None:
    """Make a colleague look after the case, who may do so. Raises ConsularError."""
    await _lock(session, staff, case)
    _check_open(case)
    able = await case_scope.colleagues(session, case)
    if colleague.id not in {account.id for account in able}:
        raise ConsularError("That account does not look after this case.")
    case.state = CaseState.TAKEN
    _give(case, colleague, now)
    await _note(session, staff, "case.handed", case, now, to=roles.actor(colleague))


async def change_kind(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    kind: CaseKind,
    now: datetime,
) -> None:
    """Put the case where it belongs in the triage. Raises ConsularError."""
    await _lock(session, staff, case)
    before = case.kind
    if before is kind:
        return
    case.kind = kind
    await _note(
        session,
        staff,
        "case.kind_changed",
        case,
        now,
        kind=kind.value,
        kind_before=before.value,
    )


async def add_note(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    explanation: str,
    now: datetime,
) -> None:
    """Write a note for colleagues. Raises ConsularError."""
    await _lock(session, staff, case)
    if not _write(session, staff, case, CaseNoteKind.NOTE, explanation, now):
        raise ConsularError("Write something first.")
    await _note(session, staff, "case.noted", case, now)


async def close(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    outcome: CaseOutcome,
    explanation: str,
    now: datetime,
) -> None:
    """Close a case, with how it ended and a word of explanation. Raises ConsularError.

    A conversation with its person ends.
    """
    await letters.lock(session, staff, case)
    closed = check_move(TRANSITIONS, case.state, CaseState.CLOSED)
    if not _write(session, staff, case, CaseNoteKind.CLOSED, explanation, now):
        raise ConsularError("Say in a few words how it ended.")
    await letters.end(session, case, now)
    case.state = closed
    case.outcome = outcome
    case.closed_at = now
    case.closed_by = staff.id
    await _note(session, staff, "case.closed", case, now, outcome=outcome.value)


async def undo_close(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    now: datetime,
) -> None:
    """Take back a close of a moment ago: the case is whose it was. Raises ConsularError."""
    await _lock(session, staff, case)
    if not may_undo(staff, case, now):
        raise ConsularError("It is too late to undo this: reopen the case, with a reason.")
    before = CaseState.TAKEN if case.owner_id is not None else CaseState.OPEN
    case.state = check_move(TRANSITIONS, case.state, before)
    _forget_end(case)
    await _note(session, staff, "case.close_undone", case, now)


def may_undo(staff: Staff, case: Case, now: datetime) -> bool:
    """Tell whether the account closed the case a moment ago."""
    if case.closed_at is None or case.closed_by != staff.id or case.merged_into is not None:
        return False
    return now - case.closed_at <= UNDO_TIME


async def reopen(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    reason: str,
    now: datetime,
) -> None:
    """Open a closed case again; it is nobody's until somebody takes it. Raises ConsularError."""
    await _lock(session, staff, case)
    if case.state is not CaseState.CLOSED:
        raise ConsularError("The case is not closed.")
    if case.merged_into is not None:
        raise ConsularError("It goes on in case {number}: work there.", number=case.merged_into)
    if not _write(session, staff, case, CaseNoteKind.REOPENED, reason, now):
        raise ConsularError("Say why the case is opened again.")
    case.state = check_move(TRANSITIONS, case.state, CaseState.OPEN)
    case.owner_id = None
    case.taken_at = None
    _forget_end(case)
    await _note(session, staff, "case.reopened", case, now)


async def notes(session: AsyncSession, case: Case) -> list[CaseNote]:
    """Return what officers wrote on a case, the latest first."""
    query = select(CaseNote).where(CaseNote.case_id == case.id)
    return list(await session.scalars(query.order_by(CaseNote.id.desc())))


async def _lock(session: AsyncSession, staff: Staff, case: Case) -> None:
    """Lock the case; refuse an account that does not look after it."""
    await session.refresh(case, with_for_update=True)
    await case_scope.require(session, staff, case)


def _check_open(case: Case) -> None:
    if case.state is CaseState.CLOSED:
        raise ConsularError("It is closed: reopen it first.")


def _give(case: Case, owner: Staff, now: datetime) -> None:
    case.owner_id = owner.id
    case.taken_at = now
    case.seen_at = case.seen_at or now


def _forget_end(case: Case) -> None:
    case.outcome = None
    case.closed_at = None
    case.closed_by = None


def _write(
    session: AsyncSession,
    staff: Staff,
    case: Case,
    kind: CaseNoteKind,
    explanation: str,
    now: datetime,
) -> bool:
    """Add a note for colleagues; False where there are no words."""
    written = clean(explanation, MAX_WORDS_CHARS)
    if not written:
        return False
    note = CaseNote(
        case_id=case.id,
        kind=kind,
        staff_id=staff.id,
        at=now,
        words=written,
    )
    session.add(note)
    return True


async def _note(
    session: AsyncSession,
    staff: Staff,
    action: str,
    case: Case,
    now: datetime,
    **detail: str,
) -> None:
    await session.flush()
    await trail.note(session, roles.actor(staff), action, f"case:{case.id}", now, **detail)
