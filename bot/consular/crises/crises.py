"""Crises: opening one asks everyone there at once; the board says who has not answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import rules, standings
from bot.consular.audit import trail
from bot.consular.broadcasts import fan_out
from bot.consular.crises import areas, naming, roll_call
from bot.consular.errors import ConsularError, check_move
from bot.consular.people import former_answers
from bot.consular.staff import roles
from bot.models import (
    BroadcastKind,
    Crisis,
    CrisisCountry,
    CrisisState,
    Drill,
    Lane,
    OutboundMessage,
    Staff,
)
from bot.text import text

TRANSITIONS: Mapping[CrisisState, frozenset[CrisisState]] = {
    CrisisState.OPEN: frozenset({CrisisState.CLOSED}),
    CrisisState.CLOSED: frozenset(),
}
MAX_NAME_CHARS = 200
# One officer may open so many in an hour: each asks everybody in its countries.
MAX_OPENED_AN_HOUR = 3
HOUR = timedelta(hours=1)
FIRST_PHASE = 1
LAST_PHASE = 4
ASK_AGAIN_MINUTES = 30  # after which the silent are asked by another way


async def open_crisis(
    session: AsyncSession,
    staff: Staff,
    names: Mapping[str, str],
    countries: Sequence[str],
    drill: bool,
    now: datetime,
    has_link: bool = False,
    real_people: bool = False,
    ask_again_minutes: int | None = ASK_AGAIN_MINUTES,
    area: areas.Area | None = None,
    phase: int = FIRST_PHASE,
) -> Crisis:
    """Open a crisis and ask everyone in its countries whether they are safe. Raises ConsularError.

    `names` is by language, `countries` are ISO codes. Citizens read the names as they are when
    each word is vetted, else a standard name (`naming.public_names`). `has_link`: reply links can
    be made (PUBLIC_URL is set), so the SMS ends with one. A drill asks synthetic people alone; with
    `real_people` it asks everyone there, which takes an account that may approve. An `area` limits
    it to a part of the countries. `phase` is 1 (precaution) to 4 (leave now).
    """
    covered = list(dict.fromkeys(countries))
    audience = _checked_audience(covered, area)
    await _check_may_open(session, staff, covered, now)
    _check_asks(staff, drill, real_people)
    clean_names = _cleaned(names)
    crisis = Crisis(
        id=await _free_number(session),
        names=clean_names,
        public_names=naming.public_names(clean_names, covered),
        state=CrisisState.OPEN,
        drill=drill,
        real_people=real_people or not drill,
        opened_at=now,
        opened_by=staff.id,
        ask_again_minutes=ask_again_minutes,
        phase=checked_phase(phase),
        area=area,
    )
    crisis.countries.extend(map(_covered, covered))
    await _ask_everyone(session, crisis, audience, has_link)
    session.add(crisis)
    await session.flush()
    await _note_opening(session, staff, crisis)
    return crisis


def _checked_audience(countries: Sequence[str], area: areas.Area | None) -> dict[str, Any]:
    """Return whom a crisis asks. Raises ConsularError where its places are none."""
    areas.check(area)
    audience = areas.audience(countries, area)
    rules.check(audience)
    return audience


def _check_asks(staff: Staff, drill: bool, real_people: bool) -> None:
    """Refuse a drill with real people to whom may not approve it."""
    if drill and real_people:
        roles.require(staff, "approve")


def _covered(country: str) -> CrisisCountry:
    return CrisisCountry(country=country)


async def _ask_everyone(
    session: AsyncSession,
    crisis: Crisis,
    audience: Mapping[str, Any],
    has_link: bool,
) -> None:
    """Begin the roll call of a crisis."""
    broadcast = await fan_out.create(
        session,
        BroadcastKind.ROLL_CALL,
        Lane.CRISIS,
        roll_call.contents(crisis.public_names, has_link),
        audience,
        crisis.drill,
        crisis.opened_at,
        real_people=crisis.real_people,
    )
    crisis.broadcast_id = broadcast.id


async def _note_opening(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
) -> None:
    """Write the opening into the audit trail; a drill gets its row."""
    if crisis.drill:
        session.add(Drill(crisis_id=crisis.id))
        await session.flush()
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.opened",
        f"crisis:{crisis.id}",
        crisis.opened_at,
        countries=countries_of(crisis),
        drill=crisis.drill,
        real_people=crisis.real_people,
    )


async def _free_number(session: AsyncSession) -> int | None:
    """Return the number of the next crisis where SQLite would use that of a wiped drill again.

    An audit note of a wiped drill must never point at another crisis. PostgreSQL uses no number
    twice.
    """
    if session.get_bind().dialect.name != "sqlite":
        return None
    last_crisis = await session.scalar(select(func.max(Crisis.id))) or 0
    last_drill = await session.scalar(select(func.max(Drill.crisis_id))) or 0
    return last_drill + 1 if last_drill > last_crisis else None


async def _check_may_open(
    session: AsyncSession,
    staff: Staff,
    countries: Sequence[str],
    now: datetime,
) -> None:
    """Refuse an account that may not, or that opened as many in an hour as one may."""
    roles.require(staff, "crises", *countries)
    opened = select(func.count()).where(
        Crisis.opened_by == staff.id,
        Crisis.opened_at > now - HOUR,
    )
    if (await session.scalar(opened) or 0) >= MAX_OPENED_AN_HOUR:
        raise ConsularError(
            "One officer may open {most} crises an hour. Ask a colleague to open this one.",
            most=MAX_OPENED_AN_HOUR,
        )


def checked_phase(phase: int) -> int:
    """Return a phase. Raises ConsularError where there is none of this number."""
    if not FIRST_PHASE <= phase <= LAST_PHASE:
        raise ConsularError("A phase is {first} to {last}.", first=FIRST_PHASE, last=LAST_PHASE)
    return phase


def _cleaned(names: Mapping[str, str]) -> dict[str, str]:
    """Clean the names of a crisis. Raises ConsularError unless every language has one."""
    clean_names: dict[str, str] = {}
    for language in text.LANGUAGES:
        clean_names[language] = text.clean(names.get(language, ""), MAX_NAME_CHARS)
    if not all(clean_names.values()):
        raise ConsularError("Write the name in both languages.")
    return clean_names


async def close(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    now: datetime,
) -> None:
    """Close a crisis: whoever was not asked yet is not asked any more. Raises ConsularError.

    From now on its answers age towards their deletion (`trust.retention`).
    """
    await session.refresh(crisis, with_for_update=True)
    roles.require(staff, "crises", *countries_of(crisis))
    crisis.state = check_move(TRANSITIONS, crisis.state, CrisisState.CLOSED)
    crisis.closed_at = now
    crisis.closed_by = staff.id
    for broadcast_id in await session.scalars(standings.broadcast_ids(crisis.id)):
        await fan_out.cancel(session, broadcast_id, now)
    await roll_call.end_asked_again(session, crisis, now)
    await session.flush()
    await former_answers.restore(session, crisis)
    await trail.note(session, roles.actor(staff), "crisis.closed", f"crisis:{crisis.id}", now)


def concerns(staff: Staff, crisis: Crisis) -> bool:
    """Tell whether a crisis is the account's business: a post's, where its country is covered."""
    return any(roles.covers(staff, country) for country in countries_of(crisis))


def countries_of(crisis: Crisis) -> list[str]:
    """Return the codes of the countries that a crisis covers."""
    return [covered.country for covered in crisis.countries]


async def get(session: AsyncSession, crisis_id: int) -> Crisis:
    """Return the crisis of a number. Raises ConsularError."""
    crisis = await session.get(Crisis, crisis_id)
    if crisis is None:
        raise ConsularError("There is no such crisis.")
    return crisis


async def asked(session: AsyncSession, person_id: int, before: datetime) -> Crisis | None:
    """Return the latest open crisis whose roll call asked a person before a time."""
    query = (
        select(Crisis)
        .join(OutboundMessage, OutboundMessage.broadcast_id == Crisis.broadcast_id)
        .where(
            OutboundMessage.person_id == person_id,
            Crisis.state == CrisisState.OPEN,
            Crisis.opened_at < before,
        )
        .order_by(Crisis.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def open_ones(session: AsyncSession) -> list[Crisis]:
    """Return the open crises: real ones before drills, then the latest first."""
    query = select(Crisis).where(
        Crisis.state == CrisisState.OPEN,
    )
    query = query.order_by(Crisis.drill, Crisis.id.desc())
    crises = await session.scalars(query)
    return list(crises)


async def open_in(session: AsyncSession, countries: Sequence[str]) -> list[Crisis]:
    """Return the open real crises that cover one of these countries, the latest first."""
    covering = select(CrisisCountry.crisis_id).where(CrisisCountry.country.in_(countries))
    open_there = select(Crisis).where(
        Crisis.state == CrisisState.OPEN,
        Crisis.drill.is_(False),
        Crisis.id.in_(covering),
    )
    return list(await session.scalars(open_there.order_by(Crisis.id.desc())))


async def recent(session: AsyncSession, limit: int = 50) -> list[Crisis]:
    """Return crises, the latest first."""
    crises = await session.scalars(select(Crisis).order_by(Crisis.id.desc()).limit(limit))
    return list(crises)
