"""What a crisis or a drill was like, counted after it was closed: answers, cases, failures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences.standings import answers, first_answers
from bot.consular.crises import board, crises, sitrep_figures, sitreps
from bot.consular.errors import ConsularError
from bot.consular.staff import accounts, roles
from bot.models import (
    Case,
    CaseState,
    Crisis,
    CrisisCountry,
    CrisisState,
    OutboundMessage,
    OutboundState,
    Person,
    Staff,
    is_counted,
)

HALF = 0.5
NEARLY_ALL = 0.95
NOT_DELIVERED = (
    OutboundState.FAILED,
    OutboundState.EXPIRED,
    OutboundState.NO_CHANNEL,
)


@dataclass(frozen=True, slots=True)
class Durations:
    """How long something took, in seconds; None where it never happened."""

    count: int = 0
    median: float | None = None
    slowest: float | None = None


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """Cases of a crisis: how many, and how long until each step. `opened` counts all of them."""

    opened: int
    seen: Durations
    taken: Durations
    closed: Durations


@dataclass(frozen=True, slots=True)
class Slowness:
    """How long an account's cases had waited when it took them."""

    email: str
    taken: Durations


@dataclass(frozen=True, slots=True)
class Course:
    """How a crisis went. Times are seconds from its opening, None when so many never answered.

    `half` and `nearly_all` are of everybody on the board, not only of those who answered. Of
    `stale` people nobody heard, and nobody knew whether they were still there. `vulnerable` people
    go first; of these, `vulnerable_silent` never answered.
    """

    crisis: Crisis
    people: int
    stale: int
    counts: dict[str, int]
    answered: int
    first: float | None
    half: float | None
    nearly_all: float | None
    by_channel: dict[str, int]
    cases: CaseFigures
    failures: dict[str, int]
    vulnerable: int = 0
    vulnerable_silent: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """An after-action report: the course, the curve, and the drill to compare with.

    `slow` is empty for accounts that do not work on crises. `countries` are those of a post.
    """

    course: Course
    moments: Sequence[datetime]
    curve: Sequence[int]
    drill: Course | None
    slow: Sequence[Slowness] = field(default=())
    countries: Sequence[str] | None = None


async def report(
    session: AsyncSession,
    staff: Staff,
    crisis_id: int,
    now: datetime,
) -> Report:
    """Count how a closed crisis went; a post reads its own countries. Raises ConsularError."""
    crisis = await sitreps.readable_crisis(session, staff, crisis_id)
    if crisis.closed_at is None:
        raise ConsularError("The crisis is still open: close it first.")
    countries = roles.countries(staff)
    course = await _course(session, crisis, countries, now)
    drill = await _last_drill(session, crisis, countries)
    figures = await sitrep_figures.count(session, crisis, now)
    part = sitrep_figures.limited(figures, countries)
    return Report(
        course,
        moments=[datetime.fromisoformat(moment) for moment in part["moments"]],
        curve=sitrep_figures.curve(part),
        drill=await _course(session, drill, countries, now) if drill else None,
        slow=await _slow(session, staff, crisis),
        countries=countries,
    )


async def _course(
    session: AsyncSession,
    crisis: Crisis,
    countries: Sequence[str] | None,
    now: datetime,
) -> Course:
    counted = await board.board(
        session,
        crisis,
        now,
        countries,
    )
    people = _people(crisis, countries)
    answered_at = await _answer_times(
        session,
        crisis,
        people,
        counted.people,
    )
    return Course(
        crisis,
        people=counted.people,
        stale=counted.stale,
        counts=counted.counts,
        answered=answered_at.count,
        first=answered_at.first,
        half=answered_at.half,
        nearly_all=answered_at.nearly_all,
        by_channel=await _by_channel(session, crisis, people),
        cases=_case_figures(await _cases(session, crisis, countries)),
        failures=await _failures(session, crisis, countries),
        vulnerable=await _vulnerable(session, crisis, countries),
        vulnerable_silent=counted.vulnerable_silent,
    )


async def _vulnerable(
    session: AsyncSession,
    crisis: Crisis,
    countries: Sequence[str] | None,
) -> int:
    """Count the people on the board who go first."""
    moment = crisis.closed_at or crisis.opened_at
    by_country = await board.vulnerable(session, crisis, moment)
    is_everywhere = countries is None
    people = 0
    for count_there in by_country:
        if is_everywhere or count_there.country in (countries or ()):
            people += count_there.people
    return people


def _people(crisis: Crisis, countries: Sequence[str] | None) -> Subquery:
    """Select the people on the board."""
    people = board.counted_people(
        crisis,
        crisis.closed_at or crisis.opened_at,
    )
    return people.where(_is_in(countries)).subquery()


def _is_in(countries: Sequence[str] | None) -> ColumnElement[bool]:
    """Say in SQL whether a person belongs to the part of a post; everybody does for None."""
    return true() if countries is None else Person.country.in_(countries)


@dataclass(frozen=True, slots=True)
class _AnswerTimes:
    count: int
    first: float | None
    half: float | None
    nearly_all: float | None


async def _answer_times(
    session: AsyncSession,
    crisis: Crisis,
    people: Subquery,
    everybody: int,
) -> _AnswerTimes:
    """Look up when the first had answered, then half, then nearly all of everybody."""
    firsts = first_answers(crisis.id)
    query = select(firsts.c.at).join(
        people,
        people.c.id == firsts.c.person_id,
    )
    count = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
    in_order = query.order_by(firsts.c.at)
    seconds: list[float | None] = []
    for rank in (1, ceil(HALF * everybody), ceil(NEARLY_ALL * everybody)):
        at = await session.scalar(
            in_order.offset(
                max(
                    rank,
                    1,
                )
                - 1
            ).limit(1)
        )
        passed = None if at is None else (at - crisis.opened_at).total_seconds()
        seconds.append(passed)
    return _AnswerTimes(count, *seconds)


async def _by_channel(
    session: AsyncSession,
    crisis: Crisis,
    people: Subquery,
) -> dict[str, int]:
    """Count answers by the way they came."""
    during = answers(crisis.id)
    query = select(during.c.via, func.count()).join(
        people,
        people.c.id == during.c.person_id,
    )
    counts: Counter[str] = Counter()
    for via, number in await session.execute(query.group_by(during.c.via)):
        counts[via] = number
    return dict(counts.most_common())


async def _cases(
    session: AsyncSession,
    crisis: Crisis,
    countries: Sequence[str] | None,
) -> Sequence[Any]:
    """Return the times of the crisis's cases, and whose they are."""
    query = (
        select(
            Case.state,
            Case.opened_at,
            Case.seen_at,
            Case.taken_at,
            Case.closed_at,
            Case.owner_id,
        )
        .join(
            Person,
            Person.id == Case.person_id,
        )
        .where(
            Case.crisis_id == crisis.id,
            is_counted(crisis.drill),
            _is_in(countries),
        )
    )
    return (await session.execute(query)).all()


def _case_figures(cases: Sequence[Any]) -> CaseFigures:
    seen: list[float] = []
    taken: list[float] = []
    closed: list[float] = []
    for case in cases:
        if case.seen_at is not None:
            seen.append((case.seen_at - case.opened_at).total_seconds())
        if case.taken_at is not None:
            taken.append((case.taken_at - case.opened_at).total_seconds())
        if case.state is CaseState.CLOSED:
            closed.append((case.closed_at - case.opened_at).total_seconds())
    return CaseFigures(
        len(cases),
        seen=durations(seen),
        taken=durations(taken),
        closed=durations(closed),
    )


def durations(seconds: Sequence[float]) -> Durations:
    """Return how many there are, the median and the longest."""
    if not seconds:
        return Durations()
    return Durations(
        len(seconds),
        median(seconds),
        max(seconds),
    )


async def _slow(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
) -> list[Slowness]:
    """Return how long cases waited for each account, the slowest first."""
    if not roles.may(staff, "crises"):
        return []
    waits: dict[int, list[float]] = defaultdict(list)
    for case in await _cases(session, crisis, roles.countries(staff)):
        if case.owner_id is not None and case.taken_at is not None:
            waits[case.owner_id].append((case.taken_at - case.opened_at).total_seconds())
    emails = await accounts.addresses(session)
    slow: list[Slowness] = []
    for owner_id, seconds in waits.items():
        slow.append(
            Slowness(
                emails[owner_id],
                durations(seconds),
            )
        )
    return sorted(slow, key=_median_wait, reverse=True)


def _median_wait(account: Slowness) -> float:
    return account.taken.median or 0.0


async def _failures(
    session: AsyncSession,
    crisis: Crisis,
    countries: Sequence[str] | None,
) -> dict[str, int]:
    """Count the people whom the roll call did not reach, by the reason, or else by the state."""
    query = (
        select(OutboundMessage.reason, OutboundMessage.state, func.count())
        .select_from(OutboundMessage)
        .outerjoin(
            Person,
            Person.id == OutboundMessage.person_id,
        )
        .where(
            OutboundMessage.broadcast_id == crisis.broadcast_id,
            OutboundMessage.state.in_(NOT_DELIVERED),
            _is_in(countries),
        )
        .group_by(OutboundMessage.reason, OutboundMessage.state)
    )
    counts: Counter[str] = Counter()
    for reason, state, people in await session.execute(query):
        counts[reason or OutboundState(state).value] += people
    return dict(counts.most_common())


async def _last_drill(
    session: AsyncSession,
    crisis: Crisis,
    countries: Sequence[str] | None,
) -> Crisis | None:
    """Return the last drill before a crisis in one of its countries."""
    codes = crises.countries_of(crisis) if countries is None else countries
    query = drills_in(codes).where(
        Crisis.id != crisis.id,
        Crisis.opened_at < crisis.opened_at,
    )
    return await session.scalar(query.limit(1))


def drills_in(countries: Iterable[str]) -> Select[Crisis]:
    """Select the closed drills in some countries, the latest first."""
    of_countries = select(CrisisCountry.crisis_id).where(CrisisCountry.country.in_(list(countries)))
    drills = select(Crisis).where(
        Crisis.drill,
        Crisis.state == CrisisState.CLOSED,
        Crisis.id.in_(of_countries),
    )
    return drills.order_by(
        Crisis.opened_at.desc(),
        Crisis.id.desc(),
    )
