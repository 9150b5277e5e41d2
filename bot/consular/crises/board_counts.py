"""The counts behind the board, for half a million people: two questions to the database.

The first counts everybody by place and answer; the second, among those who did not answer and could
be written to, how far the questions came. The rest of the silent cannot be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import case as sql_case

from bot.consular.audiences.readings import Reading
from bot.consular.audiences.standings import STANDING_OF_ANSWER
from bot.models import CheckIn, Person, closures


@dataclass(frozen=True, slots=True)
class Count:
    """People of one place with the same standing, `stale` of them, and the id of one of them."""

    country: str
    standing: str
    people: int
    stale: int
    person_id: int


def by_answer(
    reading: Reading,
    is_stale: ColumnElement[bool],
    among: ColumnElement[bool],
) -> Select[Any]:
    """Select the people of each country, city and answer (None: silent).

    The columns are `country`, `city_index`, `status`, `people`, `stale` and the id of one.
    """
    groups = (Person.country, Person.city_index, CheckIn.status)
    stale = sql_case((is_stale, 1), else_=0)
    columns: tuple[Any, ...] = (
        *groups,
        func.count().label("people"),
        func.sum(stale).label("stale"),
        func.min(Person.id).label("person_id"),
    )
    people = select(*columns).select_from(Person).outerjoin(CheckIn, reading.is_last_answer())
    return people.where(reading.covers(), among).group_by(*groups)


def by_question(reading: Reading, among: ColumnElement[bool]) -> Select[Any]:
    """Select the silent of each country and city who may be written to: `asked`, and `to_ask`."""
    groups = (Person.country, Person.city_index)
    asked = sql_case((reading.is_asked(), 1), else_=0)
    to_ask = sql_case((reading.is_asked(), 0), (reading.has_only_failed(), 0), else_=1)
    columns: tuple[Any, ...] = (
        *groups,
        func.sum(asked).label("asked"),
        func.sum(to_ask).label("to_ask"),
    )
    people = reading.join_questions(select(*columns).select_from(Person))
    silent = people.where(
        reading.covers(),
        reading.is_silent(),
        closures.wants_broadcasts(),
        closures.has_open_address(),
        among,
    )
    return silent.group_by(*groups)


def together(answers: Iterable[Any], questions: Iterable[Any]) -> list[Count]:
    """Put the rows of both questions together, as counts by standing."""
    questions_by_place = {(row.country, row.city_index): row for row in questions}
    counts: list[Count] = []
    for row in answers:
        if row.status is not None:
            standing = STANDING_OF_ANSWER[row.status]
            counts.append(_count(row, standing, row.people, int(row.stale)))
            continue
        place = questions_by_place.get((row.country, row.city_index))
        counts += _of_silent(row, place)
    return counts


def _of_silent(row: Any, questions: Any) -> list[Count]:
    """Split the silent of a place by how far the questions to them came."""
    asked = int(questions.asked) if questions else 0
    to_ask = int(questions.to_ask) if questions else 0
    unreachable = row.people - asked - to_ask
    return [
        _count(row, "no_answer", asked, int(row.stale)),
        _count(row, "not_asked", to_ask, 0),
        _count(row, "unreachable", unreachable, 0),
    ]


def _count(row: Any, standing: str, people: int, stale: int) -> Count:
    return Count(
        row.country,
        standing,
        people,
        stale,
        row.person_id,
    )
