"""Drills: start one with invented people, see what happened, and stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import crises
from bot.consular.drills import cast, inventing, playing
from bot.consular.drills.scenarios import MAX_PEOPLE, Inject, Scenario
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import (
    Crisis,
    CrisisCountry,
    Drill,
    DrillPart,
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
    _check_number(scenario, people)
    await _refuse_second(session, scenario.crisis.countries)
    parts = cast.parts(scenario, people, seed_number)
    person_ids = await inventing.invent(session, parts, seed_number, now)
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
    await _begin(session, crisis, scenario, seed_number)
    for part, person_id in zip(parts, person_ids, strict=True):
        own_part = DrillPart(
            person_id=person_id,
            crisis_id=crisis.id,
            place=part.place,
        )
        session.add(own_part)
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


def _check_number(scenario: Scenario, people: int) -> None:
    """Refuse too few people for the messages of the injects, and too many."""
    least = max(1, len(scenario.writers))
    if not least <= people <= MAX_PEOPLE:
        raise ConsularError(
            "An exercise has {least} to {most} people.",
            least=least,
            most=MAX_PEOPLE,
        )


async def _begin(
    session: AsyncSession,
    crisis: Crisis,
    scenario: Scenario,
    seed_number: int,
) -> None:
    """Keep what is played; from now on it is under way."""
    drill = await session.get_one(Drill, crisis.id)
    drill.scenario = scenario.model_dump(mode="json")
    drill.seed = seed_number
    drill.played_at = crisis.opened_at


async def _refuse_second(session: AsyncSession, countries: Sequence[str]) -> None:
    """Refuse an exercise where one is under way: their people would answer both."""
    numbers = await playing.under_way(session)
    there = select(CrisisCountry.crisis_id).where(
        CrisisCountry.crisis_id.in_(numbers),
        CrisisCountry.country.in_(countries),
    )
    if await session.scalar(there.limit(1)) is not None:
        raise ConsularError("An exercise is under way in this country: stop it first.")


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
