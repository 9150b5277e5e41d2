"""Drills: start one with invented people, stop it, and wipe all that was invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import standings
from bot.consular.audit import trail
from bot.consular.crises import crises
from bot.consular.drills import cast, playing, seed, towns
from bot.consular.drills.cast import Part
from bot.consular.drills.scenarios import MAX_PEOPLE, Inject, Scenario
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.messages import Channel, Language
from bot.models import (
    Broadcast,
    Case,
    CheckIn,
    Crisis,
    CrisisCountry,
    Drill,
    DrillPart,
    OutboundMessage,
    Person,
    RollCallRound,
    Staff,
)


@dataclass(frozen=True, slots=True)
class Exercise:
    """A crisis that is an exercise, as lists show it. `people` play in it."""

    drill: Drill
    crisis: Crisis
    people: int

    @property
    def scenario(self) -> Scenario | None:
        """Return what is played; None where the drill was opened without a scenario."""
        if self.drill.scenario is None:
            return None
        return Scenario.model_validate(self.drill.scenario)

    def happened(self, now: datetime) -> list[Inject]:
        """Return the injects until now, the latest first."""
        if self.scenario is None:
            return []
        end = self.crisis.closed_at or now
        minutes = (end - self.crisis.opened_at).total_seconds() / cast.MINUTE_SECONDS
        injects = self.scenario.happened(minutes)
        injects.reverse()
        return injects

    @property
    def is_under_way(self) -> bool:
        """Whether people still play."""
        is_played = self.drill.played_at is not None
        return is_played and self.drill.stopped_at is None and self.crisis.closed_at is None


@dataclass(frozen=True, slots=True)
class Wiped:
    """What was wiped. `kept` drills asked real people: what these said is not touched."""

    people: int
    drills: int
    kept: int


async def start(
    session: AsyncSession,
    staff: Staff,
    scenario: Scenario,
    people: int,
    seed_number: int,
    now: datetime,
    has_link: bool = False,
) -> Crisis:
    """Invent people, open the crisis as a drill that asks them alone, and let them play.

    Raises ConsularError.
    """
    if not len(scenario.writers) <= people <= MAX_PEOPLE:
        raise ConsularError(
            "An exercise has {least} to {most} people.",
            least=max(1, len(scenario.writers)),
            most=MAX_PEOPLE,
        )
    await _refuse_second(session, scenario.crisis.countries)
    parts = cast.parts(scenario, people, seed_number)
    person_ids = await _invent(session, parts, seed_number, now)
    crisis = await crises.open_crisis(
        session,
        staff,
        scenario.crisis.names.by_language(),
        scenario.crisis.countries,
        drill=True,
        now=now,
        has_link=has_link,
        ask_again_minutes=scenario.crisis.ask_again_minutes,
    )
    drill = await session.get_one(Drill, crisis.id)
    drill.scenario = scenario.model_dump(mode="json")
    drill.seed = seed_number
    drill.played_at = now
    for part, person_id in zip(parts, person_ids, strict=True):
        session.add(DrillPart(person_id=person_id, crisis_id=crisis.id, place=part.place))
    await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "drill.started",
        f"crisis:{crisis.id}",
        now,
        people=people,
    )
    return crisis


async def _refuse_second(session: AsyncSession, countries: Sequence[str]) -> None:
    """Refuse an exercise where one is under way: their people would answer both."""
    numbers = await playing.under_way(session)
    there = select(CrisisCountry.crisis_id).where(
        CrisisCountry.crisis_id.in_(numbers),
        CrisisCountry.country.in_(countries),
    )
    if await session.scalar(there.limit(1)) is not None:
        raise ConsularError("An exercise is under way in this country: stop it first.")


async def _invent(
    session: AsyncSession,
    parts: Sequence[Part],
    seed_number: int,
    now: datetime,
) -> list[int]:
    """Add the people of a cast on numbers of nobody; return their ids in the same order."""
    random = Random(f"{seed_number} people")  # noqa: S311  # repeatable on purpose
    numbers = await seed.free_numbers(session, Channel.PHONE, len(parts))
    batch: list[dict[str, Any]] = []
    addresses: list[str] = []
    for part, number in zip(parts, numbers, strict=True):
        country, _, _city = part.town.partition("/")
        language: Language = "en" if part.tongue == "english" else "ar"
        person = seed.person(random, country, towns.of(part.town), language, now)
        batch.append(person)
        _screen, _, bare_number = number.rpartition(":")
        addresses.append(f"{part.screen.value}:{bare_number}")
    person_ids: list[int] = []
    for first in range(0, len(batch), seed.SLICE_PEOPLE):
        last = first + seed.SLICE_PEOPLE
        person_ids += await seed.add(
            session,
            batch[first:last],
            addresses[first:last],
            Channel.PHONE,
            now,
        )
    return person_ids


async def stop(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    now: datetime,
) -> None:
    """Let nobody write any more, and close the crisis of the exercise. Raises ConsularError."""
    drill = await session.get(Drill, crisis.id, with_for_update=True, populate_existing=True)
    if drill is None:
        raise ConsularError("This is no exercise.")
    await crises.close(session, staff, crisis, now)
    drill.stopped_at = now
    await session.flush()
    await trail.note(session, roles.actor(staff), "drill.stopped", f"crisis:{crisis.id}", now)


async def exercises(session: AsyncSession) -> list[Exercise]:
    """Return the exercises that are not wiped, the latest first."""
    people = (
        select(func.count())
        .where(DrillPart.crisis_id == Drill.crisis_id)
        .correlate(Drill)
        .scalar_subquery()
    )
    query = (
        select(Drill, Crisis, people)
        .join(Crisis, Crisis.id == Drill.crisis_id)
        .where(Drill.wiped_at.is_(None))
        .order_by(Crisis.id.desc())
    )
    listed: list[Exercise] = []
    for drill, crisis, number in await session.execute(query):
        listed.append(Exercise(drill, crisis, number))
    return listed


# --- wiping ---------------------------------------------------------------------------------------


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
    concerns: ColumnElement[bool] = or_(is_asked, has_answered, has_case)
    return await session.scalar(select(concerns)) or False


async def _delete_drills(
    session: AsyncSession,
    emptied: Sequence[Crisis],
    now: datetime,
) -> None:
    numbers = [crisis.id for crisis in emptied]
    broadcast_ids: list[int] = []
    for crisis in emptied:
        broadcast_ids += await session.scalars(standings.broadcast_ids(crisis.id))
        await session.execute(delete(RollCallRound).where(RollCallRound.crisis_id == crisis.id))
        await session.delete(crisis)
    await session.flush()
    await session.execute(delete(Broadcast).where(Broadcast.id.in_(broadcast_ids)))
    wiping = update(Drill).where(Drill.crisis_id.in_(numbers))
    await session.execute(wiping.values(scenario=None, seed=None, wiped_at=now))
