"""Questions of open surveys: sent by day, to each person once, and one survey a day at most."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import addresses
from bot.consular.broadcasts import quiet
from bot.consular.reference import country_reach
from bot.consular.surveys import links, messages, ways, wording
from bot.consular.surveys.ways import Way
from bot.messages import Language, Reply
from bot.models import Address, Person, Survey, SurveyAsk, SurveyState, closures, digests
from bot.text.text import language_of

BATCH_PEOPLE = 100  # of one transaction
# Of one survey after another: a number that somebody types is for the last question.
REST = timedelta(hours=20)


async def ask(session: AsyncSession, public_url: str, now: datetime) -> int:
    """Ask some of those whom an open survey has not asked; return how many were looked at.

    The row of an ask is written together with its message: nobody is asked twice.
    """
    open_surveys = select(Survey).where(
        Survey.state == SurveyState.OPEN,
        Survey.ends_at > now,
    )
    locked = open_surveys.order_by(Survey.id).with_for_update(skip_locked=True)
    count = 0
    for survey in (await session.scalars(locked)).all():
        if count < BATCH_PEOPLE:
            most = BATCH_PEOPLE - count
            count += await _ask_some(session, survey, public_url, most, now)
    return count


async def _ask_some(
    session: AsyncSession,
    survey: Survey,
    public_url: str,
    most: int,
    now: datetime,
) -> int:
    by_country = await country_reach.ways(session)
    silent = country_reach.closed(by_country)
    due = await _due(session, survey, silent, most, now)
    for person, address in due:
        way = ways.way_of(address, by_country, bool(public_url))
        ask = SurveyAsk(
            survey_id=survey.id,
            person_id=person.id,
            asked_at=now,
            is_reachable=way is not Way.NONE,
        )
        session.add(ask)
        if address is not None and ask.is_reachable:
            question = _question(session, survey, person, address, way, public_url)
            message = await messages.queue(
                session,
                person,
                address,
                question,
                now,
            )
            ask.message_id = message.id
    await session.flush()
    return len(due)


async def _due(
    session: AsyncSession,
    survey: Survey,
    silent: frozenset[str],
    most: int,
    now: datetime,
) -> list[tuple[Person, Address | None]]:
    """Look up and lock people to ask, with an address: where it is day, and nobody twice."""
    not_asked = ways.people(survey, now).where(
        not_(closures.is_in_crisis()),
        not_(_was_asked(survey, now)),
    )
    calm_zones = await _zones_by_day(session, not_asked, now)
    if not calm_zones:
        return []
    best_id = addresses.preferred(silent)
    awake = not_asked.where(_zone().in_(calm_zones)).order_by(Person.id).limit(most)
    columns = awake.with_only_columns(Person, best_id)
    locked = columns.with_for_update(of=Person, skip_locked=True)
    due: list[tuple[Person, Address | None]] = []
    for person, address_id in (await session.execute(locked)).all():
        address = await _address(session, address_id)
        due.append((person, address))
    return due


async def _address(session: AsyncSession, address_id: int | None) -> Address | None:
    if address_id is None:
        return None
    return await session.get(Address, address_id)


async def _zones_by_day(
    session: AsyncSession,
    people: Select[Any],
    now: datetime,
) -> list[str]:
    """Return the zones of people in which it is day."""
    zones = await session.scalars(people.with_only_columns(_zone()).distinct())
    return [name for name in zones if quiet.is_calm_day(now, name)]


def _zone() -> ColumnElement[str]:
    return func.coalesce(Person.timezone, quiet.HOME_ZONE)


def _was_asked(survey: Survey, now: datetime) -> ColumnElement[bool]:
    """Say in SQL whether a `Person` was asked by a survey, or by another one a moment ago."""
    is_this = SurveyAsk.survey_id == survey.id
    is_recent = SurveyAsk.is_reachable & (SurveyAsk.asked_at > now - REST)
    asked = exists().where(
        SurveyAsk.person_id == Person.id,
        is_this | is_recent,
    )
    return asked.correlate(Person)


def _question(
    session: AsyncSession,
    survey: Survey,
    person: Person,
    address: Address,
    way: Way,
    public_url: str,
) -> Reply:
    """Word the first question for a person, with a link where no answer would come back."""
    language: Language = language_of(person.language)
    if way is not Way.LINK:
        return wording.opening(survey, language, address.form)
    keyring = digests.keyring_of(session.get_bind().dialect)
    link = links.link(
        keyring,
        public_url,
        survey.id,
        person.id,
        survey.ends_at,
    )
    return wording.with_link(survey, link, language, address.form)
