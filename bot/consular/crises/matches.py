"""Officers say who the person is that a report is about, or is not; they may take it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import asking, case_scope
from bot.consular.crises.matching import UNREAD
from bot.consular.errors import ConsularError
from bot.consular.people import search
from bot.consular.staff import roles
from bot.models import Case, MatchVerdict, Person, ReportMatch, Staff


@dataclass(frozen=True, slots=True)
class Decision:
    """What an officer decided about a person, whom the account may see."""

    match: ReportMatch
    person: Person


async def confirm(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    person_id: int,
    now: datetime,
) -> ReportMatch:
    """Say that a person is the one that a report is about; they are asked what we may tell.

    Raises ConsularError.
    """
    person = await _lock(session, staff, report, person_id)
    earlier = await confirmed(session, report)
    if earlier is not None and earlier.person_id != person.id:
        raise ConsularError("The report has its person already: take that back first.")
    match = await _decide(session, staff, report, person, MatchVerdict.CONFIRMED, now)
    await asking.ask(session, report, person, match, now)
    return match


async def reject(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    person_id: int,
    now: datetime,
) -> None:
    """Say that a person is not the one that a report is about. Raises ConsularError."""
    person = await _lock(session, staff, report, person_id)
    await _decide(session, staff, report, person, MatchVerdict.REJECTED, now)


async def undo(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    person_id: int,
    now: datetime,
) -> None:
    """Take back what was decided about a person and a report. Raises ConsularError."""
    person = await _lock(session, staff, report, person_id)
    match = await session.get(ReportMatch, (report.id, person.id))
    if match is None or match.verdict is MatchVerdict.UNDONE:
        raise ConsularError("Nothing was decided about this person and this report.")
    await _decide(session, staff, report, person, MatchVerdict.UNDONE, now)


async def confirmed(session: AsyncSession, report: Case) -> ReportMatch | None:
    """Return the match by which a report has its person; None where it has none."""
    query = select(ReportMatch).where(
        ReportMatch.case_id == report.id,
        ReportMatch.verdict == MatchVerdict.CONFIRMED,
    )
    return await session.scalar(query)


async def decisions(session: AsyncSession, staff: Staff, report: Case) -> list[Decision]:
    """List what was decided about a report and people whom the account may see."""
    query = (
        select(ReportMatch, Person)
        .join(Person, Person.id == ReportMatch.person_id)
        .where(
            ReportMatch.case_id == report.id,
            ReportMatch.verdict != MatchVerdict.UNDONE,
            Person.forgotten_at.is_(None),
        )
        .options(*UNREAD)
        .order_by(ReportMatch.verdict, ReportMatch.decided_at)
    )
    visible: list[Decision] = []
    for match, person in await session.execute(query):
        if roles.covers(staff, person.country):
            visible.append(Decision(match, person))
    return visible


async def seekers(session: AsyncSession, staff: Staff, person: Person) -> Sequence[Case]:
    """List the reports that are about a person, of those whose cases the account sees."""
    query = (
        select(Case)
        .join(ReportMatch, ReportMatch.case_id == Case.id)
        .join(Person, Person.id == Case.person_id)
        .where(
            ReportMatch.person_id == person.id,
            ReportMatch.verdict == MatchVerdict.CONFIRMED,
            case_scope.visible(staff),
        )
        .order_by(Case.id)
    )
    return (await session.scalars(query)).all()


async def _lock(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    person_id: int,
) -> Person:
    """Lock a report, and return a person; refuse an account that looks after one of them only."""
    await session.refresh(report, with_for_update=True)
    await case_scope.require(session, staff, report)
    if report.relation is None:
        raise ConsularError("This case is about the person who wrote, and about nobody else.")
    person = await search.mine(session, staff, person_id)
    if person.id == report.person_id:
        raise ConsularError("This person wrote the report: it is about somebody else.")
    return person


async def _decide(
    session: AsyncSession,
    staff: Staff,
    report: Case,
    person: Person,
    verdict: MatchVerdict,
    now: datetime,
) -> ReportMatch:
    """Keep what was decided, and note it at the report and at the person."""
    match = await session.get(ReportMatch, (report.id, person.id), with_for_update=True)
    if match is None:
        match = ReportMatch(case_id=report.id, person_id=person.id)
        session.add(match)
    match.verdict = verdict
    match.decided_at = now
    match.decided_by = staff.id
    await session.flush()
    action = f"match.{verdict.value}"
    actor = roles.actor(staff)
    await trail.note(session, actor, action, f"case:{report.id}", now, person=person.id)
    await trail.note(session, actor, action, f"person:{person.id}", now, case=report.id)
    return match
