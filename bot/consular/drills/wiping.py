"""Wiping: all that was invented for drills goes at once, and nothing of a real person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import standings
from bot.consular.audit import trail
from bot.consular.staff import roles
from bot.models import (
    Broadcast,
    Case,
    CheckIn,
    Crisis,
    CrisisCountry,
    Drill,
    OutboundMessage,
    Person,
    RollCallRound,
    Staff,
)


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was wiped. `kept` drills asked real people: what these said is not touched."""

    people: int
    drills: int
    kept: int


async def count_invented(session: AsyncSession) -> int:
    """Count the invented people there are."""
    return await session.scalar(select(func.count()).where(Person.synthetic)) or 0


async def wipe(
    session: AsyncSession,
    staff: Staff,
    now: datetime,
) -> Wiped:
    """Remove all invented people with what they said, and the drills that asked them alone.

    Audit notes stay. Nothing of a real person is touched: a drill that asked real people stays with
    what they said. Raises ConsularError.
    """
    roles.require(staff, "crises", *await _countries(session))
    people = await count_invented(session)
    await session.execute(delete(Person).where(Person.synthetic))
    drills = select(Crisis).where(Crisis.drill).order_by(Crisis.id).with_for_update()
    emptied: list[Crisis] = []
    kept = 0
    for crisis in await session.scalars(drills):
        if await _concerns_real_people(session, crisis):
            kept += 1
        else:
            emptied.append(crisis)
    await _delete_drills(session, emptied, now)
    wiped = Wiped(people, len(emptied), kept)
    await trail.note(
        session,
        roles.actor(staff),
        "drill.wiped",
        "drills",
        now,
        people=wiped.people,
        drills=wiped.drills,
    )
    return wiped


async def _countries(session: AsyncSession) -> list[str | None]:
    """Return the countries where there is something to wipe."""
    of_people = select(Person.country).where(Person.synthetic).distinct()
    of_drills = select(CrisisCountry.country).join(Crisis, Crisis.id == CrisisCountry.crisis_id)
    countries: set[str | None] = set(await session.scalars(of_people))
    countries.update(await session.scalars(of_drills.where(Crisis.drill)))
    return list(countries)


async def _concerns_real_people(session: AsyncSession, crisis: Crisis) -> bool:
    """Tell whether somebody is left who was asked, or whose answer or case belongs to a drill."""
    questions = standings.broadcast_ids(crisis.id)
    is_asked = exists().where(OutboundMessage.broadcast_id.in_(questions))
    has_answered = exists().where(CheckIn.crisis_id == crisis.id)
    has_case = exists().where(Case.crisis_id == crisis.id)
    concerns: ColumnElement[bool] = or_(
        is_asked,
        has_answered,
        has_case,
    )
    return await session.scalar(select(concerns)) or False


async def _delete_drills(
    session: AsyncSession,
    emptied: Sequence[Crisis],
    now: datetime,
) -> None:
    numbers = [crisis.id for crisis in emptied]
    broadcast_ids: list[int] = []
    for crisis in emptied:
        questions = standings.broadcast_ids(crisis.id)
        broadcast_ids += await session.scalars(questions)
        rounds = delete(RollCallRound)
        await session.execute(rounds.where(RollCallRound.crisis_id == crisis.id))
        await session.delete(crisis)
    await session.flush()
    is_question = Broadcast.id.in_(broadcast_ids)
    is_gone = or_(is_question, _is_left_over())
    await session.execute(delete(Broadcast).where(is_gone))
    wiping = update(Drill).where(Drill.crisis_id.in_(numbers))
    wiping = wiping.values(
        scenario=None,
        seed=None,
        wiped_at=now,
    )
    await session.execute(wiping)


def _is_left_over() -> ColumnElement[bool]:
    """Say in SQL whether a broadcast to invented people alone, such as thanks, is nobody's now."""
    of_crisis = exists().where(Crisis.broadcast_id == Broadcast.id)
    of_round = exists().where(RollCallRound.broadcast_id == Broadcast.id)
    message = exists().where(OutboundMessage.broadcast_id == Broadcast.id)
    is_used = or_(
        of_crisis,
        of_round,
        message,
    )
    return and_(
        Broadcast.drill,
        Broadcast.real_people.is_(False),
        not_(is_used),
    )
