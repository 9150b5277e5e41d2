"""Wardens are told once in a crisis that people of theirs are silent."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.crises import crises, warden_lists
from bot.consular.people import warden_words, wardens
from bot.messages import Language
from bot.models import Crisis, Person, Warden, WardenNotice, WardenState
from bot.text import text

# After a crisis opened, where nobody is asked again.
PATIENCE = timedelta(minutes=30)
MAX_A_RUN = 50  # wardens who are told in one transaction


async def tell_due(session: AsyncSession, crisis: Crisis, now: datetime) -> int:
    """Tell the wardens in an open crisis that some of theirs are silent; return how many.

    Those are asked again by another way at about the same time. The crisis is locked meanwhile.
    """
    await session.refresh(crisis, with_for_update=True)
    patience = PATIENCE
    if crisis.ask_again_minutes is not None:
        patience = timedelta(minutes=crisis.ask_again_minutes)
    if now < crisis.opened_at + patience:
        return 0
    countries = crises.countries_of(crisis)
    colleagues = await wardens.active_in(session, countries)
    told = 0
    for warden in await _untold(session, crisis, now):
        wards = wardens.wards_among(warden, colleagues)
        told += await _tell(session, crisis, wards, now)
    return told


async def _untold(session: AsyncSession, crisis: Crisis, now: datetime) -> list[Warden]:
    """Return the wardens who look after people in a crisis and were not told."""
    is_told = exists().where(
        WardenNotice.warden_id == Warden.id,
        WardenNotice.crisis_id == crisis.id,
    )
    query = (
        select(Warden)
        .join(Person, Person.id == Warden.person_id)
        .where(
            Warden.country.in_(crises.countries_of(crisis)),
            Warden.state == WardenState.ACTIVE,
            Warden.answered_at <= now,
            Person.stopped_at.is_(None),
            ~is_told,
        )
        .order_by(Warden.id)
        .limit(MAX_A_RUN)
    )
    if not crisis.drill:
        query = query.where(Person.synthetic.is_(False))
    elif not crisis.real_people:
        query = query.where(Person.synthetic.is_(True))
    return list(await session.scalars(query))


async def _tell(
    session: AsyncSession,
    crisis: Crisis,
    wards: wardens.Wards,
    now: datetime,
) -> int:
    """Tell one warden, where any of theirs is silent; return how many were told."""
    warden = wards.warden
    tally = await warden_lists.tally(session, crisis, wards)
    session.add(WardenNotice(warden_id=warden.id, crisis_id=crisis.id, sent_at=now))
    if not tally.silent:
        return 0
    language = await _language(session, warden)
    was_told = await warden_words.tell(
        session,
        warden,
        "warden_notice",
        ((f"/{warden_words.LIST_COMMAND}", "label_my_people"),),
        now,
        crisis=crisis.public_names[language],
        silent=str(tally.silent),
        people=str(tally.people),
    )
    return int(was_told)


async def _language(session: AsyncSession, warden: Warden) -> Language:
    person = await session.get_one(Person, warden.person_id)
    return text.language_of(person.language)
