"""Standings of people in a crisis: each person a crisis covers has exactly one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy import case as sql_case
from sqlalchemy.orm import aliased

from bot import outbox
from bot.consular.audiences import overlaps
from bot.models import (
    CheckIn,
    CheckInStatus,
    Crisis,
    CrisisCountry,
    OutboundMessage,
    OutboundState,
    Person,
    RollCallRound,
    closures,
)

COUNTS = ("safe", "help", "evacuate", "staying", "no_answer", "not_asked", "unreachable")
SILENT = ("no_answer", "not_asked", "unreachable")  # nothing is known of these people

# The question has left for the person's phone.
_ASKED_STATES = (
    OutboundState.SENDING,
    OutboundState.SENT,
    OutboundState.DELIVERED,
    OutboundState.READ,
)
_FAILED_STATES = (
    OutboundState.FAILED,
    OutboundState.EXPIRED,
    OutboundState.NO_CHANNEL,
)

STANDING_OF_ANSWER = {
    CheckInStatus.SAFE: "safe",
    CheckInStatus.HELP: "help",
    CheckInStatus.MEDICAL: "help",
    CheckInStatus.EVACUATE: "evacuate",
    CheckInStatus.STAYING: "staying",
}


def standings(crisis_id: int, among: Collection[int] | None = None) -> Select[Any]:
    """Select `id`, `country` and `standing`, one of COUNTS, of each person a crisis covers.

    With `among`, of these people alone: the database looks at nobody else's answers.
    """
    answer = _latest_answers(crisis_id, among)
    roll_call = _roll_call(crisis_id, among)
    standing = _standing(answer, roll_call)
    columns: tuple[Any, ...] = (
        Person.id,
        Person.country,
        standing.label("standing"),
    )
    people = select(*columns)
    people = people.outerjoin(answer, answer.c.person_id == Person.id)
    people = people.outerjoin(roll_call, roll_call.c.person_id == Person.id)
    covered = people.where(
        _is_covered(crisis_id),
        Person.forgotten_at.is_(None),
    )
    if among is None:
        return covered
    return covered.where(Person.id.in_(among))


def _standing(answer: Subquery, roll_call: Subquery) -> ColumnElement[str]:
    """Return the standing by the last answer; without one, by how far the questions came.

    One question that left is enough for "asked"; unreachable is whom none can reach.
    """
    cases: list[tuple[ColumnElement[bool], str]] = []
    for status, standing in STANDING_OF_ANSWER.items():
        is_answer = answer.c.status == status
        cases.append((is_answer, standing))
    is_unreachable = or_(
        not_(closures.wants_broadcasts()),
        not_(closures.has_open_address()),
        roll_call.c.has_failed == 1,
    )
    cases.append((is_unreachable, "unreachable"))
    is_asked = roll_call.c.is_asked == 1
    cases.append((is_asked, "no_answer"))
    return sql_case(*cases, else_="not_asked")


def is_one_of(crisis_id: int, names: Collection[str]) -> ColumnElement[bool]:
    """Return whether a person's standing in a crisis is one of these, of COUNTS.

    The condition selects where `standings` counts: PostgreSQL can share it between its processes.
    """
    alternatives: list[ColumnElement[bool]] = []
    statuses = statuses_of(names)
    if statuses:
        alternatives.append(_has_answered(crisis_id, statuses))
    if set(SILENT) <= set(names):
        alternatives.append(_is_silent(crisis_id))
    else:
        alternatives += _silences(crisis_id, names)
    return and_(_is_covered(crisis_id), or_(*alternatives))


def _silences(crisis_id: int, names: Collection[str]) -> list[ColumnElement[bool]]:
    """Return a condition for each of the silent standings among these.

    Whom a question left for is reached: so much less is looked up for the commonest of them.
    """
    is_silent = _is_silent(crisis_id)
    may_be_reached = and_(closures.wants_broadcasts(), closures.has_open_address())
    is_asked = _is_asked(crisis_id)
    has_only_failed = _has_only_failed(crisis_id)
    is_to_be_asked = and_(not_(is_asked), not_(has_only_failed))
    is_unreachable = or_(not_(may_be_reached), has_only_failed)
    silences = {
        "no_answer": and_(is_silent, may_be_reached, is_asked),
        "not_asked": and_(is_silent, may_be_reached, is_to_be_asked),
        "unreachable": and_(is_silent, is_unreachable),
    }
    return [silences[name] for name in SILENT if name in names]


def statuses_of(names: Collection[str]) -> list[CheckInStatus]:
    """Return the answers that give one of these standings."""
    statuses: list[CheckInStatus] = []
    for status, standing in STANDING_OF_ANSWER.items():
        if standing in names:
            statuses.append(status)
    return statuses


def _has_answered(
    crisis_id: int,
    statuses: Sequence[CheckInStatus],
) -> ColumnElement[bool]:
    """Say in SQL whether the last answer of a `Person` is one of these.

    Of an answer that was the last at the closing of another crisis, a newer one is there as well.
    """
    newer = aliased(CheckIn)
    is_open = Crisis.closed_at.is_(None)
    is_before_closing = newer.at <= Crisis.closed_at
    has_newer = exists().where(
        newer.person_id == CheckIn.person_id,
        newer.at > CheckIn.at,
        newer.status.is_not(None),
        or_(is_open, is_before_closing),
    )
    answered = select(CheckIn.person_id).where(
        is_during(crisis_id),
        CheckIn.status.in_(statuses),
        not_(has_newer.correlate(CheckIn, Crisis)),
    )
    return Person.id.in_(answered)


def _is_silent(crisis_id: int) -> ColumnElement[bool]:
    answer = exists().where(
        CheckIn.person_id == Person.id,
        is_during(crisis_id),
    )
    return not_(answer.correlate(Person))


def _has_only_failed(crisis_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` was asked in vain."""
    questions = _question(crisis_id)
    failure = questions.where(has_failed())
    arrival = questions.where(not_(has_failed()))
    return and_(
        failure.exists(),
        not_(arrival.exists()),
    )


def _is_asked(crisis_id: int) -> ColumnElement[bool]:
    asked = _question(crisis_id).where(has_left())
    return asked.exists()


def _question(crisis_id: int) -> Select[int]:
    """Select the questions of a crisis to the `Person` of the query around it."""
    questions = select(OutboundMessage.id).where(
        OutboundMessage.broadcast_id.in_(broadcast_ids(crisis_id)),
        OutboundMessage.person_id == Person.id,
    )
    return questions.correlate(Person)


def broadcast_ids(crisis_id: int) -> Select[int]:
    """Select the broadcasts that ask the people of a crisis, the first and the later ones."""
    first = select(Crisis.broadcast_id).where(Crisis.id == crisis_id)
    later = select(RollCallRound.broadcast_id).where(RollCallRound.crisis_id == crisis_id)
    broadcasts = union_all(first, later).subquery()
    return select(broadcasts.c.broadcast_id)


def has_left(question: type[OutboundMessage] = OutboundMessage) -> ColumnElement[bool]:
    """Say in SQL whether a question left for its person, or another crisis asked them instead."""
    is_on_its_way = question.state.in_(_ASKED_STATES)
    return or_(is_on_its_way, overlaps.was_left_to_another(question))


def has_failed(question: type[OutboundMessage] = OutboundMessage) -> ColumnElement[bool]:
    """Say in SQL whether a roll call did not reach its person, or waits for a phone that is off."""
    has_ended = question.state.in_(_FAILED_STATES)
    return or_(has_ended, outbox.waits_for_phone(question))


def _is_covered(crisis_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a person is in a country of a crisis, and is one of those it asks."""
    countries = select(CrisisCountry.country)
    covered = countries.where(CrisisCountry.crisis_id == crisis_id)
    asking = covered.join(Crisis, Crisis.id == CrisisCountry.crisis_id)
    asking_real_people = asking.where(Crisis.real_people)
    return and_(
        Person.country.in_(covered),
        or_(Person.synthetic, Person.country.in_(asking_real_people)),
        or_(_is_whole(crisis_id), is_in_area(crisis_id)),
    )


def _is_whole(crisis_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a crisis covers the whole of its countries."""
    whole = select(Crisis.id).where(
        Crisis.id == crisis_id,
        Crisis.area.is_(None),
    )
    return whole.exists()


def is_in_area(crisis_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a person was found in the area of a crisis, or answered there.

    Its roll call has a row for everybody in the area, and looks for those who come in.
    """
    answers = select(CheckIn.id).where(
        CheckIn.crisis_id == crisis_id,
        CheckIn.person_id == Person.id,
    )
    has_answered = answers.correlate(Person).exists()
    return or_(_question(crisis_id).exists(), has_answered)


def _latest_answers(crisis_id: int, among: Collection[int] | None) -> Subquery:
    """Select the last answer of each person since the crisis opened and until it closed."""
    newest_first = func.row_number().over(
        partition_by=CheckIn.person_id,
        order_by=(CheckIn.at.desc(), CheckIn.id.desc()),
    )
    ranked = select(
        CheckIn.person_id,
        CheckIn.status,
        newest_first.label("rank"),
    )
    during = ranked.where(is_during(crisis_id))
    if among is not None:
        during = during.where(CheckIn.person_id.in_(among))
    answers = during.subquery()
    latest = select(answers).where(answers.c.rank == 1)
    return latest.subquery()


def answers(crisis_id: int) -> Subquery:
    """Select `person_id`, `at` and `via` of every answer while a crisis was open."""
    columns = (CheckIn.person_id, CheckIn.at, CheckIn.via)
    return select(*columns).where(is_during(crisis_id)).subquery()


def first_answers(crisis_id: int) -> Subquery:
    """Select `person_id` and `at` of each person's first answer in a crisis."""
    first_at = func.min(CheckIn.at, type_=CheckIn.at.type)
    columns = (CheckIn.person_id, first_at.label("at"))
    during = select(*columns).where(is_during(crisis_id))
    return during.group_by(CheckIn.person_id).subquery()


def is_during(crisis_id: int) -> ColumnElement[bool]:
    """Say in SQL whether a check-in fell between the opening and the closing of a crisis.

    A join with `Crisis`: PostgreSQL would not share work between its processes that holds a value
    looked up beforehand.
    """
    is_open = Crisis.closed_at.is_(None)
    is_before_closing = CheckIn.at <= Crisis.closed_at
    return and_(
        Crisis.id == crisis_id,
        CheckIn.at >= Crisis.opened_at,
        or_(is_open, is_before_closing),
    )


def _roll_call(crisis_id: int, among: Collection[int] | None) -> Subquery:
    """Select how far the questions to each person came: 1 or 0, `is_asked` and `has_failed`.

    They have failed where all did.
    """
    is_asked = sql_case((has_left(), 1), else_=0)
    failed = sql_case((has_failed(), 1), else_=0)
    messages = select(
        OutboundMessage.person_id,
        func.max(is_asked).label("is_asked"),
        func.min(failed).label("has_failed"),
    )
    questions = messages.where(OutboundMessage.broadcast_id.in_(broadcast_ids(crisis_id)))
    if among is not None:
        questions = questions.where(OutboundMessage.person_id.in_(among))
    return questions.group_by(OutboundMessage.person_id).subquery()
