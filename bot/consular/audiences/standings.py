"""Standings of people in a crisis: each person a crisis covers has exactly one of them."""

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

_FAILED_STATES = (OutboundState.FAILED, OutboundState.EXPIRED, OutboundState.NO_CHANNEL)

_STANDING_OF_ANSWER = {
    CheckInStatus.SAFE: "safe",
    CheckInStatus.HELP: "help",
    CheckInStatus.MEDICAL: "help",
    CheckInStatus.EVACUATE: "evacuate",
}


def standings(crisis_id: int) -> Select[Any]:
    """Select `id`, `country` and `standing`, one of COUNTS, of each person a crisis covers."""
    answer = _latest_answers(crisis_id)
    roll_call = _roll_call(crisis_id)
    standing = _standing(answer, roll_call).label("standing")
    columns: tuple[Any, ...] = (Person.id, Person.country, standing)
    people = select(*columns)
    people = people.outerjoin(answer, answer.c.person_id == Person.id)
    people = people.outerjoin(roll_call, roll_call.c.person_id == Person.id)
    return people.where(Person.country.in_(_covered(crisis_id)), Person.forgotten_at.is_(None))


def _standing(answer: Subquery, roll_call: Subquery) -> ColumnElement[str]:
    """Return the standing by the last answer; without one, by whether the question arrived."""
    whens: list[tuple[ColumnElement[bool], str]] = []
    for status, standing in _STANDING_OF_ANSWER.items():
        whens.append((answer.c.status == status, standing))
    is_unreachable = or_(
        Person.stopped_at.is_not(None),
        not_(_has_usable_address()),
        roll_call.c.state.in_(_FAILED_STATES),
    )
    whens.append((is_unreachable, "unreachable"))
    return sql_case(*whens, else_="no_answer")


def is_one_of(crisis_id: int, names: Collection[str]) -> ColumnElement[bool]:
    """Return whether a person's standing in a crisis is one of these, of COUNTS.

    The condition selects where `standings` counts: PostgreSQL can share it between its processes.
    """
    alternatives: list[ColumnElement[bool]] = []
    if not set(names).isdisjoint(_STANDING_OF_ANSWER.values()):
        alternatives.append(Person.id.in_(_answered(crisis_id, names)))
    if "no_answer" in names:
        alternatives.append(and_(_is_silent(crisis_id), _is_reached(crisis_id)))
    if "unreachable" in names:
        alternatives.append(and_(_is_silent(crisis_id), not_(_is_reached(crisis_id))))
    is_covered = Person.country.in_(_covered(crisis_id))
    return and_(is_covered, or_(*alternatives))


def _answered(crisis_id: int, names: Collection[str]) -> Select[int]:
    """Select the ids of people whose last answer gives one of these standings."""
    statuses: list[CheckInStatus] = []
    for status, standing in _STANDING_OF_ANSWER.items():
        if standing in names:
            statuses.append(status)
    # The newest of the answers with such a status is then the newest of all.
    newest_such = func.max(sql_case((CheckIn.status.in_(statuses), CheckIn.id)))
    newest = func.max(CheckIn.id)
    answers = select(CheckIn.person_id).where(_is_during(crisis_id))
    return answers.group_by(CheckIn.person_id).having(newest_such == newest)


def _is_silent(crisis_id: int) -> ColumnElement[bool]:
    answer = exists().where(CheckIn.person_id == Person.id, _is_during(crisis_id))
    return not_(answer.correlate(Person))


def _is_reached(crisis_id: int) -> ColumnElement[bool]:
    failed_roll_call = exists().where(
        Crisis.id == crisis_id,
        OutboundMessage.broadcast_id == Crisis.broadcast_id,
        OutboundMessage.person_id == Person.id,
        OutboundMessage.state.in_(_FAILED_STATES),
    )
    return and_(
        Person.stopped_at.is_(None),
        _has_usable_address(),
        not_(failed_roll_call.correlate(Person)),
    )


def _covered(crisis_id: int) -> Select[str]:
    return select(CrisisCountry.country).where(CrisisCountry.crisis_id == crisis_id)


def _latest_answers(crisis_id: int) -> Subquery:
    """Select the last answer of each person since the crisis opened and until it closed."""
    newest_first = func.row_number().over(
        partition_by=CheckIn.person_id,
        order_by=CheckIn.id.desc(),
    )
    ranked = select(CheckIn.person_id, CheckIn.status, newest_first.label("rank"))
    answers = ranked.where(_is_during(crisis_id)).subquery()
    return select(answers).where(answers.c.rank == 1).subquery()


def _is_during(crisis_id: int) -> ColumnElement[bool]:
    """Return whether a check-in fell between the opening and the closing of a crisis.

    A join with `Crisis`: PostgreSQL would not share work between its processes that holds a value
    looked up beforehand.
    """
    is_before_end = or_(Crisis.closed_at.is_(None), CheckIn.at <= Crisis.closed_at)
    return and_(Crisis.id == crisis_id, CheckIn.at >= Crisis.opened_at, is_before_end)


def _roll_call(crisis_id: int) -> Subquery:
    """Select the state of the question to each person: a broadcast has one row a recipient."""
    broadcast = select(Crisis.broadcast_id).where(Crisis.id == crisis_id).scalar_subquery()
    messages = select(OutboundMessage.person_id, OutboundMessage.state)
    return messages.where(OutboundMessage.broadcast_id == broadcast).subquery()


def _has_usable_address() -> ColumnElement[bool]:
    usable = exists().where(Address.person_id == Person.id, Address.stopped_at.is_(None))
    return usable.correlate(Person)  # a query around it may read addresses too
