"""What a rehearsal measures: who is known when, lives at risk, cases, messages, and the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import outbox
from bot.consular.crises import board
from bot.consular.drills.scenarios import WHOLE, Goals
from bot.consular.staff import accounts
from bot.models import (
    Call,
    Case,
    CaseKind,
    CaseState,
    CheckIn,
    Crisis,
    CrisisCountry,
    DrillPart,
    OutboundMessage,
    Person,
    Staff,
    is_counted,
)

KNOWN_MINUTES = (5, 10, 30)
MOST = 0.95  # of the answers


@dataclass(frozen=True, slots=True)
class Goal:
    """Something that has to hold, in words, and whether it does."""

    words: str
    holds: bool


@dataclass(slots=True)
class Figures:
    """The figures of a rehearsal. Times are seconds after the opening; `None`: it never was.

    `known` is by minute; `wrong_sums` are the minutes at which a sum was wrong.
    """

    people: int = 0
    minutes: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    accounted: int = 0
    first_answer: float | None = None
    most_answers: float | None = None
    lives: int = 0
    lives_unseen: int = 0
    life_seen_median: float | None = None
    life_seen_slowest: float | None = None
    cases_opened: int = 0
    cases_closed: int = 0
    cases_by_officer: dict[str, int] = field(default_factory=dict)
    calls_by_officer: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    checked_minutes: int = 0
    wrong_sums: list[int] = field(default_factory=list)

    def goals(self, goals: Goals) -> list[Goal]:
        """Judge the goals of a scenario."""
        minute = ceil(goals.known_minutes)
        known_share = _percent(self.known.get(minute, 0), self.people)
        accounted_share = _percent(self.accounted, self.people)
        slowest = self.life_seen_slowest or 0.0
        life_holds = not self.lives_unseen and slowest <= goals.life_seen_minutes * 60
        return [
            Goal(
                f"known after {minute} min: {known_share:.1f} % of {goals.known_percent} %",
                known_share >= goals.known_percent,
            ),
            Goal(
                f"accounted for: {accounted_share:.1f} % of {goals.accounted_percent} %",
                accounted_share >= goals.accounted_percent,
            ),
            Goal(f"life at risk seen within {goals.life_seen_minutes:g} min", life_holds),
            Goal("sums equal to people at every minute", not self.wrong_sums),
        ]


def _percent(part: int, whole: int) -> float:
    return WHOLE * part / whole if whole else 0.0


async def check_sums(session: AsyncSession, crisis: Crisis, now: datetime) -> bool:
    """Tell whether the board adds up to the people there, and the roll call to those it asked."""
    there = await _count_there(session, crisis)
    figures = await board.board(session, crisis, now)
    if not sum(figures.counts.values()) == figures.people == there:
        return False
    if crisis.broadcast_id is None:
        return True
    recipients = await outbox.counts(session, crisis.broadcast_id)
    asked = select(func.count(func.distinct(OutboundMessage.person_id))).where(
        OutboundMessage.broadcast_id == crisis.broadcast_id
    )
    return sum(recipients.values()) == await session.scalar(asked)


async def _count_there(session: AsyncSession, crisis: Crisis) -> int:
    """Count the people whom the crisis asks, without looking at their standings."""
    countries = select(CrisisCountry.country).where(CrisisCountry.crisis_id == crisis.id)
    people = select(func.count()).where(
        Person.country.in_(countries),
        Person.forgotten_at.is_(None),
        is_counted(crisis.drill, crisis.real_people),
    )
    return await session.scalar(people) or 0


async def count_known(session: AsyncSession, crisis: Crisis) -> int:
    """Count the cast who answered, or whom a named officer calls or looks after."""
    known = select(func.count()).where(
        DrillPart.crisis_id == crisis.id,
        or_(*_ways_to_be_known(crisis)),
    )
    return await session.scalar(known) or 0


def _ways_to_be_known(crisis: Crisis) -> list[ColumnElement[bool]]:
    answer = exists().where(
        CheckIn.person_id == DrillPart.person_id,
        CheckIn.crisis_id == crisis.id,
    )
    owned_case = exists().where(
        Case.person_id == DrillPart.person_id,
        Case.owner_id.is_not(None),
    )
    call = exists().where(
        Call.person_id == DrillPart.person_id,
        Call.crisis_id == crisis.id,
    )
    return [answer, owned_case, call]


async def finish(
    session: AsyncSession,
    figures: Figures,
    crisis: Crisis,
    now: datetime,
) -> None:
    """Fill in what is measured at the end."""
    figures.counts = (await board.board(session, crisis, now)).counts
    figures.accounted = await count_known(session, crisis)
    await _measure_answers(session, figures, crisis)
    await _measure_lives(session, figures, crisis)
    await _measure_cases(session, figures, crisis)
    await _measure_calls(session, figures, crisis)
    await _measure_messages(session, figures, crisis)


def _cast(crisis: Crisis) -> Select[int]:
    return select(DrillPart.person_id).where(DrillPart.crisis_id == crisis.id)


async def _measure_answers(session: AsyncSession, figures: Figures, crisis: Crisis) -> None:
    firsts = select(func.min(CheckIn.at)).where(
        CheckIn.crisis_id == crisis.id,
        CheckIn.person_id.in_(_cast(crisis)),
    )
    moments = await session.scalars(firsts.group_by(CheckIn.person_id))
    seconds = sorted((moment - crisis.opened_at).total_seconds() for moment in moments)
    if seconds:
        figures.first_answer = seconds[0]
        figures.most_answers = seconds[ceil(len(seconds) * MOST) - 1]


async def _measure_lives(session: AsyncSession, figures: Figures, crisis: Crisis) -> None:
    lives = select(Case.opened_at, Case.seen_at).where(
        Case.crisis_id == crisis.id,
        Case.kind == CaseKind.LIFE,
    )
    waits: list[float] = []
    for opened_at, seen_at in await session.execute(lives):
        figures.lives += 1
        if seen_at is None:
            figures.lives_unseen += 1
        else:
            waits.append((seen_at - opened_at).total_seconds())
    if waits:
        figures.life_seen_median = median(waits)
        figures.life_seen_slowest = max(waits)


async def _measure_cases(session: AsyncSession, figures: Figures, crisis: Crisis) -> None:
    of_crisis = select(Case.state, Staff.email).outerjoin(Staff, Staff.id == Case.owner_id)
    for state, email in await session.execute(of_crisis.where(Case.crisis_id == crisis.id)):
        figures.cases_opened += 1
        figures.cases_closed += state is CaseState.CLOSED
        if email is not None:
            figures.cases_by_officer[email] = figures.cases_by_officer.get(email, 0) + 1


async def _measure_calls(session: AsyncSession, figures: Figures, crisis: Crisis) -> None:
    """Count whom each officer had, or has, to call."""
    emails = await accounts.addresses(session)
    calls = select(Call.officer_id, func.count()).where(Call.crisis_id == crisis.id)
    for officer_id, number in await session.execute(calls.group_by(Call.officer_id)):
        figures.calls_by_officer[emails[officer_id]] = number


async def _measure_messages(session: AsyncSession, figures: Figures, crisis: Crisis) -> None:
    states = select(OutboundMessage.state, func.count()).where(
        OutboundMessage.person_id.in_(_cast(crisis))
    )
    for state, number in await session.execute(states.group_by(OutboundMessage.state)):
        figures.messages[state.value] = number


def minutes_to_look(goals: Goals, minutes: int) -> Sequence[int]:
    """Return the minutes at which the known are counted."""
    wanted = {*KNOWN_MINUTES, ceil(goals.known_minutes)}
    return sorted(minute for minute in wanted if minute <= minutes)


def minute_of(moment: datetime, opened_at: datetime) -> int:
    """Return the whole minutes since the opening."""
    return int((moment - opened_at) / timedelta(minutes=1))


def to_json(figures: Figures, goals: Sequence[Goal]) -> dict[str, Any]:
    """Return what `tammen drill run --json` prints."""
    judged = [{"goal": goal.words, "holds": goal.holds} for goal in goals]
    return {
        "people": figures.people,
        "minutes": figures.minutes,
        "counts": figures.counts,
        "known": figures.known,
        "accounted": figures.accounted,
        "first_answer_seconds": figures.first_answer,
        "most_answers_seconds": figures.most_answers,
        "lives": figures.lives,
        "lives_unseen": figures.lives_unseen,
        "life_seen_median_seconds": figures.life_seen_median,
        "life_seen_slowest_seconds": figures.life_seen_slowest,
        "cases_opened": figures.cases_opened,
        "cases_closed": figures.cases_closed,
        "cases_by_officer": figures.cases_by_officer,
        "calls_by_officer": figures.calls_by_officer,
        "messages": figures.messages,
        "checked_minutes": figures.checked_minutes,
        "wrong_sums": figures.wrong_sums,
        "goals": judged,
    }
