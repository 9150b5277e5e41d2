"""Situation reports: made when somebody asks or every few hours, and never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import trail
from bot.consular.crises import crises, sitrep_figures
from bot.consular.crises.sitrep_figures import Figures
from bot.consular.errors import ConsularError
from bot.consular.staff import roles
from bot.models import Crisis, CrisisState, SitRep, Staff
from bot.runtime.database import Database

MAX_HOURS = 168
# A crisis has no more: one an hour for years.
MAX_REPORTS = 30_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A report as an account may read it, with the one before; a post has its own countries' part.

    `countries` are those of the post.
    """

    sitrep: SitRep
    crisis: Crisis
    figures: Figures
    before: Figures | None
    countries: Sequence[str] | None


async def make(
    db: Database,
    crisis_id: int,
    staff: Staff,
    now: datetime,
) -> int:
    """Make a report because an account asks for it; return its id. Raises ConsularError."""
    roles.require(staff, "crises")
    async with db.snapshot() as session:
        crisis = await readable_crisis(session, staff, crisis_id)
        figures = await sitrep_figures.count(session, crisis, now)
    async with db.begin() as session:
        crisis = await session.get_one(Crisis, crisis_id, with_for_update=True)
        sitrep = await _store(
            session,
            crisis,
            figures,
            staff,
            now,
        )
    return sitrep.id


async def make_due(
    db: Database,
    crisis_id: int,
    now: datetime,
) -> int | None:
    """Make the report that is due; None when another worker has made it meanwhile."""
    async with db.snapshot() as session:
        crisis = await crises.get(session, crisis_id)
        figures = await sitrep_figures.count(session, crisis, now)
    async with db.begin() as session:
        crisis = await session.get_one(Crisis, crisis_id, with_for_update=True)
        if not await _is_due(session, crisis, now):
            return None
        sitrep = await _store(
            session,
            crisis,
            figures,
            None,
            now,
        )
    return sitrep.id


async def due(session: AsyncSession, now: datetime) -> list[int]:
    """Return the ids of the crises that have to report now."""
    due_ids: list[int] = []
    for crisis in await crises.open_ones(session):
        if await _is_due(session, crisis, now):
            due_ids.append(crisis.id)
    return due_ids


async def _is_due(
    session: AsyncSession,
    crisis: Crisis,
    now: datetime,
) -> bool:
    if not crisis.sitrep_hours or crisis.state is not CrisisState.OPEN:
        return False
    query = select(
        func.max(
            SitRep.at,
            type_=SitRep.at.type,
        )
    )
    last = await session.scalar(query.where(SitRep.crisis_id == crisis.id))
    return now - (last or crisis.opened_at) >= timedelta(hours=crisis.sitrep_hours)


async def _store(
    session: AsyncSession,
    crisis: Crisis,
    figures: Figures,
    staff: Staff | None,
    now: datetime,
) -> SitRep:
    """Keep the figures under the crisis's next number. Whoever calls has locked the crisis."""
    query = select(func.max(SitRep.number)).where(SitRep.crisis_id == crisis.id)
    number = (await session.scalar(query) or 0) + 1
    if number > MAX_REPORTS:
        raise ConsularError("This crisis has too many situation reports.")
    sitrep = SitRep(
        crisis_id=crisis.id,
        number=number,
        at=now,
        made_by=staff.id if staff else None,
        figures=dict(figures),
    )
    session.add(sitrep)
    await session.flush()
    subject = f"crisis:{crisis.id}"
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.reported",
        subject,
        now,
        number=number,
    )
    return sitrep


async def schedule(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    hours: int,
    now: datetime,
) -> None:
    """Let a crisis report every so many hours, 0 for never. Raises ConsularError."""
    await session.refresh(crisis, with_for_update=True)
    roles.require(
        staff,
        "crises",
        *crises.countries_of(crisis),
    )
    if crisis.state is not CrisisState.OPEN:
        raise ConsularError("The crisis is closed: it reports only when somebody asks.")
    if not 0 <= hours <= MAX_HOURS:
        raise ConsularError("Write how many hours, from 0 (never) to {most}.", most=MAX_HOURS)
    crisis.sitrep_hours = hours
    await session.flush()
    subject = f"crisis:{crisis.id}"
    await trail.note(
        session,
        roles.actor(staff),
        "crisis.scheduled",
        subject,
        now,
        hours=hours,
    )


async def of_crisis(session: AsyncSession, crisis: Crisis) -> Sequence[SitRep]:
    """Return the reports of a crisis, the latest first, without their figures."""
    columns = (
        SitRep.id,
        SitRep.number,
        SitRep.at,
        SitRep.made_by,
    )
    query = select(*columns).where(SitRep.crisis_id == crisis.id)
    rows = await session.execute(query.order_by(SitRep.number.desc()))
    reports: list[SitRep] = []
    for sitrep_id, number, at, made_by in rows:
        reports.append(
            SitRep(
                id=sitrep_id,
                number=number,
                at=at,
                made_by=made_by,
            )
        )
    return reports


async def read(
    session: AsyncSession,
    staff: Staff,
    sitrep_id: int,
) -> Reading:
    """Return a report as the account may read it. Raises ConsularError."""
    sitrep = await session.get(SitRep, sitrep_id)
    if sitrep is None:
        raise ConsularError("There is no such situation report.")
    crisis = await readable_crisis(session, staff, sitrep.crisis_id)
    before = await _figures_before(session, sitrep)
    countries = roles.countries(staff)
    return Reading(
        sitrep,
        crisis,
        figures=sitrep_figures.limited(_figures(sitrep), countries),
        before=sitrep_figures.limited(before, countries) if before else None,
        countries=countries,
    )


async def readable_crisis(
    session: AsyncSession,
    staff: Staff,
    crisis_id: int,
) -> Crisis:
    """Return a crisis whose figures the account may read. Raises ConsularError."""
    roles.require(staff, "board")
    crisis = await crises.get(session, crisis_id)
    if not crises.concerns(staff, crisis):
        raise ConsularError("There is no such crisis.")
    return crisis


async def _figures_before(session: AsyncSession, sitrep: SitRep) -> Figures | None:
    """Return the figures of the report before this one."""
    query = select(SitRep).where(
        SitRep.crisis_id == sitrep.crisis_id,
        SitRep.number < sitrep.number,
    )
    before = await session.scalar(query.order_by(SitRep.number.desc()).limit(1))
    return _figures(before) if before else None


def _figures(sitrep: SitRep) -> Figures:
    return {
        "countries": sitrep.figures["countries"],
        "moments": sitrep.figures["moments"],
    }
