"""Questions whether people are still where our record has them: twice a year, and after a crisis.

Each day has its own people and each hour its most, by day where they are. Whoever does not answer
is not asked again before the next half-year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import addresses, standings
from bot.consular.audit import trail
from bot.consular.broadcasts import place_question_words, quiet
from bot.consular.reference import country_reach
from bot.messages import Form
from bot.models import (
    Address,
    Case,
    CaseState,
    Crisis,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    PlaceQuestion,
    PlaceQuestionKind,
    closures,
)
from bot.models.upserts import insert_into
from bot.text import numbers

SPREAD_DAYS = 30  # before a place goes stale: each person has a day of their own
FIRST_DAY = 150  # the first of those days, after the last confirmation
REST = timedelta(days=180)  # between two questions: two a year at most
REST_AFTER_CRISIS = timedelta(days=60)  # since the last question, where a crisis ended meanwhile
CALM_DAYS = 3  # after the end of a crisis
CRISIS_SPREAD_DAYS = 14
CRISIS_LIFE = timedelta(days=60)  # later it is the half-yearly question's turn
HOUR = timedelta(hours=1)
BATCH_PEOPLE = 50  # of one transaction


@dataclass(frozen=True, slots=True)
class _Due:
    """Somebody to ask, the address that the question goes to, and why they are asked."""

    person: Person
    address: Address
    kind: PlaceQuestionKind


async def ask(
    session: AsyncSession,
    per_hour: int,
    now: datetime,
    has_link: bool,
) -> int:
    """Ask some of those whose turn it is, and return how many; at most `per_hour` in an hour.

    The row of a question is written together with its message: nobody is asked twice. Whose message
    would be dear has had their turn without one. Who could not answer is not asked; `has_link`
    tells whether a reply link can be made, which answers where no SMS returns.
    """
    room = per_hour - await _asked_since(session, now - HOUR)
    most = min(room, BATCH_PEOPLE)
    if most <= 0:
        return 0
    asked_count = 0
    ended_crises = await _ended_crises(session, now)
    mute_countries = await _mute_countries(session, has_link)
    for kind, is_due in _reasons(ended_crises, now).items():
        whose_turn = and_(*_may_be_asked(), _can_answer(mute_countries), is_due)
        best_address = addresses.preferred(mute_countries)
        most_due = most - asked_count
        due = await _due(session, whose_turn, best_address, kind, most_due, now)
        asked_count += await _put_questions(session, due, kind, now)
    await session.flush()
    return asked_count


async def _put_questions(
    session: AsyncSession,
    due: list[_Due],
    kind: PlaceQuestionKind,
    now: datetime,
) -> int:
    """Claim these people and ask them; return how many got a question."""
    claimed = await _claim(session, due, kind, now)
    asked_count = 0
    for one_due in due:
        if one_due.person.id in claimed and not _is_dear(one_due.address):
            await _put_question(session, one_due, now)
            asked_count += 1
    return asked_count


async def count_due(session: AsyncSession, now: datetime, has_link: bool) -> dict[str, int]:
    """Count those whose turn it is by country, whatever the time of the day is there."""
    mute_countries = await _mute_countries(session, has_link)
    return await _count_due(session, _can_answer(mute_countries), now)


async def count_unreachable(
    session: AsyncSession,
    now: datetime,
    has_link: bool,
) -> dict[str, int]:
    """Count those by country whose turn it is, and who are not asked: no answer would return."""
    mute_countries = await _mute_countries(session, has_link)
    return await _count_due(session, not_(_can_answer(mute_countries)), now)


async def _mute_countries(session: AsyncSession, has_link: bool) -> frozenset[str]:
    """Return the countries to whose numbers a question is not sent: no answer would return."""
    ways = await country_reach.ways(session)
    return country_reach.mute(ways, has_link)


def _can_answer(mute_countries: frozenset[str]) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` has an address from which an answer returns."""
    address = exists().where(
        Address.person_id == Person.id,
        closures.is_sendable(mute_countries),
    )
    return address.correlate(Person)


async def _count_due(
    session: AsyncSession,
    reach: ColumnElement[bool],
    now: datetime,
) -> dict[str, int]:
    ended_crises = await _ended_crises(session, now)
    is_due = or_(*_reasons(ended_crises, now).values())
    columns: tuple[Any, ...] = (Person.country, func.count())
    query = select(*columns).where(*_may_be_asked(), reach, is_due)
    counts: dict[str, int] = {}
    by_country = _with_question(query).group_by(Person.country)
    for country, people in await session.execute(by_country):
        counts[country] = people
    return counts


def _reasons(
    ended_crises: list[Crisis],
    now: datetime,
) -> dict[PlaceQuestionKind, ColumnElement[bool]]:
    """Return for each reason to ask the condition on a `Person`; join the question."""
    reasons: dict[PlaceQuestionKind, ColumnElement[bool]] = {}
    if ended_crises:
        after_crises = [_is_due_after(crisis, now) for crisis in ended_crises]
        reasons[PlaceQuestionKind.CRISIS_OVER] = or_(*after_crises)
    reasons[PlaceQuestionKind.HALF_YEAR] = _is_due_by_age(now)
    return reasons


def _is_due_by_age(now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a place is old enough on the person's own day; join the question."""
    first_day = now - timedelta(days=FIRST_DAY)
    return and_(
        Person.placed_at <= first_day,
        Person.placed_at <= _on_own_day(first_day, SPREAD_DAYS),
        or_(PlaceQuestion.asked_at.is_(None), PlaceQuestion.asked_at <= now - REST),
    )


def _on_own_day(first_day: datetime, days: int) -> ColumnElement[datetime]:
    """Return a moment, and a day earlier for each day that the person's own lies later."""
    moment_type: Any = Person.__table__.c.placed_at.type
    moments: dict[int, Any] = {}
    for day in range(days):
        moments[day] = literal(first_day - timedelta(days=day), moment_type)
    return sql_case(moments, value=Person.id % days)


async def _ended_crises(session: AsyncSession, now: datetime) -> list[Crisis]:
    """List the crises, no drills, that ended a while ago, but not long ago."""
    calm_since = now - timedelta(days=CALM_DAYS)
    oldest = now - CRISIS_LIFE
    query = select(Crisis).where(
        Crisis.drill.is_(False),
        Crisis.closed_at <= calm_since,
        Crisis.closed_at > oldest,
    )
    ended = await session.scalars(query.order_by(Crisis.id))
    return list(ended)


def _is_due_after(crisis: Crisis, now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a person whom a crisis covered is to be asked after it.

    Join the question. Whoever told or confirmed their place since, or was asked, is not.
    """
    closed_at = crisis.closed_at or now
    countries = [covered.country for covered in crisis.countries]
    own_day = _on_own_day(now - timedelta(days=CALM_DAYS), CRISIS_SPREAD_DAYS)
    was_asked_before = and_(
        PlaceQuestion.asked_at < closed_at,
        PlaceQuestion.asked_at <= now - REST_AFTER_CRISIS,
    )
    conditions = [
        Person.country.in_(countries),
        Person.placed_at < closed_at,
        literal(closed_at, Person.__table__.c.placed_at.type) <= own_day,
        or_(PlaceQuestion.asked_at.is_(None), was_asked_before),
    ]
    if crisis.area is not None:
        is_inside = standings.is_in_area(crisis.id)
        conditions.append(is_inside)
    return and_(*conditions)


def _may_be_asked() -> list[ColumnElement[bool]]:
    """Say in SQL who may be asked at all, and can be."""
    return [*may_be_written_to(), closures.has_open_address()]


def may_be_written_to() -> list[ColumnElement[bool]]:
    """Say in SQL who may be asked at all: never in a crisis, nor while somebody sees to them."""
    return [*wants_to_hear(), not_(closures.is_in_crisis())]


def wants_to_hear() -> list[ColumnElement[bool]]:
    """Say in SQL who agreed to messages, did not stop them, and is not looked after just now."""
    open_case = exists().where(
        Case.person_id == Person.id,
        Case.state != CaseState.CLOSED,
    )
    return [
        Person.consented_at.is_not(None),
        Person.country.is_not(None),
        Person.synthetic.is_(False),
        Person.forgotten_at.is_(None),
        Person.erasure_asked_at.is_(None),
        closures.wants_broadcasts(),
        not_(open_case.correlate(Person)),
    ]


def _with_question(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(PlaceQuestion, PlaceQuestion.person_id == Person.id)


async def _asked_since(session: AsyncSession, moment: datetime) -> int:
    questions = select(func.count())
    later = questions.where(PlaceQuestion.asked_at > moment)
    count = await session.scalar(later)
    return count or 0


async def _due(
    session: AsyncSession,
    whose_turn: ColumnElement[bool],
    best_address: ScalarSelect[int],
    kind: PlaceQuestionKind,
    most: int,
    now: datetime,
) -> list[_Due]:
    """Look up those whose turn it is and where it is day, the oldest places first; lock them."""
    zones = await _zones_by_day(session, whose_turn, now)
    if not zones or most <= 0:
        return []
    columns: tuple[Any, ...] = (Person, best_address)
    people = _with_question(select(*columns))
    awake = people.where(whose_turn, _zone().in_(zones))
    oldest = awake.order_by(Person.placed_at, Person.id).limit(most)
    locked = oldest.with_for_update(of=Person, skip_locked=True)
    rows = await session.execute(locked)
    due: list[_Due] = []
    for person, address_id in rows.all():
        address = await session.get_one(Address, address_id)
        due.append(_Due(person, address, kind))
    return due


async def _zones_by_day(
    session: AsyncSession,
    whose_turn: ColumnElement[bool],
    now: datetime,
) -> list[str]:
    """Return the zones of those whose turn it is in which it is day."""
    people = _with_question(select(_zone()).distinct())
    due = people.where(whose_turn)
    zones: list[str] = []
    for zone in await session.scalars(due):
        if quiet.is_calm_day(now, zone):
            zones.append(zone)
    return zones


def _zone() -> ColumnElement[str]:
    return func.coalesce(Person.timezone, quiet.HOME_ZONE)


async def _claim(
    session: AsyncSession,
    due: list[_Due],
    kind: PlaceQuestionKind,
    now: datetime,
) -> set[int]:
    """Write down who is asked now; return their ids. Whom another worker asks is not among them."""
    if not due:
        return set()
    empty = {
        "kind": kind,
        "asked_at": now,
        "answered_at": None,
        "answer": None,
    }
    rows = [{"person_id": one_due.person.id, **empty} for one_due in due]
    adding = insert_into(session, PlaceQuestion).values(rows)
    claiming = adding.on_conflict_do_update(
        index_elements=["person_id"],
        set_=empty,
        where=PlaceQuestion.asked_at <= now - REST_AFTER_CRISIS,
    )
    claimed = await session.scalars(claiming.returning(PlaceQuestion.person_id))
    return set(claimed)


def _is_dear(address: Address) -> bool:
    return address.form is Form.TEXT and numbers.is_dear(address.address)


async def _put_question(session: AsyncSession, due: _Due, now: datetime) -> None:
    """Queue the question behind everything else that is sent."""
    person, address = due.person, due.address
    content = place_question_words.question(person, due.kind, address.form)
    message = OutboundMessage(
        person_id=person.id,
        address_id=address.id,
        channel=address.channel,
        form=address.form,
        language=content.language,
        lane=Lane.ROUTINE,
        state=OutboundState.QUEUED,
        content=content.to_json(),
        attempts=0,
        created_at=now,
        due_at=now,
    )
    session.add(message)
    subject = f"person:{person.id}"
    await trail.note(session, trail.SYSTEM, "person.asked_place", subject, now)


async def note_asked(session: AsyncSession, people: Select[int], now: datetime) -> None:
    """Note that a broadcast asks these people where they are: no question of their own follows."""
    columns = PlaceQuestion.__table__.c
    kind = literal(
        PlaceQuestionKind.CRISIS_OVER,
        columns.kind.type,
    )
    asked_at = literal(
        now,
        columns.asked_at.type,
    )
    rows = people.add_columns(kind, asked_at)
    adding = insert_into(session, PlaceQuestion).from_select(
        ["person_id", "kind", "asked_at"],
        rows,
        include_defaults=False,
    )
    empty = {
        "kind": kind,
        "asked_at": now,
        "answered_at": None,
        "answer": None,
    }
    noting = adding.on_conflict_do_update(index_elements=["person_id"], set_=empty)
    await session.execute(noting)
