"""The counts behind the board, for half a million people: two questions to the database.

The first counts everybody by place and answer; the second, among those who did not answer and could
be written to, how far the questions came. The rest of the silent cannot be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy import case as sql_case

from bot.consular.audiences.readings import Reading
from bot.consular.audiences.standings import STANDING_OF_ANSWER
from bot.consular.reference import freshness
from bot.models import CheckIn, Person, closures


@dataclass(frozen=True, slots=True)
class Count:
    """People of one place with the same standing, and the id of one of them.

    `stale` of them are silent and in an old place; `percents` is the sum of the confidence in each.
    """

    country: str
    standing: str
    people: int
    stale: int
    percents: int
    person_id: int


def by_answer(
    reading: Reading,
    moment: datetime,
    among: ColumnElement[bool],
) -> Select[Any]:
    """Select the people of each country, city and answer (None: silent).

    The columns are `country`, `city_index`, `status`, `people`, `stale`, `percents` and the id of
    one. Places age until the moment.
    """
    groups = (Person.country, Person.city_index, CheckIn.status)
    stale = sql_case((freshness.is_stale(moment), 1), else_=0)
    percent = freshness.percent_of(moment)
    columns: tuple[Any, ...] = (
        *groups,
        func.count().label("people"),
        func.sum(stale).label("stale"),
        func.sum(percent).label("percents"),
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
    """Put the groups of both questions together, as counts by standing."""
    questions_by_place: dict[tuple[str, Any], Any] = {}
    for place in questions:
        questions_by_place[place.country, place.city_index] = place
    counts: list[Count] = []
    for group in answers:
        if group.status is None:
            place = questions_by_place.get((group.country, group.city_index))
            counts += _of_silent(group, place)
            continue
        standing = STANDING_OF_ANSWER[group.status]
        percents = group.people * freshness.SURE_PERCENT  # their answer says that they are there
        counts.append(_count(group, standing, group.people, 0, percents))
    return counts


def _of_silent(group: Any, place: Any) -> list[Count]:
    """Split the silent of a place by how far the questions to them came."""
    asked = int(place.asked) if place else 0
    to_ask = int(place.to_ask) if place else 0
    unreachable = group.people - asked - to_ask
    stale = int(group.stale)  # summed only, so any of the three may say it
    percents = int(group.percents)
    return [
        _count(group, "no_answer", asked, stale, percents),
        _count(group, "not_asked", to_ask, 0, 0),
        _count(group, "unreachable", unreachable, 0, 0),
    ]


def _count(group: Any, standing: str, people: int, stale: int, percents: int) -> Count:
    return Count(
        group.country,
        standing,
        people,
        stale,
        percents,
        group.person_id,
    )
