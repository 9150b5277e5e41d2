"""Wardens for tests: staff ask somebody, and people around them are on the register."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import warden_notices, warden_tests
from bot.consular.people import facts, warden_words, wardens
from bot.consular.people.wardens import Area
from bot.consular.reference import places
from bot.consular.staff import accounts
from bot.models import Crisis, Person, Role, Staff, Warden, WardenState
from bot.runtime.runtime import Runtime
from tests import builders

SFAX = "TN/Sfax"
NEIGHBOURS = {
    "ar": ("سالمة الورفلي", "عبد الله الزنتاني", "عمر علي"),
    "en": ("Salma Warfalli", "Abdul Rahman Zintani", "Omar Ali"),
}

Act = Literal["ask a warden", "test the warden", "tell the warden"]
ACTS: tuple[Act, ...] = ("ask a warden", "test the warden", "tell the warden")


async def registered(
    session: AsyncSession,
    now: datetime,
    *indices: str,
    name: str = "Salem",
    city: str = SFAX,
    **columns: object,
) -> Person:
    """Add somebody who registered in a city."""
    person = await builders.person(session, now, *indices, country=city[:2], **columns)
    await facts.set_place(session, person, places.place_of(city), now)
    await facts.set_name(session, person, name)
    await facts.consent(session, person, now)
    await facts.register(session, person, now)
    return person


async def warden(
    session: AsyncSession,
    staff: Staff,
    person: Person,
    now: datetime,
    area: Area | None = None,
) -> Warden:
    """Make a person the warden of Sfax, or of another area, who agreed."""
    asked = await wardens.appoint(session, staff, person.id, area or Area("TN", SFAX), now)
    agreed = await wardens.answer(session, person, asked.id, True, now)
    assert agreed is not None
    return agreed


async def act(runtime: Runtime, named: Act) -> None:
    """Do what staff and the worker do while somebody in Sfax talks to us."""
    now = runtime.clock()
    async with runtime.db.begin() as session:
        if named == "ask a warden":
            await _ask(session, now)
            return
        active = select(Warden).where(Warden.state == WardenState.ACTIVE)
        warden = (await session.scalars(active)).one()
        if named == "test the warden":
            await warden_tests.ask(session, warden, now)
            return
        crisis = (await session.scalars(select(Crisis))).one()
        half_an_hour_later = now + timedelta(minutes=30)
        assert await warden_notices.tell_due(session, crisis, half_an_hour_later) == 1


async def _ask(session: AsyncSession, now: datetime) -> None:
    """Ask the only person to be the warden of Sfax, where three others live."""
    person = (await session.scalars(select(Person))).one()
    for name in NEIGHBOURS[person.language]:
        await registered(session, now, name=name)
    email = "wardens@mofa.example"
    officer, _token = await accounts.add(session, email, Role.HQ_OFFICER, None, now, None)
    warden = await wardens.appoint(session, officer, person.id, Area("TN", SFAX), now)
    assert await warden_words.invite(session, warden, now)
