"""How a survey can come to somebody, and their answer back: the numbers that a preview shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.consular.audiences import addresses, selection
from bot.consular.broadcasts import place_questions
from bot.consular.reference import country_reach
from bot.consular.surveys import drafts
from bot.messages import Channel, Form
from bot.models import Address, Person, SmsWay, Survey, closures
from bot.text import numbers, sms
from bot.text.text import LANGUAGES


class Way(StrEnum):
    """How somebody answers; of `none` nobody can, and they are not asked."""

    BUTTONS = "buttons"
    NUMBERS = "numbers"
    LINK = "link"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a survey would ask now: people by way; those in a crisis are not asked meanwhile.

    `stopped` want no messages. `parts` are those of an SMS, by language: of the longest question.
    """

    by_way: Mapping[Way, int]
    in_crisis: int
    stopped: int
    parts: Mapping[str, int]

    @property
    def asked(self) -> int:
        """Count the people who would be asked."""
        return sum(self.by_way.values()) - self.by_way[Way.NONE]


def way_of(
    address: Address | None,
    by_country: Mapping[str, SmsWay],
    has_link: bool,
) -> Way:
    """Return how somebody with this address could answer."""
    if address is None:
        return Way.NONE
    if address.form is Form.CHAT:
        return Way.BUTTONS
    if numbers.is_dear(address.address):
        return Way.NONE
    if address.channel is not Channel.SMS:
        return Way.NUMBERS
    match by_country.get(address.region or "", SmsWay.ANSWER):
        case SmsWay.ANSWER | SmsWay.PLAIN_ANSWER:
            return Way.NUMBERS
        case SmsWay.LINK if has_link:
            return Way.LINK
        case _:
            return Way.NONE


def people(survey: Survey, now: datetime) -> Select[Any]:
    """Select the ids of the people whom a survey means, wherever a crisis is."""
    in_audience = selection.people_in(survey.audience, now)
    agreed = Person.registered_at.is_not(None)
    return in_audience.where(agreed, *place_questions.wants_to_hear())


async def preview(
    session: AsyncSession,
    survey: Survey,
    has_link: bool,
    now: datetime,
) -> Preview:
    """Count whom a survey would ask now, and how they could answer."""
    by_country = await country_reach.ways(session)
    silent = country_reach.closed(by_country)
    calm = people(survey, now).where(not_(closures.is_in_crisis()))
    best_id = addresses.preferred(silent)
    with_address = calm.outerjoin(Address, Address.id == best_id)
    reached = with_address.with_only_columns(Person.id, Address)
    counts: Counter[Way] = Counter()
    rows = await session.stream(reached)
    async for _person_id, address in rows:
        counts[way_of(address, by_country, has_link)] += 1
    return Preview(
        {way: counts[way] for way in Way},
        await _count(session, people(survey, now).where(closures.is_in_crisis())),
        await _count(session, _stopped(survey, now)),
        _parts(survey),
    )


def _stopped(survey: Survey, now: datetime) -> Select[Any]:
    everyone = selection.everyone_in(survey.audience, now)
    return everyone.where(
        Person.registered_at.is_not(None),
        not_(closures.wants_broadcasts()),
    )


async def _count(session: AsyncSession, chosen: Select[Any]) -> int:
    query = select(func.count()).select_from(chosen.subquery())
    return await session.scalar(query) or 0


def _parts(survey: Survey) -> dict[str, int]:
    most: dict[str, int] = {}
    for language in LANGUAGES:
        parts = [sms.sms_parts(text).count for text in drafts.written(survey, language)]
        most[language] = max(parts)
    return most
