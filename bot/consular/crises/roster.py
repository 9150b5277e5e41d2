"""The people behind the board of a crisis, page by page: whom a list shows, and in which order.

Each look at a page of names is written into the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, Subquery, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import readings, standings
from bot.consular.audiences.readings import Reading
from bot.consular.audit import lists
from bot.consular.crises import crises
from bot.consular.errors import ConsularError
from bot.consular.people import household_needs, urgency
from bot.consular.reference import freshness
from bot.consular.staff import roles
from bot.messages import Channel
from bot.models import (
    CheckIn,
    Crisis,
    Person,
    PersonTag,
    Staff,
    closures,
    is_counted,
)
from nlu.language.folding import fold

PAGE_PEOPLE = urgency.PAGE_PEOPLE
MAX_BY_NAME = 5000  # names are encrypted: they are opened one by one to be sorted
STALE = "stale"
VULNERABLE = "vulnerable"
VULNERABLE_TAGS = (VULNERABLE, "فئة هشة")

Order = Literal["urgent", "name", "place", "answer"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Whom a list shows, and in which order.

    `standing` is one of COUNTS or STALE, `country` an ISO code, `city` a `CC/English name`. The tag
    VULNERABLE means whoever goes first, by their household or any such tag; `need` is one of
    `household_needs.NEEDS`. What is empty limits nothing.
    """

    standing: str = ""
    country: str = ""
    city: str = ""
    tag: str = ""
    need: str = ""
    channel: Channel | None = None
    order: Order = "urgent"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ids of the people on a page, in their order, and how many there are on all pages."""

    ids: list[int]
    total: int


async def find(
    session: AsyncSession,
    staff: Staff,
    crisis_id: int,
) -> Crisis:
    """Return a crisis whose people the account may see. Raises ConsularError."""
    roles.require(staff, "people")
    crisis = await session.get(Crisis, crisis_id)
    if crisis is None or not crises.concerns(staff, crisis):
        raise ConsularError("There is no such crisis.")
    return crisis


async def page(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    filters: Filter,
    number: int,
    now: datetime,
) -> Chosen:
    """Choose the people of one page (the first is 1). Raises ConsularError."""
    if filters.order == "name":
        ids = await _ids_by_name(session, staff, crisis, filters, now)
        start = (number - 1) * PAGE_PEOPLE
        return Chosen(ids[start : start + PAGE_PEOPLE], len(ids))
    reading = await readings.read(session, crisis)
    people = _limited(select(Person.id), staff, reading, filters, now)
    if filters.order == "urgent":
        return await _urgent_page(session, people, number, now)
    ordered = _ordered(staff, reading, filters, now)
    return await _sorted_page(session, people, ordered, number)


async def _urgent_page(
    session: AsyncSession,
    people: Select[int],
    number: int,
    now: datetime,
) -> Chosen:
    lengths = await urgency.count(session, people, now)
    ids = await urgency.page(session, people, lengths, number, now)
    return Chosen(ids, sum(lengths.values()))


async def _sorted_page(
    session: AsyncSession,
    people: Select[int],
    ordered: Select[int],
    number: int,
) -> Chosen:
    before = (number - 1) * PAGE_PEOPLE
    of_page = ordered.limit(PAGE_PEOPLE).offset(before)
    ids = list(await session.scalars(of_page))
    is_first = number == 1
    if len(ids) < PAGE_PEOPLE and (ids or is_first):
        return Chosen(ids, before + len(ids))
    # Apart from the page: PostgreSQL shares each of the two between its processes.
    counted = people.with_only_columns(func.count(), maintain_column_froms=True)
    total = await session.scalar(counted)
    return Chosen(ids, total or 0)


async def count(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    filters: Filter,
    now: datetime,
) -> int:
    """Count the people whom the list shows. Raises ConsularError."""
    reading = await readings.read(session, crisis)
    query = select(func.count()).select_from(Person)
    return await session.scalar(_limited(query, staff, reading, filters, now)) or 0


async def everybody(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    filters: Filter,
    now: datetime,
) -> list[int]:
    """Return the ids of all whom the list shows, in its order. Raises ConsularError."""
    if filters.order == "name":
        return await _ids_by_name(session, staff, crisis, filters, now)
    reading = await readings.read(session, crisis)
    query = _ordered(staff, reading, filters, now)
    return list(await session.scalars(query))


async def visible(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    person_ids: Sequence[int],
) -> list[int]:
    """Return those of these people who are in the crisis and whom the account looks after."""
    reading = await readings.read(session, crisis)
    query = select(Person.id).where(Person.id.in_(person_ids))
    listed = _limited(query, staff, reading, Filter(), crisis.opened_at)
    return list(await session.scalars(listed))


async def note_look(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    how: str,
    person_ids: Sequence[int],
    now: datetime,
) -> None:
    """Note that somebody saw (`viewed`), took away (`downloaded`) or printed (`printed`) names."""
    actor = roles.actor(staff)
    subject = f"crisis:{crisis.id}"
    await lists.note(
        session,
        actor,
        f"crisis_people.{how}",
        subject,
        now,
        person_ids,
        people=len(person_ids),
    )


# --- whom -----------------------------------------------------------------------------------------


def _limited(
    query: Select[Any],
    staff: Staff,
    reading: Reading,
    filters: Filter,
    now: datetime,
) -> Select[Any]:
    """Limit a query of people to those whom the list shows, and the account looks after."""
    roles.require(staff, "people")
    crisis = reading.crisis
    # Said once: the database takes a condition that is repeated for a rarer one, and plans badly.
    seen = replace(reading, countries=_seen_countries(staff, crisis, filters))
    conditions = _of_traits(filters)
    if filters.city:
        conditions.append(Person.city_index == filters.city)
    if filters.channel is not None:
        conditions.append(closures.has_open_address((filters.channel,)))
    listed = query.where(*conditions)
    if filters.standing == STALE:
        moment = crisis.closed_at or now
        return seen.limit_to_silent(listed).where(freshness.is_stale(moment))
    if filters.standing:
        return seen.limit(listed, filters.standing)
    return listed.where(
        Person.country.in_(seen.countries),
        Person.forgotten_at.is_(None),
        is_counted(crisis.drill),
    )


def _seen_countries(staff: Staff, crisis: Crisis, filters: Filter) -> tuple[str, ...]:
    """Return the countries of a crisis that the account looks after and the list does not hide."""
    countries = set(crises.countries_of(crisis))
    covered = roles.countries(staff)
    if covered is not None:
        countries &= set(covered)
    if filters.country:
        countries &= {filters.country}
    return tuple(sorted(countries))


def _of_traits(filters: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.tag:
        conditions.append(_has_tag(filters.tag))
    if filters.need:
        conditions.append(household_needs.has_need(filters.need))
    return conditions


def _has_tag(tag: str) -> ColumnElement[bool]:
    if tag == VULNERABLE:
        return household_needs.is_vulnerable()
    tagged = select(PersonTag.person_id).where(PersonTag.tag == tag)
    return Person.id.in_(tagged)


# --- in which order -------------------------------------------------------------------------------


def _ordered(
    staff: Staff,
    reading: Reading,
    filters: Filter,
    now: datetime,
) -> Select[int]:
    """Select the ids of those whom the list shows, in its order.

    By urgency: vulnerable people first, then those whose place nobody confirmed for longest.
    """
    query = _limited(select(Person.id), staff, reading, filters, now)
    match filters.order:
        case "place" | "name":
            return query.order_by(Person.country, Person.city_index.nulls_last(), Person.id)
        case "answer":
            answers = _newest_answers(reading.crisis)
            query = query.outerjoin(answers, answers.c.person_id == Person.id)
            return query.order_by(answers.c.at.nulls_last(), Person.id)
        case "urgent":
            first = household_needs.order()
            return query.order_by(first, Person.placed_at.nulls_first(), Person.id)


def _newest_answers(crisis: Crisis) -> Subquery:
    """Select when each person answered last in the crisis."""
    newest = func.max(CheckIn.at).label("at")
    answers = select(CheckIn.person_id, newest).where(standings.is_during(crisis.id))
    return answers.group_by(CheckIn.person_id).subquery()


async def _ids_by_name(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    filters: Filter,
    now: datetime,
) -> list[int]:
    """Return the ids of all whom the list shows, by name; nameless people last.

    Raises ConsularError where there are too many.
    """
    reading = await readings.read(session, crisis)
    columns: tuple[Any, ...] = (Person.id, Person.name)
    query = _limited(select(*columns), staff, reading, filters, now)
    people = (await session.execute(query.limit(MAX_BY_NAME + 1))).all()
    if len(people) > MAX_BY_NAME:
        raise ConsularError(
            "At most {most} people can be sorted by name: choose a place or an answer first.",
            most=MAX_BY_NAME,
        )
    ordered = sorted(people, key=_by_name)
    return [person_id for person_id, _name in ordered]


def _by_name(person: Sequence[Any]) -> tuple[bool, str, int]:
    person_id, name = person
    return not name, fold(name or ""), person_id
