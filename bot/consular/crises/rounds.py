"""Later rounds of a roll call: whoever is silent is asked again by another way, then called.

A person gets at most MAX_QUESTIONS questions about one crisis, each at another address, and none
once anything is known of them. Whom no further question can reach stands on the call list of an
officer; who can read a question and cannot answer it does so as soon as it is queued.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot import outbox
from bot.consular.audiences import overlaps, readings, standings
from bot.consular.audiences.readings import Question, Reading
from bot.consular.broadcasts import fan_out, variants
from bot.consular.crises import call_list, roll_call
from bot.consular.reference import country_reach
from bot.messages import Channel
from bot.models import (
    Address,
    Broadcast,
    BroadcastKind,
    Crisis,
    CrisisState,
    Lane,
    OutboundState,
    Person,
    RollCallRound,
    SmsWay,
    closures,
)

MAX_QUESTIONS = 3
MAX_A_RUN = 2000  # people who are asked again in one transaction
_ARRIVED = (OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)


async def going_on(session: AsyncSession) -> list[int]:
    """List the crises whose roll call may go on, or have people to list for a call."""
    crises = select(Crisis.id).where(Crisis.state == CrisisState.OPEN)
    return list(await session.scalars(crises.order_by(Crisis.id)))


async def advance(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    has_link: bool = False,
) -> int:
    """Ask whose turn it is again, and list for a call whom no question can reach any more.

    Return how many people were asked or listed. The crisis is locked meanwhile,
    so two workers never ask the same person. A crisis that asks nobody again lists those who
    cannot answer.
    """
    await session.refresh(crisis, with_for_update=True)
    if crisis.state is not CrisisState.OPEN:
        return 0
    questions = 0
    if crisis.ask_again_minutes is not None:
        questions = await _ask_again(session, crisis, now, has_link)
    person_ids = await _to_be_called(session, crisis, now, has_link)
    listed = await call_list.add(session, crisis, person_ids, now)
    await call_list.hand_over_of_blocked(session, crisis)
    return questions + listed


# --- asking again ---------------------------------------------------------------------------------


async def _ask_again(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    has_link: bool,
) -> int:
    own = standings.broadcast_ids(crisis.id)
    silent_countries = await country_reach.silent_countries(session)
    is_resting: ColumnElement[bool] = false()
    if not crisis.drill:
        is_resting = await overlaps.is_asked_by_another(session, own, now)
    questions = 0
    for number in range(2, MAX_QUESTIONS + 1):
        person_ids = await _due(
            session,
            crisis,
            number - 1,
            is_resting,
            silent_countries,
            now,
        )
        if person_ids:
            broadcast = await _broadcast(session, crisis, number, now, has_link)
            questions += await fan_out.ask(
                session,
                broadcast,
                person_ids,
                own,
                now,
            )
    return questions


async def _due(
    session: AsyncSession,
    crisis: Crisis,
    questions: int,
    is_resting: ColumnElement[bool],
    silent_countries: Collection[str],
    now: datetime,
) -> Sequence[int]:
    """Return the silent people who got so many questions, long enough ago, and have another way.

    Whom another crisis asked just now rests from questions.
    """
    reading = await readings.read(session, crisis)
    people = _silent(reading).where(
        _questions(reading) == questions,
        _is_over(reading, now),
        ~is_resting,
        closures.wants_broadcasts(),
        _has_another_way(reading, silent_countries),
    )
    return list(await session.scalars(people.limit(MAX_A_RUN)))


async def _to_be_called(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    has_link: bool,
) -> Sequence[int]:
    """Return the silent people whom only a call can reach, and who are on no list yet."""
    reading = await readings.read(session, crisis)
    by_country = await country_reach.ways(session)
    may_be_listed = await _cannot_answer(session, reading, by_country, has_link)
    if crisis.ask_again_minutes is not None:
        silent_countries = country_reach.closed(by_country)
        is_exhausted = _is_exhausted(reading, silent_countries, now)
        may_be_listed = or_(is_exhausted, may_be_listed)
    people = _silent(reading).where(may_be_listed, ~call_list.is_listed(crisis.id))
    return list(await session.scalars(people.limit(MAX_A_RUN)))


def _is_exhausted(
    reading: Reading,
    silent_countries: Collection[str],
    now: datetime,
) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` had time to answer, and no further question reaches them."""
    questions = _questions(reading)
    has_no_way = or_(
        questions >= MAX_QUESTIONS,
        not_(closures.wants_broadcasts()),
        not_(_has_another_way(reading, silent_countries)),
    )
    is_over = and_(questions > 0, _is_over(reading, now))
    was_passed_over = and_(questions == 0, _is_fanned_out(reading.crisis))
    return and_(or_(is_over, was_passed_over), has_no_way)


async def _cannot_answer(
    session: AsyncSession,
    reading: Reading,
    by_country: Mapping[str, SmsWay],
    has_link: bool,
) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` was asked where no answer returns, and has no other way.

    Each question to them found no address, or went to a number of a country from which neither an
    SMS nor a link brings an answer.
    """
    broadcasts = await session.scalars(
        select(Broadcast).where(Broadcast.id.in_(reading.broadcast_ids))
    )
    ways = {broadcast.id: variants.ways(broadcast) for broadcast in broadcasts}
    conditions: list[ColumnElement[bool]] = []
    for broadcast_id, question in zip(reading.broadcast_ids, reading.questions, strict=True):
        mute_countries = country_reach.mute(ways[broadcast_id], has_link)
        conditions.append(_is_unanswerable(question, mute_countries))
    mute_now = country_reach.mute(by_country, has_link)
    return and_(
        _questions(reading) > 0,
        *conditions,
        not_(_has_another_way(reading, mute_now)),
    )


def _is_unanswerable(question: Question, mute_countries: Collection[str]) -> ColumnElement[bool]:
    """Say in SQL whether a question is not there, or no answer to it can come."""
    number = aliased(Address)
    mute_number = exists().where(
        number.id == question.address_id,
        number.channel == Channel.SMS,
        number.region.in_(sorted(mute_countries)),
    )
    return or_(
        question.id.is_(None),
        question.state == OutboundState.NO_CHANNEL,
        mute_number.correlate(question),
    )


def _silent(reading: Reading) -> Select[int]:
    """Select the people of a crisis of whom nothing is known, beside what was asked of them."""
    people = reading.join_questions(select(Person.id))
    return people.where(reading.covers(), reading.is_silent()).order_by(Person.id)


def _questions(reading: Reading) -> ColumnElement[int]:
    """Count in SQL the questions to a person."""
    count: ColumnElement[int] = literal(0)
    for question in reading.questions:
        count += sql_case((question.id.is_not(None), 1), else_=0)
    return count


def _is_over(reading: Reading, now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether no question is under way, and each that arrived had its time."""
    waited = timedelta(minutes=reading.crisis.ask_again_minutes or 0)
    conditions: list[ColumnElement[bool]] = []
    for question in reading.questions:
        had_time = or_(
            question.state.not_in(_ARRIVED),
            question.sent_at.is_(None),
            question.sent_at <= now - waited,
        )
        is_over = and_(not_(_is_under_way(question)), had_time)
        conditions.append(or_(question.id.is_(None), is_over))
    return and_(true(), *conditions)


def _is_under_way(question: Question) -> ColumnElement[bool]:
    is_queued = question.state == OutboundState.QUEUED
    return or_(
        question.state == OutboundState.SENDING,
        and_(is_queued, not_(outbox.waits_for_phone(question))),
    )


def _is_fanned_out(crisis: Crisis) -> ColumnElement[bool]:
    return exists().where(
        Broadcast.id == crisis.broadcast_id,
        Broadcast.fanned_out_at.is_not(None),
    )


def _has_another_way(reading: Reading, countries: Collection[str]) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` has an open address that no question went to.

    A number of one of these countries is none.
    """
    unused = exists().where(Address.person_id == Person.id, closures.is_sendable(countries))
    aliases: list[Question] = []
    for question in reading.questions:
        unused = unused.where(Address.id.is_distinct_from(question.address_id))
        aliases.append(question)
    return unused.correlate(Person, *aliases)


async def _broadcast(
    session: AsyncSession,
    crisis: Crisis,
    number: int,
    now: datetime,
    has_link: bool,
) -> Broadcast:
    """Return the broadcast of a round, made when the first person needs it."""
    own = select(Broadcast).join(RollCallRound, RollCallRound.broadcast_id == Broadcast.id)
    broadcast = await session.scalar(
        own.where(RollCallRound.crisis_id == crisis.id, RollCallRound.number == number)
    )
    if broadcast is not None:
        return broadcast
    broadcast = await fan_out.create(
        session,
        BroadcastKind.ROLL_CALL,
        Lane.CRISIS,
        roll_call.contents(crisis.public_names, has_link, "roll_call_again"),
        {"countries": [covered.country for covered in crisis.countries]},
        crisis.drill,
        now,
        real_people=crisis.real_people,
        fanned_out_at=now,  # its recipients are chosen by their silence, not by an audience
    )
    session.add(RollCallRound(crisis_id=crisis.id, number=number, broadcast_id=broadcast.id))
    await session.flush()
    return broadcast
