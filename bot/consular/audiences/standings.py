"""Standings of people in a crisis: safe, help, evacuate, no answer or unreachable; each has exactly
one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, not_, or_, select
from sqlalchemy import case as sql_case

from bot.models import (
    Address,
    CheckIn,
    CheckInStatus,
    Crisis,
    CrisisCountry,
    OutboundMessage,
    OutboundState,
    Person,
)

COUNTS = ("safe", "help", "evacuate", "no_answer", "unreachable")


_FAILED = (OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL)


_ANSWERS = {
    CheckInStatus.SAFE: "safe",
    CheckInStatus.HELP: "help",
    CheckInStatus.MEDICAL: "help",
    CheckInStatus.EVACUATE: "evacuate",
}


def standings(crisis_id: int) -> Select[Any]:
    """A row for each person a crisis covers: `id`, `country` and `standing`, one of COUNTS."""
    answer, asked = _latest_answers(crisis_id), _roll_call(crisis_id)
    standing = sql_case(
        *((answer.c.status == status, name) for status, name in _ANSWERS.items()),
        (
            or_(Person.stopped_at.is_not(None), ~_has_usable_address(), asked.c.state.in_(_FAILED)),
            "unreachable",
        ),
        else_="no_answer",
    )
    return (
        select(Person.id, Person.country, standing.label("standing"))
        .outerjoin(answer, answer.c.person_id == Person.id)
        .outerjoin(asked, asked.c.person_id == Person.id)
        .where(Person.country.in_(_covered(crisis_id)), Person.forgotten_at.is_(None))
    )


def is_one_of(crisis_id: int, names: Collection[str]) -> ColumnElement[bool]:
    """Whether a person's standing in a crisis is one of these, of COUNTS.

    `standings` for choosing instead of counting: in words the database can share between its
    processes.
    """
    ways: list[ColumnElement[bool]] = []
    if set(names) & set(_ANSWERS.values()):
        ways.append(Person.id.in_(_who_last_said(crisis_id, names)))
    if "no_answer" in names:
        ways.append(and_(_is_silent(crisis_id), _is_reached(crisis_id)))
    if "unreachable" in names:
        ways.append(and_(_is_silent(crisis_id), not_(_is_reached(crisis_id))))
    return and_(Person.country.in_(_covered(crisis_id)), or_(*ways))


def _who_last_said(crisis_id: int, names: Collection[str]) -> Select[int]:
    """The ids of people whose last answer was one of these: the newest of those is the newest of
    all.
    """
    wanted = [status for status, name in _ANSWERS.items() if name in names]
    such = func.max(sql_case((CheckIn.status.in_(wanted), CheckIn.id)))
    answers = select(CheckIn.person_id).where(*_during(crisis_id)).group_by(CheckIn.person_id)
    return answers.having(such == func.max(CheckIn.id))


def _is_silent(crisis_id: int) -> ColumnElement[bool]:
    return ~exists().where(CheckIn.person_id == Person.id, *_during(crisis_id)).correlate(Person)


def _is_reached(crisis_id: int) -> ColumnElement[bool]:
    asked = (Crisis.id == crisis_id, OutboundMessage.broadcast_id == Crisis.broadcast_id)
    failed = exists().where(
        *asked, OutboundMessage.person_id == Person.id, OutboundMessage.state.in_(_FAILED)
    )
    return and_(Person.stopped_at.is_(None), _has_usable_address(), ~failed.correlate(Person))


def _covered(crisis_id: int) -> Select[str]:
    return select(CrisisCountry.country).where(CrisisCountry.crisis_id == crisis_id)


def _latest_answers(crisis_id: int) -> Subquery:
    """The last answer of each person since the crisis opened and until it closed."""
    turn = (
        func.row_number()
        .over(partition_by=CheckIn.person_id, order_by=CheckIn.id.desc())
        .label("turn")
    )
    answers = select(CheckIn.person_id, CheckIn.status, turn).where(*_during(crisis_id)).subquery()
    return select(answers).where(answers.c.turn == 1).subquery()


def _during(crisis_id: int) -> tuple[ColumnElement[bool], ...]:
    """Of check-ins beside `Crisis`: since it opened and until it closed.

    A join, as PostgreSQL would not share work that holds a value looked up beforehand between its
    processes.
    """
    in_time = (
        CheckIn.at >= Crisis.opened_at,
        or_(Crisis.closed_at.is_(None), CheckIn.at <= Crisis.closed_at),
    )
    return Crisis.id == crisis_id, *in_time


def _roll_call(crisis_id: int) -> Subquery:
    """One row a person, as a broadcast has one row a recipient."""
    asked = select(Crisis.broadcast_id).where(Crisis.id == crisis_id).scalar_subquery()
    mine = OutboundMessage.broadcast_id == asked
    return select(OutboundMessage.person_id, OutboundMessage.state).where(mine).subquery()


def _has_usable_address() -> ColumnElement[bool]:
    usable = (Address.person_id == Person.id, Address.stopped_at.is_(None))
    return exists().where(*usable).correlate(Person)  # a query around it may look at addresses too
