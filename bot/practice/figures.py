"""What a rehearsal measures: who is known when, lives at risk, cases, messages, and the sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from statistics import median

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
    is_counted,
)

KNOWN_MINUTES = (5, 10, 30)
MINUTE_SECONDS = 60
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
        people = self.known.get(minute, 0)
        return [
            self._share(
                f"known after {minute} min",
                people,
                goals.known_percent,
            ),
            self._share(
                "accounted for",
                self.accounted,
                goals.accounted_percent,
            ),
            self._lives(goals.life_seen_minutes),
            self._median_of_lives(goals.life_seen_median_minutes),
            self._sums(),
        ]

    def _sums(self) -> Goal:
        return Goal("sums equal to people at every minute", not self.wrong_sums)

    def _share(
        self,
        label: str,
        people: int,
        least_percent: int,
    ) -> Goal:
        share = _percent(people, self.people)
        goal = f"{label}: {share:.1f} % of {least_percent} %"
        return Goal(goal, share >= least_percent)

    def _lives(self, minutes: float) -> Goal:
        slowest = self.life_seen_slowest or 0.0
        is_late = slowest > minutes * MINUTE_SECONDS
        is_missed = bool(self.lives_unseen) or is_late
        goal = f"life at risk seen within {minutes:g} min"
        return Goal(goal, not is_missed)

    def _median_of_lives(self, minutes: float) -> Goal:
        median_seconds = self.life_seen_median or 0.0
        goal = f"half of the lives at risk seen within {minutes:g} min"
        return Goal(goal, median_seconds <= minutes * MINUTE_SECONDS)


def _percent(part: int, whole: int) -> float:
    return WHOLE * part / whole if whole else 0.0


async def check_sums(session: AsyncSession, crisis: Crisis, now: datetime) -> bool:
    """Tell whether the board adds up to the people there, and the roll call to those it asked."""
    people = await _count_people(session, crisis)
    standings = await board.board(session, crisis, now)
    total = sum(standings.counts.values())
    if not total == standings.people == people:
        return False
    if crisis.broadcast_id is None:
        return True
    states = await outbox.counts(session, crisis.broadcast_id)
    recipients = await _count_recipients(session, crisis.broadcast_id)
    return sum(states.values()) == recipients


async def _count_recipients(session: AsyncSession, broadcast_id: int) -> int:
    person_id = func.distinct(OutboundMessage.person_id)
    recipients = select(func.count(person_id)).where(
        OutboundMessage.broadcast_id == broadcast_id,
    )
    return await session.scalar(recipients) or 0


async def _count_people(session: AsyncSession, crisis: Crisis) -> int:
    """Count the people whom the crisis asks, without looking at their standings."""
    countries = select(CrisisCountry.country).where(
        CrisisCountry.crisis_id == crisis.id,
    )
    people = select(func.count()).where(
        Person.country.in_(countries),
        Person.forgotten_at.is_(None),
        is_counted(crisis.drill, crisis.real_people),
    )
    return await session.scalar(people) or 0


async def count_known(session: AsyncSession, crisis: Crisis) -> int:
    """Count the cast who answered, or whom a named officer calls or looks after."""
    ways = _ways_to_be_known(crisis)
    people = select(func.count()).where(
        DrillPart.crisis_id == crisis.id,
        or_(*ways),
    )
    return await session.scalar(people) or 0


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
    standings = await board.board(session, crisis, now)
    figures.counts = standings.counts
    figures.accounted = await count_known(session, crisis)
    await _measure_answers(session, figures, crisis)
    await _measure_lives(session, figures, crisis)
    await _measure_cases(session, figures, crisis)
    await _measure_calls(session, figures, crisis)
    await _measure_messages(session, figures, crisis)


def _cast(crisis: Crisis) -> Select[int]:
    people = select(DrillPart.person_id)
    return people.where(DrillPart.crisis_id == crisis.id)


async def _measure_answers(
    session: AsyncSession,
    figures: Figures,
    crisis: Crisis,
) -> None:
    firsts = select(func.min(CheckIn.at)).where(
        CheckIn.crisis_id == crisis.id,
        CheckIn.person_id.in_(_cast(crisis)),
    )
    moments = await session.scalars(firsts.group_by(CheckIn.person_id))
    waits = [moment - crisis.opened_at for moment in moments]
    waits.sort()
    if waits:
        most = ceil(len(waits) * MOST)
        figures.first_answer = waits[0].total_seconds()
        figures.most_answers = waits[most - 1].total_seconds()


async def _measure_lives(
    session: AsyncSession,
    figures: Figures,
    crisis: Crisis,
) -> None:
    lives = select(
        Case.opened_at,
        Case.seen_at,
    ).where(
        Case.crisis_id == crisis.id,
        Case.kind == CaseKind.LIFE,
    )
    waits: list[float] = []
    for opened_at, seen_at in await session.execute(lives):
        figures.lives += 1
        if seen_at is None:
            figures.lives_unseen += 1
        else:
            wait = seen_at - opened_at
            waits.append(wait.total_seconds())
    if waits:
        figures.life_seen_median = median(waits)
        figures.life_seen_slowest = max(waits)


async def _measure_cases(
    session: AsyncSession,
    figures: Figures,
    crisis: Crisis,
) -> None:
    emails = await accounts.addresses(session)
    cases = select(
        Case.state,
        Case.owner_id,
    ).where(
        Case.crisis_id == crisis.id,
    )
    owned: Counter[str] = Counter()
    for state, owner_id in await session.execute(cases):
        figures.cases_opened += 1
        figures.cases_closed += state is CaseState.CLOSED
        if owner_id is not None:
            email = emails[owner_id]
            owned[email] += 1
    figures.cases_by_officer = dict(owned)


async def _measure_calls(
    session: AsyncSession,
    figures: Figures,
    crisis: Crisis,
) -> None:
    """Count whom each officer had, or has, to call."""
    emails = await accounts.addresses(session)
    calls = select(Call.officer_id, func.count())
    calls = calls.where(Call.crisis_id == crisis.id)
    calls = calls.group_by(Call.officer_id)
    for officer_id, number in await session.execute(calls):
        email = emails[officer_id]
        figures.calls_by_officer[email] = number


async def _measure_messages(
    session: AsyncSession,
    figures: Figures,
    crisis: Crisis,
) -> None:
    cast = _cast(crisis)
    states = select(OutboundMessage.state, func.count())
    states = states.where(OutboundMessage.person_id.in_(cast))
    states = states.group_by(OutboundMessage.state)
    for state, number in await session.execute(states):
        figures.messages[state.value] = number


def minutes_to_look(goals: Goals, minutes: int) -> Sequence[int]:
    """Return the minutes at which the known are counted."""
    looks = {*KNOWN_MINUTES, ceil(goals.known_minutes)}
    return sorted(minute for minute in looks if minute <= minutes)
