"""Later rounds of a roll call: whoever is silent is asked again by another way, then called.

A person gets at most MAX_QUESTIONS questions about one crisis, each at another address, and none
once anything is known of them. Whom no further question can reach stands on the call list of an
officer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    exists,
    false,
    func,
    or_,
    select,
)
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.audiences import addresses, overlaps, standings
from bot.consular.broadcasts import fan_out
from bot.consular.crises import call_list, roll_call
from bot.models import (
    Broadcast,
    BroadcastKind,
    Crisis,
    CrisisState,
    Lane,
    OutboundMessage,
    OutboundState,
    Person,
    RollCallRound,
    closures,
    is_counted,
)

MAX_QUESTIONS = 3
MAX_A_RUN = 2000  # people who are asked again in one transaction
_ARRIVED = (OutboundState.SENT, OutboundState.DELIVERED, OutboundState.READ)


async def going_on(session: AsyncSession) -> list[int]:
    """List the open crises whose roll call goes on after the first question."""
    crises = select(Crisis.id).where(
        Crisis.state == CrisisState.OPEN,
        Crisis.ask_again_minutes.is_not(None),
    )
    return list(await session.scalars(crises.order_by(Crisis.id)))


async def advance(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    has_link: bool = False,
) -> int:
    """Ask whose turn it is again, and list for a call whom no question can reach any more.

    Return how many people were asked or listed. The crisis is locked meanwhile,
    so two workers never ask the same person.
    """
    await session.refresh(crisis, with_for_update=True)
    if crisis.state is not CrisisState.OPEN or crisis.ask_again_minutes is None:
        return 0
    asked = await _ask_again(session, crisis, now, has_link)
    listed = await call_list.add(session, crisis, await _to_be_called(session, crisis, now), now)
    await call_list.hand_over_of_blocked(session, crisis)
    return asked + listed


# --- asking again ---------------------------------------------------------------------------------


async def _ask_again(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
    has_link: bool,
) -> int:
    own = standings.broadcast_ids(crisis.id)
    is_resting: ColumnElement[bool] = false()
    if not crisis.drill:
        is_resting = await overlaps.is_asked_by_another(session, own, now)
    asked = 0
    for number in range(2, MAX_QUESTIONS + 1):
        person_ids = await _due(session, crisis, number - 1, is_resting, now)
        if person_ids:
            broadcast = await _broadcast(session, crisis, number, now, has_link)
            asked += await fan_out.ask(
                session,
                broadcast,
                person_ids,
                own,
                now,
            )
    return asked


async def _due(
    session: AsyncSession,
    crisis: Crisis,
    questions: int,
    is_resting: ColumnElement[bool],
    now: datetime,
) -> Sequence[int]:
    """Return the silent people who got so many questions, long enough ago, and have another way.

    Whom another crisis asked just now rests from questions.
    """
    history = _history(crisis)
    people = _silent(crisis, history).where(
        history.c.questions == questions,
        _is_over(history, crisis, now),
        ~is_resting,
        closures.wants_broadcasts(),
        _next_address(crisis).is_not(None),
    )
    return list(await session.scalars(people.limit(MAX_A_RUN)))


async def _to_be_called(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
) -> Sequence[int]:
    """Return the silent people whom only a call can reach, and who are on no list yet."""
    history = _history(crisis)
    questions = func.coalesce(history.c.questions, 0)
    has_no_way = or_(
        questions >= MAX_QUESTIONS,
        ~closures.wants_broadcasts(),
        _next_address(crisis).is_(None),
    )
    is_over = and_(questions > 0, _is_over(history, crisis, now))
    was_passed_over = and_(questions == 0, _is_fanned_out(crisis))
    people = _silent(crisis, history).where(
        has_no_way,
        or_(is_over, was_passed_over),
        ~call_list.is_listed(crisis.id),
    )
    return list(await session.scalars(people.limit(MAX_A_RUN)))


def _silent(crisis: Crisis, history: Subquery) -> Select[int]:
    """Select the people of a crisis of whom nothing is known, beside what was asked of them."""
    silent = standings.is_one_of(crisis.id, standings.SILENT)
    people = select(Person.id).outerjoin(history, history.c.person_id == Person.id)
    return people.where(
        silent,
        Person.forgotten_at.is_(None),
        is_counted(crisis.drill, crisis.real_people),
    ).order_by(Person.id)


def _history(crisis: Crisis) -> Subquery:
    """Select what was asked of each person: `questions`, `pending`, and when the last arrived."""
    is_queued = OutboundMessage.state == OutboundState.QUEUED
    is_under_way = or_(
        OutboundMessage.state == OutboundState.SENDING,
        is_queued & ~outbox.waits_for_phone(),
    )
    pending = sql_case((is_under_way, 1), else_=0)
    arrival = sql_case((OutboundMessage.state.in_(_ARRIVED), OutboundMessage.sent_at))
    messages = select(
        OutboundMessage.person_id,
        func.count().label("questions"),
        func.sum(pending).label("pending"),
        func.max(arrival).label("arrived_at"),
    )
    own = messages.where(OutboundMessage.broadcast_id.in_(standings.broadcast_ids(crisis.id)))
    return own.group_by(OutboundMessage.person_id).subquery()


def _is_over(history: Subquery, crisis: Crisis, now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether no question is under way, and the last that arrived had its time."""
    waited = timedelta(minutes=crisis.ask_again_minutes or 0)
    arrived_at: Any = history.c.arrived_at
    had_time = or_(arrived_at.is_(None), arrived_at <= now - waited)
    return and_(history.c.pending == 0, had_time)


def _is_fanned_out(crisis: Crisis) -> ColumnElement[bool]:
    return exists().where(
        Broadcast.id == crisis.broadcast_id,
        Broadcast.fanned_out_at.is_not(None),
    )


def _next_address(crisis: Crisis) -> ScalarSelect[int]:
    """Return the address of a `Person` that no question went to, or none."""
    return addresses.next_preferred(standings.broadcast_ids(crisis.id))


async def _broadcast(
    session: AsyncSession,
    crisis: Crisis,
    number: int,
    now: datetime,
    has_link: bool,
) -> Broadcast:
    """Return the broadcast of a round, made when the first person needs it."""
    known = select(Broadcast).join(RollCallRound, RollCallRound.broadcast_id == Broadcast.id)
    broadcast = await session.scalar(
        known.where(RollCallRound.crisis_id == crisis.id, RollCallRound.number == number)
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
