"""Clocks of cases: how long one may wait, and which ones need somebody now.

Those are the cases that wait too long, for a first look, or for somebody to read a letter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import case_scope
from bot.consular.staff import roles
from bot.models import Case, CaseKind, CaseLetter, CaseState, Crisis, Person, Staff

# How long a case of each kind may wait: its clock turns amber at half of it, red when it is over.
MAX_WAIT = {
    CaseKind.LIFE: timedelta(minutes=30),
    CaseKind.MEDICAL: timedelta(hours=2),
    CaseKind.UNCLEAR: timedelta(hours=2),
    CaseKind.DETAINED: timedelta(hours=2),
    CaseKind.EVACUATION: timedelta(hours=12),
    CaseKind.RELATIVE: timedelta(hours=24),
    CaseKind.HUMAN: timedelta(hours=24),
    CaseKind.FAULT: timedelta(hours=24),
}
# How long life at risk may wait for the first look; then every page says so.
MAX_UNSEEN_LIFE = timedelta(minutes=5)
AMBER_SHARE = 0.5
RED_SHARE = 1.0
WAITING = (CaseState.OPEN, CaseState.TAKEN)

Light = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Cases that wait for a first look, with a letter to be read, or over their time; drills apart.

    `lives`: of the real ones, life at risk that nobody has seen within five minutes.
    """

    cases: int = 0
    drills: int = 0
    lives: int = 0


def light(case: Case, now: datetime) -> Light:
    """Return the colour of a case's clock; life at risk that nobody sees is red early."""
    waited = now - case.opened_at
    if is_unseen_life(case, now):
        return "red"
    share = waited / MAX_WAIT[case.kind]
    if share < AMBER_SHARE:
        return "green"
    if share < RED_SHARE:
        return "amber"
    return "red"


def is_unseen_life(case: Case, now: datetime) -> bool:
    """Tell whether life is at risk and nobody has looked in time."""
    waits_unseen = case.state is CaseState.OPEN and case.seen_at is None
    is_late = now - case.opened_at > MAX_UNSEEN_LIFE
    return case.kind is CaseKind.LIFE and waits_unseen and is_late


def is_drill() -> ColumnElement[bool]:
    """Say in SQL whether a case is an exercise. The query joins `Person` and, outer, `Crisis`."""
    return or_(Person.synthetic, func.coalesce(Crisis.drill, False))


async def alarm(session: AsyncSession, staff: Staff, now: datetime) -> Alarm:
    """Count the cases that need somebody now, of those that the account sees."""
    if not roles.may(staff, "cases"):
        return Alarm()
    counts = {False: (0, 0), True: (0, 0)}
    for is_exercise, cases, unseen_lives in await session.execute(_needing(staff, now)):
        counts[bool(is_exercise)] = cases, unseen_lives
    cases, unseen_lives = counts[False]
    drills, _drill_lives = counts[True]
    return Alarm(cases, drills, unseen_lives)


def _needing(staff: Staff, now: datetime) -> Select[bool, int, int]:
    """Select whether they are exercises, how many need somebody, and how many lives of them."""
    drill = is_drill().label("drill")
    lives = func.sum(sql_case((_is_unseen_life(now), 1), else_=0))
    query = (
        select(drill, func.count(), lives)
        .select_from(Case)
        .join(
            Person,
            Person.id == Case.person_id,
        )
        .outerjoin(
            Crisis,
            Crisis.id == Case.crisis_id,
        )
    )
    needs_somebody = or_(_is_unseen(), has_unread(), *_over(now))
    return query.where(
        Case.state.in_(WAITING),
        case_scope.visible(staff),
        needs_somebody,
    ).group_by(drill)


def has_unread() -> ColumnElement[bool]:
    """Say in SQL whether a letter of a case waits to be read."""
    return exists().where(
        CaseLetter.case_id == Case.id,
        CaseLetter.read_at.is_(None),
    )


def _is_unseen() -> ColumnElement[bool]:
    is_open = Case.state == CaseState.OPEN
    return and_(is_open, Case.seen_at.is_(None))


def _is_unseen_life(now: datetime) -> ColumnElement[bool]:
    return and_(
        Case.kind == CaseKind.LIFE,
        _is_unseen(),
        Case.opened_at < now - MAX_UNSEEN_LIFE,
    )


def _over(now: datetime) -> list[ColumnElement[bool]]:
    """Say for each kind whether a case of it has waited too long."""
    conditions: list[ColumnElement[bool]] = []
    for kind, most in MAX_WAIT.items():
        conditions.append(and_(Case.kind == kind, Case.opened_at < now - most))
    return conditions
