"""The board of a crisis by warden: whom each looks after there, and how many are silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audit import lists
from bot.consular.crises import crises, warden_lists
from bot.consular.crises.warden_lists import Tally
from bot.consular.people import wardens
from bot.consular.staff import roles
from bot.models import Crisis, Person, Staff, Warden, WardenNotice


@dataclass(frozen=True, slots=True)
class Line:
    """A warden in a crisis. `told_at` is when they heard that people of theirs are silent."""

    warden: Warden
    person: Person
    tally: Tally
    told_at: datetime | None


async def look(
    session: AsyncSession,
    staff: Staff,
    crisis: Crisis,
    now: datetime,
) -> list[Line]:
    """Return a line for each warden whom an account may see, most silent people first.

    The look is written down: it shows names and numbers of wardens.
    """
    roles.require(staff, "people")
    colleagues = await _colleagues(session, staff, crisis)
    told = await _told(session, crisis)
    lines: list[Line] = []
    for warden in colleagues:
        person = await session.get_one(Person, warden.person_id)
        if person.synthetic and not crisis.drill:
            continue
        wards = wardens.wards_among(warden, colleagues)
        tally = await warden_lists.tally(session, crisis, wards)
        line = Line(warden, person, tally, told.get(warden.id))
        lines.append(line)
    lines.sort(key=_most_silent_first)
    actor = roles.actor(staff)
    shown = [line.person.id for line in lines]
    await lists.note(session, actor, "wardens.viewed", f"crisis:{crisis.id}", now, shown)
    return lines


async def _colleagues(session: AsyncSession, staff: Staff, crisis: Crisis) -> list[Warden]:
    """Return the wardens in the countries of a crisis that the account looks after."""
    countries: list[str] = []
    for country in crises.countries_of(crisis):
        if roles.covers(staff, country):
            countries.append(country)
    return await wardens.active_in(session, countries)


async def _told(session: AsyncSession, crisis: Crisis) -> dict[int, datetime]:
    notices = select(WardenNotice).where(WardenNotice.crisis_id == crisis.id)
    told: dict[int, datetime] = {}
    for notice in await session.scalars(notices):
        told[notice.warden_id] = notice.sent_at
    return told


def _most_silent_first(line: Line) -> tuple[int, int]:
    return -line.tally.silent, line.warden.id
