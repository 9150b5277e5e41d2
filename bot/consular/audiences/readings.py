"""What a crisis asks of its people, looked up beforehand, so that the database plans for it.

`standings` asks the same of any crisis by its number, within one statement; a board of half a
million people takes three times as long that way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.consular.audiences import standings
from bot.models import (
    CheckIn,
    Crisis,
    CrisisCountry,
    OutboundMessage,
    Person,
    closures,
    is_counted,
)

Question = type[OutboundMessage]  # an alias for the questions of one round


@dataclass(frozen=True, slots=True)
class Reading:
    """A crisis, its countries, and the rounds of its roll call, with an alias for each.

    `has_older_answers`: another crisis closed meanwhile, and what was the last answer then may not
    be the last now.
    """

    crisis: Crisis
    countries: tuple[str, ...]
    broadcast_ids: tuple[int, ...]
    questions: tuple[Question, ...]
    has_older_answers: bool

    def covers(self) -> ColumnElement[bool]:
        """Say in SQL whether a `Person` counts in the crisis.

        Join the questions, where it has an area.
        """
        crisis = self.crisis
        conditions = [
            Person.country.in_(self.countries),
            Person.forgotten_at.is_(None),
            is_counted(crisis.drill, crisis.real_people),
        ]
        if not crisis.real_people:
            conditions.append(Person.synthetic.is_(True))
        if crisis.area is not None:
            conditions.append(standings.is_in_area(crisis.id))
        return and_(*conditions)

    def is_last_answer(self) -> ColumnElement[bool]:
        """Say in SQL whether a `CheckIn` is the answer of a `Person` that counts.

        Only such an answer is in the clear, in this crisis or another.
        """
        conditions = [
            CheckIn.person_id == Person.id,
            CheckIn.status.is_not(None),
            self._is_during(CheckIn),
        ]
        if self.has_older_answers:
            newer = aliased(CheckIn)
            has_newer = exists().where(
                newer.person_id == CheckIn.person_id,
                newer.status.is_not(None),
                newer.at > CheckIn.at,
                self._is_during(newer),
            )
            conditions.append(not_(has_newer.correlate(CheckIn)))
        return and_(*conditions)

    def is_silent(self) -> ColumnElement[bool]:
        """Say in SQL whether a `Person` gave no answer."""
        answer = exists().where(
            CheckIn.person_id == Person.id,
            CheckIn.status.is_not(None),
            self._is_during(CheckIn),
        )
        return not_(answer.correlate(Person))

    def _is_during(self, answer: type[CheckIn]) -> ColumnElement[bool]:
        is_since_opening = answer.at >= self.crisis.opened_at
        if self.crisis.closed_at is None:
            return is_since_opening
        return and_(is_since_opening, answer.at <= self.crisis.closed_at)

    def join_questions(self, people: Select[Any]) -> Select[Any]:
        """Join the question of each round, of which a `Person` has one at most."""
        for broadcast_id, question in zip(self.broadcast_ids, self.questions, strict=True):
            is_own = and_(
                question.person_id == Person.id,
                question.broadcast_id == broadcast_id,
            )
            people = people.outerjoin(question, is_own)
        return people

    def is_asked(self) -> ColumnElement[bool]:
        """Say in SQL whether a question has left for a `Person`; join the questions."""
        conditions: list[ColumnElement[bool]] = []
        for question in self.questions:
            has_left = standings.has_left(question)
            conditions.append(has_left)
        return or_(false(), *conditions)

    def has_only_failed(self) -> ColumnElement[bool]:
        """Say in SQL whether all questions to a `Person` failed; join the questions."""
        questions: list[ColumnElement[bool]] = []
        failures: list[ColumnElement[bool]] = []
        for question in self.questions:
            is_there = question.id.is_not(None)
            questions.append(is_there)
            has_failed = standings.has_failed(question)
            failures.append(or_(not_(is_there), has_failed))
        is_any_there = or_(false(), *questions)
        return and_(is_any_there, *failures)

    def limit_to_silent(self, people: Select[Any]) -> Select[Any]:
        """Limit a query of each `Person` once to those of whom nobody has heard."""
        return people.where(self.covers(), self.is_silent())

    def limit(self, people: Select[Any], standing: str) -> Select[Any]:
        """Limit a query of each `Person` once to those with one standing of COUNTS."""
        covered = people.where(self.covers())
        if standing not in standings.SILENT:
            statuses = standings.statuses_of([standing])
            answered = covered.join(CheckIn, self.is_last_answer())
            return answered.where(CheckIn.status.in_(statuses))
        with_questions = self.join_questions(covered)
        silent = with_questions.where(self.is_silent())
        return silent.where(self._has_silence(standing))

    def _has_silence(self, standing: str) -> ColumnElement[bool]:
        """Say in SQL whether a silent `Person` has a standing; join the questions."""
        may_be_reached = and_(
            closures.wants_broadcasts(),
            closures.has_open_address(),
        )
        has_only_failed = self.has_only_failed()
        if standing == "unreachable":
            return or_(not_(may_be_reached), has_only_failed)
        if standing == "no_answer":
            return and_(may_be_reached, self.is_asked())
        is_asked = func.coalesce(self.is_asked(), false())
        return and_(
            may_be_reached,
            not_(is_asked),
            not_(has_only_failed),
        )


async def read(session: AsyncSession, crisis: Crisis) -> Reading:
    """Look up what a crisis asks."""
    countries = select(CrisisCountry.country).where(CrisisCountry.crisis_id == crisis.id)
    broadcasts = await session.scalars(standings.broadcast_ids(crisis.id))
    broadcast_ids = tuple(filter(None, broadcasts))  # a crisis may have no roll call yet
    questions = tuple(aliased(OutboundMessage) for _broadcast in broadcast_ids)
    return Reading(
        crisis,
        tuple(await session.scalars(countries)),
        broadcast_ids,
        questions,
        await _has_older_answers(session, crisis),
    )


async def _has_older_answers(session: AsyncSession, crisis: Crisis) -> bool:
    """Tell whether another crisis closed while this one was open."""
    others = select(func.count()).where(
        Crisis.id != crisis.id,
        Crisis.closed_at >= crisis.opened_at,
    )
    if crisis.closed_at is not None:
        others = others.where(Crisis.closed_at <= crisis.closed_at)
    return bool(await session.scalar(others))
